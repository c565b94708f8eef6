"""Many accounts at once: one call of STS for each account and role, side by side, and one that refuses stops nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.clients.aws.credentials import Purpose
from tests.aws import Here
from tests.desk import DAY, HOUR, Desk, instances, state, task
from tests.identity.enter import config, entered
from tests.identity.stand_in import NEW, StandIn


def fleet(world: StandIn, count: int) -> dict[str, str]:
    """Names and ids of so many accounts, all of which trust the job."""
    ids = {f"a{number:03}": f"{100_000_000_000 + number}" for number in range(count)}
    world.trusts = {(id_, f"krampus-{purpose}"): {NEW} for id_ in ids.values() for purpose in ("read", "act")}
    return ids


@pytest.mark.proof("two hundred accounts; `make test` has fifty")
def test_two_hundred_accounts_take_one_call_of_sts_each_and_role_side_by_side(world: StandIn) -> None:
    ids = fleet(world, 200)
    accounts = {name: {"id": id_, "team": "t"} for name, id_ in ids.items()}
    purposes: tuple[Purpose, ...] = ("read", "act")
    for purpose in purposes:
        aws = entered(world, purpose, config=config(accounts=accounts))
        with ThreadPoolExecutor(32) as pool:
            # Each account three times, as kinds and regions do.
            assert set(pool.map(aws.enter, [*ids, *ids, *ids])) == {None}

    assert sorted((asked.account, asked.role) for asked in world.asked) == sorted(world.trusts)
    assert {asked.action for asked in world.asked} == {"AssumeRoleWithWebIdentity"}
    assert len(set(world.tokens)) == 400
    assert world.busiest > 4


def test_one_account_that_refuses_stops_none_of_the_other_49(office: Desk, world: StandIn, endpoint: str) -> None:
    ids = fleet(world, 50)
    refusing = ids["a017"]
    del world.trusts[refusing, "krampus-read"]
    lines = "\n".join(f'  {name}: {{id: "{id_}", team: web, enforce: true}}' for name, id_ in ids.items())
    rails = "guardrails: {per_run: {disable: 100}}\n"
    text = (office.root / "krampus.yaml").read_text()
    head, tail = text.split("accounts:\n")[0], text[text.index("teams:") :]
    good = [instances(Here(endpoint, ids[name]))[0] for name in ("a000", "a031", "a049")]
    closed = f"arn:aws:ec2:eu-west-1:{refusing}:instance/i-0123456789abcdef0"
    others = [
        f"arn:aws:ec2:eu-west-1:{id_}:instance/i-0123456789abcdef0"
        for id_ in ids.values()
        if not any(id_ in arn for arn in (*good, closed))
    ]
    office.write(
        {
            "krampus.yaml": f"{head}accounts:\n{lines}\n{tail}\n{rails}",
            "tasks/idle.yaml": task("disable", *good, closed, *others),
        }
    )

    office.reconcile(0 * HOUR, expect=3)
    office.reconcile(1 * DAY, expect=3)

    assert [state(Here(endpoint, arn.split(":")[4]), arn) for arn in good] == ["stopped"] * 3
    report = office.report()
    assert report[closed]["verdict"] == "unseen"
    assert "the account cannot be entered" in report[closed]["why"] and NEW in report[closed]["why"]
    assert {report[arn]["verdict"] for arn in others} == {"satisfied"}
    asked = [(one.account, one.role) for one in world.asked]
    assert len(asked) == 50 * 2 + 3  # two looks at each account, and the act role where something was due
