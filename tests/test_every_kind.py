"""For each kind and action: the main job runs until it is due, the resource stands as asked, and then it is quiet."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from reconciler.demo.server import Gate
from reconciler.resources.catalog import KINDS, resolve
from tests.aws import WEB, Here
from tests.desk import Desk, task
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES

MOST_RUNS = 8
# One for each kind and action; the laws look at all of them, without the main job around.
FIRST = {(example.kind, example.action): example for example in reversed(EXAMPLES)}


def facts(here: Here, kind: str, arn: str) -> object:
    """What stands there, whole."""
    return [resource.facts for resource in KINDS[kind].observe(here, [resolve(arn)[1]])]


def bystander(here: Here, example: Example) -> str:
    """A resource of another kind, and so of another maker, that nobody has named."""
    other = next(one for one in EXAMPLES if one.kind != example.kind and one.kind.split(":")[0] == "ec2")
    return other.make(here)


@pytest.mark.parametrize("example", FIRST.values(), ids=str)
def test_the_main_job_makes_it_stand_as_asked_and_then_is_quiet(
    desk: Desk, gate: Gate, endpoint: str, example: Example
) -> None:
    here = Here(endpoint, WEB)
    arn, near = example.make(here), bystander(here, example)
    kind = resolve(near)[0].name
    before = facts(here, kind, near)
    target = {"resource": arn, "account": "website-prod"}
    desk.write({"tasks/one.yaml": task(example.action, target, options=dict(example.options))})

    desk.reconcile(timedelta())
    assert not [one for one in desk.events() if one[0] == "intended"]
    for run in range(MOST_RUNS):
        desk.reconcile(timedelta(days=1, hours=run))
        if desk.report()[arn]["verdict"] == "satisfied":
            break
    assert desk.report()[arn]["verdict"] == "satisfied", desk.report()[arn]
    assert example.stands(here, arn)

    head = desk.head()
    gate.requests.clear()
    desk.reconcile(timedelta(days=2))
    assert [request.operation for request in gate.writes] == []
    assert desk.head() == head
    assert facts(here, kind, near) == before
    told = [line["event"] for line in desk.ledger() if line["target"] == arn]
    assert told[0] == "noticed"
    assert told.count("intended") == told.count("applied") >= 1
    assert told[-1] == "settled"
    assert json.loads(desk.reported("report.json"))["version"] == 1
