"""Acting, with hands that keep what they were given: merged where calls are alike, and no call sent twice in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

import pytest

from reconciler.apply.send import WhyNot, send
from reconciler.model.call import Call
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.sighting import Problem, Trouble
from tests.build import arn, call, decision, plan, stop

Sent = tuple[str, str, str, Mapping[str, Any]]


def name(number: int) -> str:
    return f"i-{number:017x}"


class Writer:
    """What was sent, in which account and region; `answers` says what AWS has against a call."""

    def __init__(self, answers: Callable[[Call], Trouble | None] = lambda _call: None) -> None:
        self.sent: list[Sent] = []
        self._answers = answers

    def send(self, account: str, region: str, call: Call, _why_not: WhyNot) -> Problem | None:
        self.sent.append((account, region, call.operation, call.arguments))
        trouble = self._answers(call)
        return Problem(trouble, f"{trouble}!") if trouble else None

    @property
    def sizes(self) -> list[int]:
        """How many instances each call was for."""
        return [len(arguments["InstanceIds"]) for *_, arguments in self.sent]


def spoiled(trouble: Trouble, *numbers: int) -> Callable[[Call], Trouble | None]:
    """AWS refuses every call that has one of these instances in it."""
    bad = {name(number) for number in numbers}
    return lambda call: trouble if bad & set(call.arguments.get("InstanceIds", ())) else None


def carried(decisions: Sequence[Decision], writer: Writer) -> dict[str, Outcome]:
    outcomes = list(send(plan(*decisions), writer, lambda: ""))
    assert len({one.key for one in outcomes}) == len(outcomes)
    return {one.target: one for one in outcomes}


def many(count: int) -> list[Decision]:
    return [decision(number) for number in range(1, count + 1)]


def troubles(outcomes: Mapping[str, Outcome]) -> dict[int, Trouble]:
    return {int(target[-17:], 16): one.problem.trouble for target, one in outcomes.items() if one.problem}


VOLUME, GROUP = f"vol-{1:017x}", f"sg-{1:017x}"
EC2 = "arn:aws:ec2:eu-west-1:111122223333"
# One decision of each kind to which these calls belong: what it is of, and its action.
VOLUMES: dict[str, Any] = {"kind": "ec2:volume", "target": f"{EC2}:volume/{VOLUME}", "action": "kill"}
GROUPS: dict[str, Any] = {"kind": "ec2:security-group", "target": f"{EC2}:security-group/{GROUP}"}
ITSELF = {"Bucket": "acme", "ExpectedBucketOwner": "111122223333"}
BUCKETS: dict[str, Any] = {"kind": "s3:bucket", "target": "arn:aws:s3:::acme", "action": "kill"}
KILLED: dict[str, Any] = {"action": "kill"}


def steps(*calls: Call, number: int = 1, **of: Any) -> Decision:
    return decision(number, calls=calls, **of)


def volume(operation: str, **arguments: Any) -> Call:
    return call(operation, undo=False, VolumeId=VOLUME, **arguments)


def test_only_what_is_ready_is_sent() -> None:
    writer = Writer()
    others = [decision(n, verdict=each) for n, each in enumerate(Verdict, 10) if each is not Verdict.READY]
    assert list(carried([decision(), *others], writer)) == [arn()]
    assert writer.sent == [("web", "eu-west-1", "stop_instances", {"InstanceIds": [name(1)]})]
    assert carried(others, writer) == {}


def test_equal_calls_go_as_one_of_two_hundred_at_most() -> None:
    writer = Writer()
    outcomes = carried(many(420), writer)
    assert sorted(writer.sizes) == [20, 200, 200]
    assert sorted(member for *_, sent in writer.sent for member in sent["InstanceIds"]) == [
        name(n) for n in range(1, 421)
    ]
    assert all(one.sent == 1 and one.problem is None for one in outcomes.values())


@pytest.mark.parametrize(
    "other",
    [
        decision(2, "data"),
        decision(2, region="us-east-1"),
        decision(2, action="kill", calls=(call("terminate_instances", InstanceIds=[name(2)]),)),
        decision(2, calls=(call(InstanceIds=[name(2)], Force=True),)),
        decision(2, calls=(stop(2), stop(2))),
    ],
)
def test_what_differs_in_anything_goes_by_itself(other: Decision) -> None:
    writer = Writer()
    carried([decision(), other], writer)
    assert set(writer.sizes) == {1}


def test_a_call_that_takes_no_list_is_never_merged() -> None:
    writer = Writer()
    flag = call("modify_instance_attribute", InstanceId=name(1), BlockDeviceMappings=[{"DeviceName": "/dev/sdf"}])
    volumes = [f"{EC2}:volume/vol-{number:017x}" for number in (1, 2)]
    same = [steps(flag, **{**VOLUMES, "target": one}) for one in volumes]
    carried(same, writer)
    assert len(writer.sent) == 2


def test_the_smallest_list_of_a_target_rules() -> None:
    def standby(number: int) -> Call:
        return Call(
            service="autoscaling",
            operation="enter_standby",
            arguments={
                "InstanceIds": [name(number)],
                "AutoScalingGroupName": "g",
                "ShouldDecrementDesiredCapacity": True,
            },
        )

    writer = Writer()
    carried([steps(standby(number), stop(number), number=number) for number in range(1, 26)], writer)
    assert sorted(writer.sizes) == [5, 5, 20, 20]


SPLITTING = [
    Trouble.GONE,
    Trouble.MISSING,
    Trouble.STATE,
    Trouble.PROTECTED,
    Trouble.CAPACITY,
    Trouble.DENIED,
    Trouble.MALFORMED,
    Trouble.OTHER,
]


@pytest.mark.parametrize("trouble", SPLITTING)
def test_one_bad_member_is_found_by_halves_and_the_others_are_done(trouble: Trouble) -> None:
    writer = Writer(spoiled(trouble, 3))
    outcomes = carried(many(8), writer)
    assert troubles(outcomes) == {3: trouble}
    assert writer.sizes == [8, 4, 2, 2, 1, 1, 4]
    assert outcomes[arn(3)].sent == 0


@pytest.mark.parametrize(
    "trouble", [Trouble.THROTTLED, Trouble.UNKNOWN, Trouble.CREDENTIALS, Trouble.STALE, Trouble.LATE]
)
def test_what_no_smaller_call_mends_is_neither_split_nor_repeated(trouble: Trouble) -> None:
    writer = Writer(spoiled(trouble, 3))
    outcomes = carried(many(8), writer)
    assert writer.sizes == [8]
    assert troubles(outcomes) == dict.fromkeys(range(1, 9), trouble)


def test_every_trouble_is_either_split_or_not() -> None:
    whole = {Trouble.THROTTLED, Trouble.UNKNOWN, Trouble.CREDENTIALS, Trouble.STALE, Trouble.LATE}
    assert whole.isdisjoint(SPLITTING) and {*SPLITTING, *whole} == set(Trouble)


@pytest.mark.parametrize(
    ("sent", "of", "trouble"),
    [
        (volume("delete_volume"), VOLUMES, None),
        (volume("detach_volume", InstanceId=name(1)), VOLUMES, None),
        (call("terminate_instances"), KILLED, None),
        (call("revoke_security_group_ingress", GroupId=GROUP), GROUPS, Trouble.GONE),
        (Call(service="s3", operation="put_bucket_policy", arguments=ITSELF), BUCKETS, Trouble.GONE),
        (stop(), {}, Trouble.GONE),
        (call("modify_instance_attribute", InstanceId=name(1)), KILLED, Trouble.GONE),
        (volume("create_snapshot"), VOLUMES, Trouble.GONE),
    ],
    ids=lambda one: one.operation if isinstance(one, Call) else "",
)
def test_gone_is_done_where_an_operation_says_so_of_its_target_and_a_failure_elsewhere(
    sent: Call, of: dict[str, Any], trouble: Trouble | None
) -> None:
    (outcome,) = carried([steps(sent, **of)], Writer(lambda _call: Trouble.GONE)).values()
    assert (outcome.problem and outcome.problem.trouble) == trouble
    assert outcome.sent == (0 if trouble else 1)
    assert outcome.nothing_left is (trouble is None)


def test_taking_away_goes_on_with_the_next_step_after_gone() -> None:
    writer = Writer(lambda call: Trouble.GONE if call.operation == "detach_volume" else None)
    (outcome,) = carried([steps(volume("detach_volume"), volume("delete_volume"), **VOLUMES)], writer).values()
    assert [sent[2] for sent in writer.sent] == ["detach_volume", "delete_volume"]
    assert (outcome.sent, outcome.problem, outcome.nothing_left) == (2, None, False)


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.GONE])
def test_taking_away_stops_at_anything_but_gone(trouble: Trouble) -> None:
    (outcome,) = carried([steps(volume("delete_volume"), **VOLUMES)], Writer(lambda _call: trouble)).values()
    assert outcome.problem == Problem(trouble, f"{trouble}!")


def test_a_target_stops_at_its_first_refusal() -> None:
    writer = Writer(lambda call: Trouble.STATE if call.operation == "create_snapshot" else None)
    three = [volume(one) for one in ("detach_volume", "create_snapshot", "delete_volume")]
    (outcome,) = carried([steps(*three, **VOLUMES)], writer).values()
    assert [sent[2] for sent in writer.sent] == ["detach_volume", "create_snapshot"]
    assert outcome.sent == 1


@pytest.mark.parametrize(
    ("what", "of"),
    [
        (call("terminate_instances"), {}),  # of another action
        (call("start_instances"), {}),  # of an undo
        (stop(2), {}),  # of another resource
        (call(InstanceIds=[name(1), name(2)]), {}),
        (call("delete_thing", Name="x"), {}),
        (call("put_group_policy", GroupName="admins"), {}),
        (volume("delete_volume"), {}),
        (volume("delete_volume"), {**VOLUMES, "target": f"{EC2}:volume/vol-{2:017x}"}),
        (volume("delete_volume"), {**VOLUMES, "name": f"vol-{2:017x}"}),
        (volume("delete_volume"), {**VOLUMES, "target": arn()}),
        (volume("delete_volume"), {**VOLUMES, "target": "nonsense"}),
        (Call(service="s3", operation="delete_bucket", arguments={**ITSELF, "Bucket": "other"}), BUCKETS),
        (stop(), {"undo_progress": UndoProgress.COMPLETE}),
    ],
)
def test_a_call_that_its_kind_does_not_declare_is_not_sent_and_others_are(what: Call, of: dict[str, Any]) -> None:
    writer = Writer()
    outcomes = carried([steps(what, **of), decision(9)], writer)
    assert [sent[3] for sent in writer.sent] == [{"InstanceIds": [name(9)]}]
    (refused,) = [one for target, one in outcomes.items() if target != arn(9)]
    assert refused.sent == 0
    assert refused.problem
    assert refused.problem.trouble is Trouble.MALFORMED
    assert refused.problem.message.endswith("nothing was sent; plan again")


def test_halves_go_on_from_the_step_that_was_refused() -> None:
    writer = Writer(lambda call: spoiled(Trouble.STATE, 2)(call) if call.operation == "terminate_instances" else None)
    end = "terminate_instances"
    both = [steps(stop(n), call(end, InstanceIds=[name(n)]), number=n, action="kill") for n in (1, 2)]
    outcomes = carried(both, writer)
    assert [(sent[2], len(sent[3]["InstanceIds"])) for sent in writer.sent] == [
        ("stop_instances", 2),
        (end, 2),
        (end, 1),
        (end, 1),
    ]
    assert {target: one.sent for target, one in outcomes.items()} == {arn(1): 2, arn(2): 1}


def test_one_failing_target_leaves_the_others() -> None:
    decisions = [decision(), decision(2, "data"), decision(3, region="us-east-1")]
    assert troubles(carried(decisions, Writer(spoiled(Trouble.UNKNOWN, 1)))) == {1: Trouble.UNKNOWN}


def test_outcomes_come_in_while_others_are_still_at_it() -> None:
    read = Event()

    class Slow(Writer):
        def send(self, account: str, region: str, call: Call, _why_not: WhyNot) -> Problem | None:
            assert account == "web" or read.wait(timeout=10)
            return super().send(account, region, call, _why_not)

    outcomes = send(plan(decision(), decision(2, "data")), Slow(), lambda: "")
    assert next(outcomes).target == arn()
    read.set()
    assert [one.target for one in outcomes] == [arn(2, "data")]
