"""For each kind and action: the main job runs until it is due, the resource stands as asked, and then it is quiet."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.demo.server import Gate
from reconciler.resources.catalog import resolve
from tests.aws import WEB, Here
from tests.desk import Desk, task
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES

MOST_RUNS = 8
# One for each kind and action; the laws look at all of them, without the main job around.
FIRST = {(example.kind, example.action): example for example in reversed(EXAMPLES)}
CONFIG = """
name: Tests
accounts: %s
teams: {web: {}}
aws: {credentials: role}
defaults: {grace: 1d, team: web}
issues: {tracker: files, folder: ../issues}
guardrails: {per_run: {disable: 99, kill: 99}, per_account: {disable: 99, kill: 99}}
"""


def facts(here: Here, arn: str) -> object:
    """What stands there, whole."""
    kind, name = resolve(arn)
    return [resource.facts for resource in kind.look(here, [name], lambda _: kind.parts)]


def run_until_all_stand(desk: Desk, gate: Gate, endpoint: str, examples: list[Example]) -> None:
    """Make what each example calls for, a task for each, and run: first to tell, and then until nothing is left to do.

    Beside them stand two resources of two kinds that no task names, so that for each kind one is of another.
    """
    here = Here(endpoint, WEB)
    near = [FIRST[kind, "disable"].make(here) for kind in ("ec2:instance", "ec2:volume")]
    before = [facts(here, arn) for arn in near]
    placed = {one: replace(here, account=f"{int(WEB) + number}") for one, number in _apart(examples).items()}
    targets = {one.make(there): one for one, there in placed.items()}
    accounts = {f"a{there.account}": {"id": there.account, "team": "web", "enforce": True} for there in placed.values()}
    desk.write({"krampus.yaml": CONFIG % json.dumps(accounts)})
    desk.write({_file(one): _text(arn, one, placed[one]) for arn, one in targets.items()})

    desk.reconcile(timedelta())
    assert not [one for one in desk.events() if one[0] == "intended"]
    for run in range(MOST_RUNS):
        desk.reconcile(timedelta(days=1, hours=run))
        if all(desk.report()[arn]["verdict"] == "satisfied" for arn in targets):
            break
        for arn, one in targets.items():
            if one.meanwhile:
                one.meanwhile(placed[one], arn)
    assert {arn: one for arn, one in desk.report().items() if one["verdict"] != "satisfied"} == {}
    assert [arn for arn, one in targets.items() if not one.stands(placed[one], arn)] == []

    head = desk.head()
    gate.requests.clear()
    desk.reconcile(timedelta(days=2))
    assert [request.operation for request in gate.writes] == []
    assert desk.head() == head
    assert [facts(here, arn) for arn in near] == before
    assert json.loads(desk.reported("report.json"))["version"] == 2
    events = desk.events()
    for arn in targets:
        told = [event for event, target in events if target == arn]
        assert told[0] == "noticed", arn
        assert told.count("intended") == told.count("applied") >= 1, arn
        assert told[-1] == "settled", arn


def _apart(examples: list[Example]) -> dict[Example, int]:
    """The number of an account for each: two kinds of one service may give their surroundings the same names."""
    met: Counter[str] = Counter()
    apart = {}
    for one in examples:
        service = one.kind.partition(":")[0]
        apart[one] = met[service]
        met[service] += 1
    return apart


def _file(example: Example) -> str:
    return f"tasks/{example.kind.replace(':', '-')}-{example.action}.yaml"


def _text(arn: str, example: Example, there: Here) -> str:
    target = {"resource": arn, "account": f"a{there.account}"}
    return task(example.action, target, options=dict(example.options))


@pytest.mark.promise(6, 7)
@pytest.mark.parametrize("action", ["disable", "kill"])
def test_the_main_job_makes_all_kinds_stand_as_asked_and_then_is_quiet(
    desk: Desk, gate: Gate, endpoint: str, action: str
) -> None:
    """All of them in one world, which costs as much as one of them alone."""
    run_until_all_stand(desk, gate, endpoint, [one for one in FIRST.values() if one.action == action])


@pytest.mark.proof("a whole story for each kind; `make test` plays it for all of them at once")
@pytest.mark.parametrize("example", FIRST.values(), ids=str)
def test_the_main_job_makes_each_kind_alone_stand_as_asked(
    desk: Desk, gate: Gate, endpoint: str, example: Example
) -> None:
    run_until_all_stand(desk, gate, endpoint, [example])
