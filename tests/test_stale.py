"""Plan is what happens: a second look right before the deed; `apply` takes the recorded plan, once, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply.recheck import CHANGED, recheck
from reconciler.decide.rules import decide
from reconciler.demo.server import Gate, Request
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem, Resource, Trouble
from tests.aws import WEB, Here
from tests.build import NOW, ledger_of, order, repository, running, seen, told
from tests.desk import Desk, instances, state, task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REFUSED = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>"


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


class Reader:
    """What is seen the second time, by name; the problem, if there is one, for everything."""

    def __init__(self, *resources: Resource, problem: Problem | None = None) -> None:
        self._resources, self._problem = list(resources), problem

    def look(self, _account: str, _region: str, _see: Callable[..., Any]) -> list[Resource] | Problem:
        """The same for every place."""
        return self._problem or self._resources


def resource(number: int, **facts: Any) -> Resource:
    found = running(number, **facts).resource
    assert found
    return found


def planned(*numbers: int) -> tuple[Repository, Plan]:
    repo = repository(*(order(number) for number in numbers))
    return repo, decide(repo, ledger_of(*(told(number) for number in numbers)), seen(repo.orders), NOW, "c0ffee")


def test_what_looks_as_it_did_goes_on_and_the_others_do_not_wait_for_what_changed() -> None:
    repo, made = planned(1, 2, 3)
    reader = Reader(resource(1), resource(2, lifecycle="scheduled"), resource(3))

    still, left = recheck(repo, made, ledger_of(told(1), told(2), told(3)), reader, NOW)

    assert [one.target for one in still.ready] == [made.ready[0].target, made.ready[2].target]
    assert [(one.target, one.sent, one.problem) for one in left] == [
        (made.ready[1].target, 0, Problem(Trouble.STALE, CHANGED))
    ]
    assert (left[0].stale, left[0].failed) == (True, False)


def test_what_is_gone_or_stopped_since_is_stale() -> None:
    repo, made = planned(1, 2)
    still, left = recheck(repo, made, ledger_of(told(1), told(2)), Reader(resource(1, state="stopped")), NOW)
    assert (still.ready, [one.stale for one in left]) == ((), [True, True])


def test_what_cannot_be_seen_again_fails_since_a_role_that_may_not_look_must_not_go_unnoticed() -> None:
    repo, made = planned(1)
    reader = Reader(problem=Problem(Trouble.DENIED, "the role may not DescribeInstances: no"))

    still, (left,) = recheck(repo, made, ledger_of(told(1)), reader, NOW)

    assert (still.ready, left.failed, left.sent) == ((), True, 0)
    assert left.problem
    assert left.problem.trouble is Trouble.DENIED
    assert "could not be observed again" in left.problem.message


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"paused": True}, "Krampus is paused"),
        ({"guardrails": {"freeze": [{"from": "2026-12-01", "to": "2026-12-02"}]}}, "frozen"),
        ({"guardrails": {"protected": ["arn:aws:ec2:*:*:instance/*"]}}, "protected"),
    ],
)
def test_a_pause_or_freeze_that_began_since_holds_it(over: dict[str, Any], why: str) -> None:
    repo, made = planned(1)
    now = repository(*repo.orders, **over)
    still, (left,) = recheck(now, made, ledger_of(told(1)), Reader(resource(1)), NOW)
    assert (still.ready, left.stale) == ((), True)
    assert left.problem
    assert why in left.problem.message


def test_what_no_task_asks_for_any_more_is_left_alone() -> None:
    _, made = planned(1)
    still, (left,) = recheck(repository(), made, ledger_of(told(1)), Reader(resource(1)), NOW)
    assert (still.ready, left.stale) == ((), True)


def opened(port: int) -> dict[str, Any]:
    """A port that is open to the world, as AWS takes it."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def due(desk: Desk, web: Here, tmp_path: Path, count: int = 1) -> tuple[list[str], Path]:
    """A recorded plan to stop so many instances, in a file."""
    targets = instances(web, count)
    desk.write({"tasks/idle.yaml": task("disable", *targets)})
    desk.reconcile(0 * HOUR)
    plan = tmp_path / "plan.json"
    assert desk.krampus("plan", "--out", str(plan), after=DAY).exit_code == 0
    assert desk.krampus("record", str(plan)).exit_code == 0
    return targets, plan


def test_only_what_changed_between_plan_and_apply_is_stale(desk: Desk, gate: Gate, web: Here, tmp_path: Path) -> None:
    ec2, plan, done = web.client("ec2"), tmp_path / "plan.json", tmp_path / "done.json"
    names = [ec2.create_security_group(GroupName=f"open-{n}", Description="open")["GroupId"] for n in range(3)]
    for name in names:
        ec2.authorize_security_group_ingress(GroupId=name, IpPermissions=[opened(22)])
    changed, *others = (f"arn:aws:ec2:eu-west-1:{WEB}:security-group/{name}" for name in names)
    desk.write({"tasks/ssh.yaml": task("disable", changed, *others)})
    desk.reconcile(0 * HOUR)
    assert desk.krampus("plan", "--out", str(plan), after=DAY).exit_code == 0
    assert desk.krampus("record", str(plan)).exit_code == 0
    ec2.authorize_security_group_ingress(GroupId=names[0], IpPermissions=[opened(3389)])
    gate.requests.clear()

    applied = desk.krampus("apply", str(plan), "--out", str(done))

    assert applied.exit_code == 0, applied.output
    assert f"{changed}: left alone: {CHANGED}" in applied.output
    assert sorted(one.text.partition("GroupId=")[2][:20] for one in gate.writes) == sorted(names[1:])
    assert desk.krampus("publish", str(plan), str(done)).exit_code == 0
    assert [event for event, target in desk.events() if target == changed] == ["noticed", "intended", "stale"]
    assert "left alone for now" in desk.issue()
    assert "failed" not in desk.issue()


def test_reconcile_looks_again_by_the_role_that_acts(desk: Desk, gate: Gate, web: Here) -> None:
    """Between the two looks, somebody stops one of two instances: only the other is stopped by Krampus."""
    mended, other = instances(web, 2)
    desk.write({"tasks/idle.yaml": task("disable", mended, other)})
    desk.reconcile(0 * HOUR)
    ec2 = web.client("ec2")
    entered: list[Request] = []

    def answer(request: Request) -> None:
        if request.operation == "AssumeRole" and "krampus-act" in request.text and not entered:
            entered.append(request)
            ec2.stop_instances(InstanceIds=[mended.rsplit("/", 1)[1]])

    gate.refuse = answer
    gate.requests.clear()
    desk.reconcile(DAY)

    stops = [one.text for one in gate.requests if one.operation == "StopInstances"]
    assert len(stops) == 2  # theirs, and ours of the other alone
    assert mended.rsplit("/", 1)[1] not in stops[1]
    assert [event for event, target in desk.events() if target == mended][-1] == "stale"
    assert state(web, other) == "stopped"
    desk.reconcile(DAY + HOUR)
    assert desk.report()[mended]["verdict"] == "satisfied"


def test_the_second_look_costs_one_read_a_batch(desk: Desk, gate: Gate, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web, 30))})
    desk.write(
        {"krampus.yaml": (desk.root / "krampus.yaml").read_text() + "guardrails: {per_account: {disable: 50}}\n"}
    )
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    desk.krampus("plan", after=DAY)
    first = sorted(one.operation for one in gate.requests if not one.writes)
    gate.requests.clear()

    desk.reconcile(DAY)

    assert sorted(one.operation for one in gate.requests if not one.writes) == sorted(first * 2)


def test_an_act_role_that_may_not_look_does_nothing_and_says_so(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    entered: list[Request] = []

    def answer(request: Request) -> tuple[str, str] | None:
        if request.operation == "AssumeRole" and "krampus-act" in request.text:
            entered.append(request)
        return ("403 Forbidden", REFUSED) if entered and request.operation == "DescribeInstances" else None

    gate.refuse = answer
    result = desk.reconcile(DAY, expect=3)
    gate.refuse = lambda _request: None

    assert state(web, target) == "running"
    assert "could not be observed again" in result.output


@pytest.mark.parametrize("change", ["seen", "target", "why", "calls"])
def test_an_altered_plan_is_refused(desk: Desk, gate: Gate, web: Here, tmp_path: Path, change: str) -> None:
    (target, other), plan = due(desk, web, tmp_path, 2)
    text = plan.read_text()
    decided = next(one for one in json.loads(text)["decisions"] if one["target"] == target)
    found = {
        "seen": (decided["seen"], "0" * 16),
        "target": (target, other.replace("instance/i-", "instance/i-0")[: len(target)]),
        "why": ("it is due", "it is Due"),
        "calls": ("stop_instances", "terminate_instances"),
    }[change]
    plan.write_text(text.replace(*found))
    gate.requests.clear()

    refused = desk.krampus("apply", str(plan))

    assert refused.exit_code == 2
    assert "not recorded, or altered since" in refused.stderr
    assert gate.requests == []
    plan.write_text(text)
    assert desk.krampus("apply", str(plan)).exit_code == 0


def test_a_plan_that_was_carried_out_is_refused(desk: Desk, gate: Gate, web: Here, tmp_path: Path) -> None:
    (target,), plan = due(desk, web, tmp_path)
    done = tmp_path / "done.json"
    assert desk.krampus("apply", str(plan), "--out", str(done)).exit_code == 0
    assert desk.krampus("publish", str(plan), str(done)).exit_code == 0
    web.client("ec2").start_instances(InstanceIds=[target.rsplit("/", 1)[1]])
    gate.requests.clear()

    refused = desk.krampus("apply", str(plan))

    assert refused.exit_code == 2
    assert "applied once" in refused.stderr
    assert gate.requests == []
    assert state(web, target) == "running"


def test_applied_twice_before_it_is_published_it_is_sent_once(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path
) -> None:
    (target,), plan = due(desk, web, tmp_path)
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    gate.requests.clear()

    assert desk.krampus("apply", str(plan), "--out", str(first)).exit_code == 0
    assert desk.krampus("apply", str(plan), "--out", str(second)).exit_code == 0

    assert [one.operation for one in gate.writes] == ["StopInstances"]
    assert desk.krampus("publish", str(plan), str(first), str(second)).exit_code == 0
    assert [event for event, _ in desk.events()] == ["noticed", "intended", "applied"]
    assert state(web, target) == "stopped"


def test_a_plan_of_another_commit_is_refused(desk: Desk, gate: Gate, web: Here, tmp_path: Path) -> None:
    _, plan = due(desk, web, tmp_path)
    gate.requests.clear()
    desk.write({}, "Something was merged")

    for command in ("record", "apply"):
        refused = desk.krampus(command, str(plan))
        assert refused.exit_code == 2
        assert "the checkout is at" in refused.stderr
    assert gate.requests == []


def test_a_pause_stops_apply_too(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,), plan = due(desk, web, tmp_path)
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    gate.requests.clear()

    applied = desk.krampus("apply", str(plan))

    assert (applied.exit_code, gate.writes, state(web, target)) == (0, [], "running")
    assert "Krampus is paused" in applied.output
