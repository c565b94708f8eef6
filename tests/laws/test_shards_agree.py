"""However many jobs look and send side by side: the same plan, digest, outcomes, ledger lines and report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.collect import merge_outcomes
from reconciler.apply.send import send
from reconciler.apply.shards import share
from reconciler.decide.looks import looks
from reconciler.decide.rules import decide
from reconciler.ledger.entries import after_run
from reconciler.model.call import Call
from reconciler.model.looks import Looks
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome, Outcomes
from reconciler.model.plan import Plan, Seen, Source, plan_of, seen_of
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live, Problem, Sighting, Trouble
from reconciler.model.target import Target
from reconciler.observe.shards import NO_SIGHT, accounts_in, gathered, why_not_of
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import finished_run
from reconciler.publish.report import report_files
from reconciler.render.templates import Renderer
from tests.build import COMMIT, NOW, ledger_of, number_of, order, repository, running, stopped, told, unseen

COUNTS = (1, 2, 3, 7, 16)
NAMES = ("web", "data", "lab", *(f"account-{number}" for number in range(6)))
ACCOUNTS = {
    name: {"id": number_of(name), "team": "web" if name == "web" else "data", "enforce": name != "lab"}
    for name in NAMES
}
GONE = Sighting()
LIMITS = {"per_run": {"disable": 6, "kill": 2}, "per_account": {"disable": 4, "kill": 2}}
# An account, how its target was seen, and how long ago its team was told, if it was.
TARGETS = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(["runs", "stands", "gone", "unseen", "ending"]), st.sampled_from([0, 3, 30])
)
WORLDS = st.lists(TARGETS, max_size=24)
World = tuple[Repository, Live, Any]


def world(drawn: Sequence[tuple[str, str, int]]) -> World:
    """The repository, what one look at all of it sees, and the ledger."""
    orders = [order(number, account) for number, (account, _, _) in enumerate(drawn, start=1)]
    ways = {"stands": stopped, "ending": lambda number: running(number, state="stopping"), "runs": running}
    live: dict[Any, Sighting] = {}
    for number, (one, (_, how, _)) in enumerate(zip(orders, drawn, strict=True), start=1):
        live[one.target] = GONE if how == "gone" else unseen() if how == "unseen" else ways[how](number)
    notices = [
        told(number, days=days, account=account) for number, (account, _, days) in enumerate(drawn, start=1) if days
    ]
    return repository(*orders, guardrails=LIMITS, accounts=ACCOUNTS), live, ledger_of(*notices)


class Answers:
    """AWS, which refuses every fifth target."""

    def send(self, account: str, region: str, call: Call, why_not: Callable[[], str]) -> Problem | None:
        assert (account in NAMES, region, why_not()) == (True, "eu-west-1", "")
        refused = any(int(name[2:], 16) % 5 == 0 for name in call.arguments["InstanceIds"])
        return Problem(Trouble.STATE, "IncorrectInstanceState: no") if refused else None


def handed(repo: Repository, live: Live, number: int, count: int) -> Looks:
    """What one of the jobs hands over, as a file."""
    accounts = accounts_in(targets(repo), (number, count))
    seen = Looks(
        at=NOW,
        repository=Source(commit=COMMIT),
        shard=f"{number}/{count}",
        sightings=seen_of({target: one for target, one in live.items() if target.account in accounts}),
    )
    return Looks.model_validate_json(seen.model_dump_json())


def targets(repo: Repository) -> list[Target]:
    return [one.target for one in repo.orders]


def came_to(plan: Plan, count: int, made: World, templates: Path) -> tuple[Any, ...]:
    """What is known and written after so many jobs have sent what is due."""
    repo, _, ledger = made
    outcomes: list[Outcome] = []
    for number in range(1, count + 1):
        mine = plan_of(plan.at, COMMIT, share(plan, (number, count)))
        file = Outcomes(plan=plan.digest, outcomes=tuple(send(mine, Answers(), lambda: ""))).model_dump_json()
        outcomes += Outcomes.model_validate_json(file).outcomes
    merged = merge_outcomes(plan, outcomes, ())
    run = finished_run(repo, plan, merged, ledger, NOW)
    report = report_files(run, attention_of(run), Delivery(), Renderer(templates))
    lines = after_run(plan, merged, ledger.histories, run.tellings, run.lapses, Delivery())
    return {one.key: one for one in merged}, sorted(map(repr, lines)), report


@pytest.mark.promise(1, 3)
@given(drawn=WORLDS)
def test_any_number_of_shards_comes_to_the_same(tmp_path_factory: pytest.TempPathFactory, drawn: Any) -> None:
    made = repo, live, ledger = world(drawn)
    wanted = list(looks(repo, ledger, NOW))
    whole = decide(repo, ledger, live, NOW, COMMIT)
    templates = tmp_path_factory.getbasetemp() / "none"
    ends = []
    for count in COUNTS:
        parts = [handed(repo, live, number, count) for number in range(1, count + 1)]
        assert not any(why_not_of(targets(repo), (n, count), one.sightings) for n, one in enumerate(parts, start=1))
        plan = decide(repo, ledger, gathered(wanted, sightings(parts)), NOW, COMMIT)
        assert plan == whole
        assert plan.digest == whole.digest
        ends.append(came_to(plan, count, made, templates))
    assert all(end == ends[0] for end in ends)


def sightings(parts: Sequence[Looks]) -> list[Seen]:
    return [one for part in parts for one in part.sightings]


@given(drawn=WORLDS, count=st.sampled_from(COUNTS[1:]), data=st.data())
def test_a_shard_that_hands_nothing_over_has_seen_nothing(drawn: Any, count: int, data: st.DataObject) -> None:
    repo, live, ledger = world(drawn)
    lost = data.draw(st.integers(1, count))
    parts = [handed(repo, live, number, count) for number in range(1, count + 1) if number != lost]
    plan = decide(repo, ledger, gathered(looks(repo, ledger, NOW), sightings(parts)), NOW, COMMIT)
    accounts = accounts_in(targets(repo), (lost, count))
    unlooked = {target.arn for target in targets(repo) if target.account in accounts}
    assert NO_SIGHT.problem
    assert {one.target for one in plan.decisions if one.why == NO_SIGHT.problem.message} == unlooked
    assert not {one.target for one in plan.ready} & unlooked


@given(drawn=WORLDS.filter(bool), count=st.sampled_from(COUNTS))
def test_shards_part_the_accounts(drawn: Any, count: int) -> None:
    repo, _, _ = world(drawn)
    homes = [accounts_in(targets(repo), (number, count)) for number in range(1, count + 1)]
    accounts = {target.account for target in targets(repo)}
    assert sorted(account for home in homes for account in home) == sorted(accounts)
    assert sum(map(bool, homes)) == min(count, len(accounts))


def test_what_is_not_of_the_shard_is_refused() -> None:
    repo, live, _ = world([("web", "runs", 0), ("data", "runs", 0)])
    first, second = (handed(repo, live, number, 2) for number in (1, 2))
    assert "is not of this shard" in why_not_of(targets(repo), (1, 2), second.sightings)
    assert "twice" in why_not_of(targets(repo), (1, 2), [*first.sightings, *first.sightings])
