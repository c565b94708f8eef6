"""The whole main job, and undo, under roles with exactly the generated policies, while moto enforces IAM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.aws import WEB, Here
from tests.desk import Desk, task
from tests.privilege.asks import Sent
from tests.privilege.enforced import enforced
from tests.privilege.roles import generated, make_roles, make_runner
from tests.privilege.seen import recorded
from tests.resources.example import Example

MOST_RUNS = 8


@dataclass(frozen=True)
class Ran:
    """passed: (principal, action) that moto allowed; sent: calls under the read and the act role; undone: an undo's."""

    passed: list[tuple[str, str]]
    sent: list[Sent]
    roles: list[dict[str, object]]


def main_job(desk: Desk, endpoint: str, example: Example) -> Ran:
    """Plan, record, apply and publish, once to give notice and then until it stands; then take a `disable` back."""
    here = Here(endpoint, WEB)
    arn = example.make(here)
    target = {"resource": arn, "account": "website-prod"}
    desk.write({"tasks/one.yaml": task(example.action, target, options=dict(example.options))})
    roles = generated(desk)
    make_roles(here, roles)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in make_runner(endpoint).items():
            patch.setenv(name, value)
        with recorded(WEB) as sent, enforced() as passed:
            _reconcile(desk, arn)
            if example.action == "disable":
                desk.remove("tasks/one.yaml")
                undone = desk.krampus("undo", "one", after=timedelta(days=3))
                assert undone.exit_code in (0, 3), undone.output
                failed = [line for line in desk.ledger() if line["event"] == "failed"]
                assert not failed, failed
    return Ran(passed, sent, roles)


def _reconcile(desk: Desk, arn: str) -> None:
    # The separate commands, as a workflow runs them: each with its own role.
    files = [str(desk.root.parent / name) for name in ("plan.json", "done.json")]
    for run in range(MOST_RUNS):
        at = timedelta(days=run and 1, hours=run)
        for command in (
            ("plan", "--out", files[0]),
            ("record", files[0]),
            ("apply", files[0], "--out", files[1]),
            ("publish", *files),
        ):
            after = at if command[0] in ("plan", "apply") else None
            result = desk.krampus(*command, after=after)
            if command[0] == "apply" and result.exit_code == 2:
                break
            assert result.exit_code == 0, (command, result.output)
        if desk.report()[arn]["verdict"] == "satisfied":
            return
    raise AssertionError(desk.report()[arn])
