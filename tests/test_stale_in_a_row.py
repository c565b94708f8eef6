"""What is stale again and again is told; and what a running workload changes by itself makes nothing stale."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from reconciler.apply.collect import merge_outcomes
from reconciler.decide.rules import decide
from reconciler.demo.server import Gate, Request
from reconciler.ledger.entries import after_run
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Problem, Trouble
from tests.applied import exemption
from tests.aws import WEB, Here
from tests.build import NOW, TASK, arn, decision, entry, histories, ledger_of, order, plan, repository, seen, told
from tests.desk import CONFIG, DAY, HOUR, Desk, task
from tests.resources.bucket_parts import NAME
from tests.resources.s3_bucket import lifecycle, make_full, statements

STALE = [entry(Event.INTENDED), entry(Event.STALE)]
KEY = (TASK, arn())


def meanwhile(gate: Gate, change: Callable[[], object]) -> None:
    """Whenever the role that acts is entered, that is between the plan and the act, something changes."""
    inside: list[bool] = []

    def answer(request: Request) -> None:
        if request.operation == "AssumeRole" and "krampus-act" in request.text and not inside:
            inside.append(True)
            change()
            inside.clear()

    gate.refuse = answer


def test_a_bucket_that_is_still_written_to_is_sealed_on_its_date(desk: Desk, gate: Gate, web: Here) -> None:
    bucket, s3, numbers = make_full(web), web.client("s3"), count()
    target = {"resource": bucket, "account": "website-prod"}
    desk.write({"tasks/old.yaml": task("kill", target, options={"skip_backup": True})})
    desk.reconcile(0 * HOUR)
    meanwhile(gate, lambda: s3.put_object(Bucket=NAME, Key=f"ann-{next(numbers)}@example.org", Body=b"x"))
    # moto's policies hold for its owner too, and the bucket's own one has no such denial yet.
    desk.reconcile(DAY)

    assert next(numbers) == 1
    assert [line["Sid"] for line in statements(web)] == ["KrampusSeal"]
    gate.refuse = lambda _request: None
    desk.reconcile(DAY + HOUR)
    assert desk.report()[bucket]["verdict"] == "underway"
    lifecycle(web)
    desk.reconcile(2 * DAY)
    desk.reconcile(2 * DAY + HOUR)
    assert [event for event, _ in desk.events()] == [
        *("noticed", "intended", "applied", "intended", "applied", "settled")
    ]
    assert "example.org" not in json.dumps(desk.ledger())


@dataclass
class OpenGroup:
    """A security group with a port that is open to the world, and another each time that it is asked for."""

    ec2: Any
    name: str
    ports: Iterator[int] = field(default_factory=lambda: count(4000))

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:ec2:eu-west-1:{WEB}:security-group/{self.name}"

    def open_another(self) -> None:
        """Open the next port."""
        port = next(self.ports)
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        self.ec2.authorize_security_group_ingress(GroupId=self.name, IpPermissions=[rule])


@pytest.fixture
def group(web: Here) -> OpenGroup:
    ec2 = web.client("ec2")
    made = OpenGroup(ec2, ec2.create_security_group(GroupName="open", Description="open")["GroupId"])
    made.open_another()
    return made


def test_what_changes_right_before_the_act_again_and_again_is_held_and_told(
    desk: Desk, gate: Gate, group: OpenGroup
) -> None:
    target = group.arn
    desk.write({"krampus.yaml": f"{CONFIG}operators: data\n", "tasks/ssh.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    meanwhile(gate, group.open_another)
    for hour in range(3):
        desk.reconcile(DAY + hour * HOUR)
        assert desk.report()[target]["reason"] == "stale"

    desk.reconcile(DAY + 3 * HOUR, expect=3)
    found = desk.report()[target]
    assert (found["verdict"], found["reason"]) == ("held", "changing")
    assert found["why"] == "it changed between the plan and the act 3 times in a row; a person must look"
    assert "changed between the plan and the act 3 times" in desk.reported("README.md")
    told_to = [path.read_text(encoding="utf-8") for path in desk.issues.glob("*.md")]
    assert any("krampus:operators" in text and "3 times in a row" in text for text in told_to)

    # Its task's file changes: a fresh notice, and it is tried again.
    gate.refuse = lambda _request: None
    desk.write({"tasks/ssh.yaml": task("disable", target, options={"port": 4000})})
    desk.reconcile(DAY + 4 * HOUR)
    desk.reconcile(3 * DAY)
    assert [event for event, at in desk.events() if at == target][-1] == "applied"


@pytest.mark.parametrize("attempts", [1, 3])
def test_it_is_held_after_as_many_times_as_may_fail_and_not_before(attempts: int) -> None:
    repo = repository(order(), guardrails={"attempts": attempts})
    for times, expected in ((attempts - 1, Verdict.READY), (attempts, Verdict.HELD)):
        (found,) = decide(repo, ledger_of(told(), *STALE * times), seen(repo.orders), NOW).decisions
        assert found.verdict is expected
    assert found.reason is Reason.CHANGING


@pytest.mark.parametrize(
    ("after", "counted"),
    [
        ((entry(Event.APPLIED),), 0),
        ((entry(Event.INTENDED), entry(Event.FAILED)), 0),
        ((entry(at=NOW + DAY, digest="another"),), 0),
        ((entry(Event.SETTLED),), 0),
        ((entry(Event.EXEMPTED),), 0),
        ((entry(Event.RESTORED),), 0),
        ((entry(Event.INTENDED), entry(Event.FAILED, cause=Cause.CUT_SHORT)), 2),
        ((entry(Event.INTENDED), entry(Event.STALE, cause=Cause.LATE)), 2),
        ((entry(Event.REMINDED),), 2),
        ((entry(Event.INTENDED), entry(Event.STALE)), 3),
    ],
)
def test_in_a_row_is_without_anything_that_reached_aws_or_began_anew(after: tuple[Entry, ...], counted: int) -> None:
    assert histories([entry(), *STALE * 2, *after])[KEY].stale == counted


def test_what_the_runs_time_did_not_reach_has_not_changed_and_stays_late_when_it_is_published_again() -> None:
    made = plan(decision())
    late = Outcome(task=TASK, target=arn(), sent=0, problem=Problem(Trouble.LATE, "the run's time is over"))

    (line,) = after_run(made, [late], {}, {}, {}, Delivery())
    assert (line.event, line.cause) == (Event.STALE, Cause.LATE)
    (again,) = merge_outcomes(made, [], [line])
    assert (again.late, again.stale, again.sent) == (True, True, 0)


def test_an_undo_that_is_stale_again_and_again_is_held_too(desk: Desk, gate: Gate, group: OpenGroup) -> None:
    """Of an exemption with `restore: true`, which each run tries."""
    desk.write({"tasks/ssh.yaml": task("disable", group.arn, options={"port": 4000})})
    desk.reconcile(0 * HOUR)
    desk.reconcile(DAY)
    desk.write({"exemptions/needed.yaml": exemption(group.arn, restore="true")})
    meanwhile(gate, group.open_another)

    for hour in range(3):
        desk.reconcile(2 * DAY + hour * HOUR)
    desk.reconcile(3 * DAY, expect=3)

    assert desk.report()[group.arn]["reason"] == "changing"
    assert [event for event, _ in desk.events()][-6:] == ["intended", "stale"] * 3
