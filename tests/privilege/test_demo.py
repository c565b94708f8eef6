"""The demo's main job, end to end under enforcement, through the roles of `krampus policy --used`, deployed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.demo.accounts import ACCOUNTS, UNREACHABLE, Accounts
from reconciler.demo.adapt import example_files
from reconciler.demo.server import Gate, Request, error
from reconciler.demo.world import create_world
from tests.aws import Here
from tests.desk import START, Desk
from tests.privilege.enforced import enforced
from tests.privilege.reference import READING, access_level
from tests.privilege.roles import RUNNER, make_runner
from tests.privilege.stacks import deploy

DONE = 12  # the targets of the example files that are due by then, not exempt, and not held by the limit


def refuse(request: Request) -> tuple[str, str] | None:
    """The fourth account of the story has no roles yet."""
    denied = request.operation == "AssumeRole" and f"::{UNREACHABLE}:" in request.text
    return ("403 Forbidden", error("AccessDenied", "not authorized")) if denied else None


@pytest.mark.promise(10)
def test_the_roles_of_the_template_carry_the_demo(
    desk: Desk, gate: Gate, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write(dict(example_files(create_world(Accounts(endpoint)), START.date())))
    template = desk.krampus("policy", "--used", "--format", "cloudformation", "--trusted", RUNNER).stdout
    for account in ACCOUNTS.values():
        deploy(Here(endpoint, account), template)
    for name, value in make_runner(endpoint).items():
        monkeypatch.setenv(name, value)
    gate.refuse = refuse

    with enforced() as passed:
        desk.reconcile(timedelta(), expect=3)  # 3: an account that cannot be entered, and a limit
        for day in (8, 9):
            desk.reconcile(timedelta(days=day), expect=3)

    events = desk.events()
    done = {target for event, target in events if event == "applied"}
    assert len(done) == DONE
    assert done == {target for event, target in events if event == "intended"}
    assert done == {target for event, target in events if event == "settled"}
    assert {event for event, _ in events} == {"noticed", "reminded", "intended", "applied", "settled"}
    unseen = [one["account"] for one in desk.report().values() if one["verdict"] == "unseen"]
    assert unseen == ["acquired"]
    writing = {
        who.split("/")[1] for who, action in passed if access_level(action) not in READING and "/krampus-" in who
    }
    assert writing == {"krampus-act"}
