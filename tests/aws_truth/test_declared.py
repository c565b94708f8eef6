"""What only one operation's errors mean, and where "it does not exist" is as good as done: for all of every kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from reconciler.apply.send import WhyNot, send
from reconciler.clients.aws.errors import refusal
from reconciler.iam.actions import known
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.plan import UndoProgress
from reconciler.model.sighting import Problem, Resource, Trouble
from reconciler.model.task import Action
from reconciler.resources.catalog import KINDS, resolve
from tests.build import decision, plan
from tests.resources.examples import CASES

# Kind, action, whether it undoes that, and each operation that is sent for it.
SENT = [
    (name, action, back, one)
    for name, kind in KINDS.items()
    for action in kind.verbs
    for back in (False, True)
    for one in {each.key: each for each in kind.sends(action, undo=back)}.values()
]
STATE, GONE, THROTTLED, PROTECTED = Trouble.STATE, Trouble.GONE, Trouble.THROTTLED, Trouble.PROTECTED
RATE = ("SnapshotCreationPerVolumeRateExceeded", "The maximum per volume rate has been exceeded.", THROTTLED, "")
BLOCKED = ("AccessDenied", "prevented by the BlockPublicPolicy setting", PROTECTED, "whoever blocked public access")
BUSY = [("KMSInvalidStateException", "arn:aws:kms:::key/1 is pending deletion.", STATE, "")]
MANAGED = (
    "UnauthorizedOperation",
    "You are not authorized to perform this operation, with an explicit deny in a resource-based policy",
    Trouble.DENIED,
    "an AWS service manages it",
)
# As AWS words them; the sizes are those of a group.
SIZES = [
    (
        "ValidationError",
        "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min "
        "size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
        STATE,
        "the sizes of its Auto Scaling group",
    ),
    ("ValidationError", "The instance i-1 is not in InService or Standby.", STATE, "the next run"),
]
LAST, LASTING = "Cannot delete the last instance of the", "this does not pass by itself"
# Service and operation -> code, message, class, and a piece of what a person is told to do.
SAID = {
    **{
        ("autoscaling", name): SIZES
        for name in ("enter_standby", "exit_standby", "terminate_instance_in_auto_scaling_group")
    },
    ("ec2", "stop_instances"): [MANAGED],
    ("ec2", "terminate_instances"): [MANAGED],
    ("ec2", "delete_volume"): [MANAGED],
    ("ec2", "create_image"): [("InvalidAMIName.Duplicate", "AMI name is already in use", STATE, ""), RATE],
    ("ec2", "create_snapshots"): [RATE],
    ("ec2", "create_snapshot"): [RATE],
    ("ec2", "detach_volume"): [
        ("IncorrectState", "Volume 'vol-1' is in the 'available' state.", GONE, ""),
        ("OperationNotPermitted", "Unable to detach root volume 'vol-1'", STATE, "stop its instance first"),
        MANAGED,
    ],
    ("ec2", "modify_instance_attribute"): [
        ("InvalidInstanceAttributeValue", "No device is currently mapped at /dev/sdf", STATE, "")
    ],
    **{("kms", name): BUSY for name in ("describe_key", "enable_key", "disable_key", "cancel_key_deletion")},
    ("kms", "schedule_key_deletion"): BUSY,
    ("lambda", "put_function_concurrency"): [
        ("InvalidParameterValueException", "below its provisioned concurrency", STATE, "")
    ],
    ("lambda", "delete_function"): [
        ("InvalidParameterValueException", "because it is a replicated function", STATE, "")
    ],
    ("rds", "delete_db_instance"): [
        ("DBSnapshotAlreadyExists", "already exists", STATE, "delete that snapshot"),
        ("InvalidDBClusterStateFault", f"{LAST} master cluster. Delete the replica cluster before", STATE, LASTING),
        ("InvalidDBClusterStateFault", f"{LAST} read replica DB cluster. Promote the DB cluster", STATE, LASTING),
    ],
    ("rds", "modify_db_instance"): [
        (
            "InvalidParameterCombination",
            "Deletion Protection can only be applied on the Cluster level, not for individual instances",
            PROTECTED,
            "switch it off there",
        )
    ],
    ("s3", "put_bucket_acl"): [
        ("AccessControlListNotSupported", "The bucket does not allow ACLs", STATE, ""),
        BLOCKED,
    ],
    ("s3", "put_bucket_policy"): [BLOCKED],
    ("s3", "delete_bucket"): [
        ("BucketHasAccessPointsAttached", "Bucket has access points attached and cannot be deleted.", STATE, "other"),
        ("BucketNotEmpty", "The bucket you tried to delete is not empty", STATE, "something was written to it since"),
    ],
}
ROWS = [(key, *row) for key, rows in SAID.items() for row in rows]
# What may say that nothing is left to do. That nothing else may, and by which codes: tests/laws/test_gone.py.
ENDS = {
    "ec2": "delete_security_group delete_volume detach_volume terminate_instances",
    "iam": "delete_group delete_role delete_user",
    "kms": "schedule_key_deletion",
    "lambda": "delete_function",
    "rds": "delete_db_instance",
    "s3": "delete_bucket",
    "sqs": "delete_queue",
}


@dataclass(frozen=True)
class Unknowing:
    """An AWS that knows nothing of what it is asked."""

    def send(self, _account: str, _region: str, _call: Call, _why_not: WhyNot) -> Problem | None:
        return Problem(Trouble.GONE, "it does not exist")


@pytest.mark.parametrize(("key", "code", "message", "trouble", "hint"), ROWS)
def test_what_one_operation_says_means_this(
    key: tuple[str, str], code: str, message: str, trouble: Trouble, hint: str
) -> None:
    problem = refusal(code, message, 400, key[1], known(*key))

    assert problem.trouble is trouble
    assert hint in problem.message


def test_every_meaning_that_is_declared_stands_here() -> None:
    declared = {
        (one.service, one.name, said) for kind in KINDS.values() for one in kind.operations for said in one.errors
    }
    shown = {
        (*key, said)
        for key, code, message, *_ in ROWS
        for said in known(*key).meanings
        if re.fullmatch(said.code, code) and re.search(said.message, message)
    }

    assert declared == shown


@pytest.mark.parametrize(("kind", "action", "back", "operation"), SENT, ids=lambda one: getattr(one, "name", str(one)))
def test_what_is_gone_is_done_only_where_the_operation_ends_the_resource_itself(
    kind: str, action: Action, back: bool, operation: Operation
) -> None:
    resource = Resource(resolve(CASES[kind].arn)[1], {"account": "111122223333", "url": "https://sqs/x"})
    progress = UndoProgress.COMPLETE if back else UndoProgress.NONE
    call = replace(operation, undo=())(resource)
    due = decision(kind=kind, target=CASES[kind].arn, action=action, calls=(call,), undo_progress=progress)
    (outcome,) = send(plan(due.model_copy(update={"name": resource.name})), Unknowing(), lambda: "")

    assert (outcome.problem is None) is (operation.name in ENDS.get(operation.service, "").split())
    assert outcome.problem is None or outcome.problem.trouble is GONE
