"""The operators' issue: all that needs a person, nothing else, and the same words while nothing changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.decide.rules import decide
from reconciler.model.ledger import Entry, Event
from reconciler.model.limit import LimitKey
from reconciler.model.notice import Notice
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem, Sighting, Trouble
from reconciler.publish.attention import Attention, attention_of
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_text import draft
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.sync_issues import sync
from reconciler.render.templates import Renderer
from tests.build import (
    IDS,
    NOW,
    TASK,
    arn,
    chained,
    config,
    decision,
    entry,
    exceeding,
    exemption,
    ledger_of,
    order,
    plan,
    repository,
    reviewed,
    running,
    seen,
    stopped,
    told,
)
from tests.fake_tracker import Fake

OVER = {"reason": Reason.OVER_LIMIT, "limit": LimitKey.PER_ACCOUNT}
HOSTILE = "a|b`c`<script>alert(1)</script> @acme/all #1\n## h [x](http://e.vil) \x1b[31m"


def found(*decisions: Decision, outcomes: tuple[Outcome, ...] = (), entries: tuple[Entry, ...] = ()) -> Attention:
    rails = {"per_account": {"disable": 2}}
    return attention(repository(guardrails=rails), plan(*decisions), outcomes, entries)


def attention(
    repo: Repository, made: Plan, outcomes: tuple[Outcome, ...] = (), entries: tuple[Entry, ...] = ()
) -> Attention:
    return attention_of(finished_run(repo, exceeding(made, repo, *entries), outcomes, ledger_of(*entries), NOW))


def held(number: int = 1, reason: Reason = Reason.GIVEN_UP, **over: Any) -> Decision:
    return decision(number, **{"verdict": Verdict.HELD, "reason": reason, "why": "so it stands", **over})


def over(number: int) -> Decision:
    return decision(number, verdict=Verdict.HELD, **OVER)


def unseen(number: int = 1, account: str = "web", why: str = "AccessDenied: no") -> Decision:
    return decision(number, account, verdict=Verdict.UNSEEN, why=why, calls=())


def failed(number: int = 1, trouble: Trouble = Trouble.DENIED) -> Outcome:
    return Outcome(task=TASK, target=arn(number), sent=0, problem=Problem(trouble, "may not StopInstances"))


def body(tmp_path: Path, it: Attention, **over: Any) -> str:
    return draft(operators_issue(config(**over), it), Renderer(tmp_path)).body


def test_nothing_needs_a_person() -> None:
    quiet = [decision(n, verdict=verdict) for n, verdict in enumerate(Verdict) if verdict not in ("held", "unseen")]
    assert not found(*quiet)


DONE_TO_IT = (told(), entry(Event.INTENDED, at=NOW - timedelta(days=1)), entry(Event.APPLIED, at=NOW))
SPARED = exemption(restore=True, expires=date(2027, 6, 1))
FREEZE = {"freeze": [{"from": "2026-12-01", "to": "2026-12-01"}]}
WATCHED = {"web": {"id": IDS["web"], "team": "web", "regions": ("eu-west-1",)}}


@pytest.mark.parametrize(
    ("repo", "entries", "sighting", "reason"),
    [
        (repository(order(), paused=True), (told(),), running(), Reason.PAUSED),
        (repository(order(), accounts=WATCHED), (told(),), running(), Reason.WATCHED),
        (repository(order(), guardrails=FREEZE), (told(),), running(), Reason.FROZEN),
        # Taking back by an exemption is held by the pause and in a watched account, too.
        (repository(order(), exemptions=[SPARED], paused=True), DONE_TO_IT, stopped(), Reason.PAUSED),
        (repository(order(), exemptions=[SPARED], accounts=WATCHED), DONE_TO_IT, stopped(), Reason.WATCHED),
    ],
    ids=["paused", "watched", "frozen", "restore while paused", "restore while watched"],
)
def test_what_the_configuration_holds_needs_no_person(
    repo: Repository, entries: tuple[Entry, ...], sighting: Sighting, reason: Reason
) -> None:
    made = decide(reviewed(repo, *entries), ledger_of(*chained(*entries)), seen(repo.orders, sighting), NOW)
    assert [(one.verdict, one.reason) for one in made.decisions] == [(Verdict.HELD, reason)]
    assert not attention(repo, made, entries=entries)
    given_up = attention(repo, plan(*made.decisions, held(2)), entries=entries)
    assert [one.decisions[0].target for one in given_up.held] == [arn(2)]


def test_a_limit_is_told_with_both_ways_out(tmp_path: Path) -> None:
    it = found(*(over(number) for number in (1, 2, 3)))
    text = body(tmp_path, it)
    assert "raise `guardrails.per_account.disable` in `krampus.yaml` from 2 to 3 by pull request" in text
    assert "`krampus reconcile --allow disable=3`" in text
    assert all(arn(number) in text for number in (1, 2, 3))
    assert it.held == ()


def test_each_account_over_its_limit_has_its_own_targets_and_the_run_those_of_the_rest() -> None:
    theirs = [decision(number, "data", verdict=Verdict.HELD, **OVER) for number in (4, 5, 6)]
    lab = decision(7, "lab", verdict=Verdict.HELD, reason=Reason.OVER_LIMIT, limit=LimitKey.PER_RUN)
    rails = {"per_account": {"disable": 2}, "per_run": {"disable": 6}}
    ones = [*(over(number) for number in (1, 2, 3)), *theirs, lab]
    it = attention(repository(guardrails=rails), plan(*ones))
    assert [(one.account, len(one.decisions), {each.account for each in one.decisions}) for one in it.over] == [
        ("data", 3, {"data"}),
        ("web", 3, {"web"}),
        ("", 1, {"lab"}),
    ]


def test_a_limit_counts_what_was_done_on_the_same_day(tmp_path: Path) -> None:
    done = entry(Event.INTENDED, 9, NOW - timedelta(hours=1))
    text = body(tmp_path, found(*(over(number) for number in (1, 2, 3)), entries=(done,)))
    assert "and 1 done today" in text
    assert "from 2 to 4 by pull request" in text
    assert "--allow disable=4" in text


def test_an_account_that_cannot_be_entered_is_said_once(tmp_path: Path) -> None:
    it = found(unseen(1), unseen(2), unseen(3, why="Throttling"), unseen(4, "lab"))
    assert [(one.account, one.why, len(one.decisions)) for one in it.unseen] == [
        ("lab", "AccessDenied: no", 1),
        ("web", "AccessDenied: no", 2),
        ("web", "Throttling", 1),
    ]
    # The operators must mend also what keeps a watched account from being seen.
    assert "`lab` (only watched): AccessDenied" in body(tmp_path, it)


@pytest.mark.parametrize(
    "reason", [Reason.STUCK, Reason.GIVEN_UP, Reason.CHANGING, Reason.RESTLESS, Reason.UNDO_GIVEN_UP]
)
def test_stuck_given_up_and_restless_are_in_it(tmp_path: Path, reason: Reason) -> None:
    (one,) = found(held(1, reason, why="for this reason")).held
    assert one.why == "for this reason"
    assert arn(1) in body(tmp_path, found(held(1, reason)))


def test_what_failed_in_this_run_is_in_it_and_what_was_stale_is_not(tmp_path: Path) -> None:
    it = found(decision(1), decision(2), outcomes=(failed(1), failed(2, Trouble.STALE)))
    assert [[each.target for each in one.decisions] for one in it.failed] == [[arn(1)]]
    assert "may not StopInstances" in body(tmp_path, it)


def test_exemptions_that_end_are_in_it(tmp_path: Path) -> None:
    repo = repository(order(), exemptions=[exemption(expires=date(2026, 12, 31))])
    it = attention(repo, plan())
    assert it
    assert "`exemptions/0.yaml` (`web`, until 31 December 2026): it ends soon: 1 target" in body(tmp_path, it)


def issue(it: Attention, **over: Any) -> Notice:
    return operators_issue(config(**over), it)


def test_it_goes_to_the_team_that_runs_krampus() -> None:
    assert (issue(Attention()).repository, issue(Attention()).mention) == ("", "")
    ours = issue(Attention(), operators="web")
    assert (ours.repository, ours.mention) == ("acme/website", "@acme/web")
    assert ours.labels == ("krampus", "krampus:operators")
    assert ours.key != issue(Attention()).key


def test_one_issue_edited_in_place_closed_when_nothing_is_left_and_quiet_between(tmp_path: Path) -> None:
    tracker = Fake()

    def run(it: Attention) -> list[str]:
        sync([issue(it, operators="web")], IssueWriter(tracker, Renderer(tmp_path), "krampus"), config())
        return tracker.done()

    assert run(found()) == []
    assert run(found(held(1))) == ["create"]
    assert run(found(held(1))) == []
    assert run(found(held(1), unseen(2))) == ["edit"]
    assert run(found()) == ["edit"]
    assert not tracker.the().open
    assert "**Nothing needs attention.**" in tracker.the().body
    assert run(found()) == []
    assert run(found(held(1))) == ["edit"]
    assert len(tracker.issues) == 1


def test_many_targets_are_shown_in_part_and_hostile_text_stays_text(tmp_path: Path) -> None:
    text = body(tmp_path, found(*(unseen(number) for number in range(1, 61))))
    assert text.count("instance/i-") == 50
    assert "… and 10 more; the report has them all." in text
    wild = body(tmp_path, found(unseen(1, why=HOSTILE)))
    assert not any(bad in wild.replace("\\", "") for bad in ("\n## h", "\x1b", "@acme/all"))
    assert "<script" not in wild.replace("\\<", "")
