"""The whole main job, and undo, under roles with exactly the generated policies, while moto enforces IAM."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moto.core.authorization import disable_iam_authentication
from typer.testing import Result

from tests.aws import WEB, Here
from tests.desk import Desk, task
from tests.privilege.ask import Sent
from tests.privilege.enforced import enforced
from tests.privilege.recorded import recorded
from tests.privilege.roles import generated, make_roles, make_runner
from tests.resources.example import Example

MOST_RUNS = 8


Maker = Callable[[Here, list[dict[str, Any]]], None]


@dataclass(frozen=True)
class Ran:
    """roles: as they were generated; passed: (principal, action) that moto allowed.

    looked, acted: what was sent by `plan`, and by `apply` and `undo`
    """

    roles: list[dict[str, Any]]
    passed: list[tuple[str, str]]
    looked: list[Sent] = field(default_factory=list)
    acted: list[Sent] = field(default_factory=list)

    def judged(self, role: str) -> set[str]:
        """The actions that moto let this role do."""
        return {action for principal, action in self.passed if f":assumed-role/{role}/" in principal}

    def policies(self, role: str) -> list[dict[str, Any]]:
        """The role's documents."""
        (found,) = (one["policies"] for one in self.roles if one["name"] == role)
        return list(found)


def main_job(desk: Desk, endpoint: str, example: Example, make: Maker = make_roles) -> Ran:
    """Plan, record, apply and publish, once to give notice and then until it stands; then take a `disable` back.

    make: how the generated roles come to be in the account. AssertionError if a command fails.
    """
    here = Here(endpoint, WEB)
    arn = example.make(here)
    target = {"resource": arn, "account": "website-prod"}
    desk.write({"tasks/one.yaml": task(example.action, target, options=dict(example.options))})
    roles = generated(desk)
    make(here, roles)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in make_runner(endpoint).items():
            patch.setenv(name, value)
        with recorded(WEB) as sent, enforced() as passed:
            ran = Ran(roles, passed)
            _reconcile(desk, here, example, arn, sent, ran)
            if example.action == "disable":
                _take_back(desk)
                ran.acted.extend(sent)
    return ran


def _reconcile(  # noqa: PLR0913, PLR0917  what is run, on what, and what is kept of it
    desk: Desk, here: Here, example: Example, arn: str, sent: list[Sent], ran: Ran
) -> None:
    """By the separate commands, each with its own role; between two runs AWS goes on with what was asked."""
    plan, done = (str(desk.root.parent / name) for name in ("plan.json", "done.json"))
    for run in range(MOST_RUNS):
        at = timedelta(days=run and 1, hours=run)
        _must(desk.krampus("plan", "--out", plan, after=at))
        ran.looked.extend(_taken(sent))
        _must(desk.krampus("record", plan))
        # With nothing recorded there is nothing to apply: exit 2.
        due = any(one["verdict"] == "ready" for one in json.loads(Path(plan).read_text())["decisions"])
        if due:
            _must(desk.krampus("apply", plan, "--out", done, after=at))
        ran.acted.extend(_taken(sent))
        _must(desk.krampus("publish", plan, *([done] if due else [])))
        if desk.report()[arn]["verdict"] == "satisfied":
            return
        if due and example.meanwhile:
            with disable_iam_authentication():  # AWS itself
                example.meanwhile(here, arn)
            _taken(sent)
    raise AssertionError(desk.report()[arn])


def _take_back(desk: Desk) -> None:
    desk.remove("tasks/one.yaml")
    for hour in range(MOST_RUNS):
        # Exit 3: work that takes several steps, or several times.
        result = desk.krampus("undo", "one", after=timedelta(days=3, hours=hour))
        failed = [line for line in desk.ledger() if line["event"] == "failed"]
        assert not failed, failed
        if result.exit_code == 0:
            return
    raise AssertionError(result.output)


def _taken(sent: list[Sent]) -> list[Sent]:
    taken = list(sent)
    sent.clear()
    return taken


def _must(result: Result) -> None:
    assert result.exit_code == 0, result.output
