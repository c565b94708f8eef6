"""The table: to which call AWS answers what, and what must come of it.

Codes and messages are AWS's own words, as its API models, its pages, and people's reports of them have them.
The rows of EC2 are here, those of the others in `table_*.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reconciler.model.sighting import Trouble
from tests.aws_truth import world
from tests.aws_truth.world import Maker

BAD, CONFLICT, FORBIDDEN = "400 Bad Request", "409 Conflict", "403 Forbidden"
LOST: Mapping[str, Any] = {"skip_backup": True}
NOT_ALLOWED = "User: arn:aws:sts::111122223333:assumed-role/krampus-act/krampus is not authorized to perform: "


@dataclass(frozen=True)
class Truth:
    """A refusal, and what is expected of it.

    wire: a pattern of the operation as the gate names it; status, code, message: the answer; {} is the resource's name
    refusals: how often AWS says so; words: what the sentence has in it; fate: the ledger's event
    times: how often the call is sent; 0: as often as it takes to tell it from its batch
    """

    action: Literal["disable", "kill"]
    make: Maker
    wire: str
    status: str
    code: str
    message: str
    trouble: Trouble
    words: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    fate: Literal["failed", "applied"] = "failed"
    refusals: int = 99
    times: int = 1

    def __str__(self) -> str:
        return f"{self.wire}-{self.code}".translate(str.maketrans(" /.*$^?[]+\\", "___________"))


EC2 = (
    Truth(
        "disable",
        world.instance,
        "StopInstances",
        BAD,
        "OperationNotPermitted",
        "The instance '{}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.",
        Trouble.PROTECTED,
        ("a protection blocks StopInstances", "disableApiStop", "whoever set it has to remove it"),
        times=0,
    ),
    Truth(
        "disable",
        world.instance,
        "StopInstances",
        BAD,
        "IncorrectInstanceState",
        "The instance '{}' is not in a state from which it can be stopped.",
        Trouble.STATE,
        ("the next run tries again",),
        times=0,
    ),
    Truth(
        "disable",
        world.instance,
        "StopInstances",
        BAD,
        "UnsupportedOperation",
        "You can't stop the instance '{}': it is managed by another service.",
        Trouble.OTHER,
        ("a person has to look",),
        times=0,
    ),
    Truth(
        "disable",
        world.instance,
        "StopInstances",
        FORBIDDEN,
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. Encoded authorization failure message: 5N-w0rds",
        Trouble.DENIED,
        ("the role is denied ec2:StopInstances", "allow it in the role's policy"),
        times=0,
    ),
    Truth(
        "kill",
        world.instance,
        "TerminateInstances",
        BAD,
        "OperationNotPermitted",
        "The instance '{}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
        Trouble.PROTECTED,
        ("disableApiTermination", "whoever set it has to remove it"),
        LOST,
    ),
    Truth(
        "kill",
        world.stopped_instance,
        "CreateImage",
        FORBIDDEN,
        "UnauthorizedOperation",
        NOT_ALLOWED + "ec2:CreateImage on resource: arn:aws:ec2:eu-west-1::image/* with an explicit deny in a service "
        "control policy",
        Trouble.DENIED,
        ("the role is denied ec2:CreateImage", "a policy denies it"),
        {"backup": "image"},
    ),
    Truth(
        "kill",
        world.stopped_instance,
        "CreateSnapshots",
        BAD,
        "SnapshotLimitExceeded",
        "The maximum number of snapshots has been reached.",
        Trouble.OTHER,
        ("a quota is used up",),
        {"backup": "snapshots"},
    ),
    Truth(
        "disable",
        world.attached_volume,
        "DetachVolume",
        BAD,
        "OperationNotPermitted",
        "Unable to detach root volume '{}' from instance 'i-0123456789abcdef0'",
        Trouble.STATE,
        ("stop its instance first",),
    ),
    Truth(
        "disable",
        world.attached_volume,
        "DetachVolume",
        BAD,
        "IncorrectState",
        "Volume '{}' is in the 'available' state.",
        Trouble.GONE,
        fate="applied",
    ),
    Truth(
        "disable",
        world.attached_volume,
        "DetachVolume",
        BAD,
        "IncorrectState",
        "Volume '{}' is in the 'busy' state.",
        Trouble.STATE,
        ("the next run tries again",),
    ),
    Truth(
        "kill",
        world.volume,
        "DeleteVolume",
        BAD,
        "VolumeInUse",
        "Volume {} is currently attached to i-0123456789abcdef0",
        Trouble.STATE,
        ("something still uses it",),
        LOST,
    ),
    Truth(
        "kill",
        world.volume,
        "DeleteVolume",
        BAD,
        "InvalidVolume.NotFound",
        "The volume '{}' does not exist.",
        Trouble.GONE,
        options=LOST,
        fate="applied",
    ),
    Truth(
        "kill",
        world.volume,
        "CreateSnapshot",
        BAD,
        "SnapshotCreationPerVolumeRateExceeded",
        "The maximum per volume CreateSnapshot request rate has been exceeded for {}.",
        Trouble.THROTTLED,
        fate="applied",
        refusals=1,
        times=2,
    ),
    Truth(
        "kill",
        world.stopped_instance,
        "CreateImage",
        BAD,
        "SnapshotCreationPerVolumeRateExceeded",
        "The maximum per volume CreateSnapshot request rate has been exceeded.",
        Trouble.THROTTLED,
        options={"backup": "image"},
        fate="applied",
        refusals=1,
        times=2,
    ),
    Truth(
        "kill",
        world.stopped_instance,
        "CreateSnapshots",
        BAD,
        "SnapshotCreationPerVolumeRateExceeded",
        "The maximum per volume CreateSnapshot request rate has been exceeded.",
        Trouble.THROTTLED,
        options={"backup": "snapshots"},
        fate="applied",
        refusals=1,
        times=2,
    ),
    Truth(
        "disable",
        world.group,
        "RevokeSecurityGroupIngress",
        BAD,
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
        Trouble.MISSING,
        ("AWS does not know", "may be another thing", "the next run looks again"),
    ),
    Truth(
        "disable",
        world.group,
        "RevokeSecurityGroupIngress",
        BAD,
        "InvalidGroup.NotFound",
        "You have specified two resources that belong to different networks.",
        Trouble.MISSING,
        ("AWS does not know", "may be another thing", "the next run looks again"),
    ),
    Truth(
        "kill",
        world.group,
        "DeleteSecurityGroup",
        BAD,
        "InvalidGroup.NotFound",
        "The security group '{}' does not exist",
        Trouble.GONE,
        options=LOST,
        fate="applied",
    ),
    Truth(
        "disable",
        world.attached_volume,
        "DetachVolume",
        BAD,
        "InvalidAttachment.NotFound",
        "The volume '{}' is not attached to instance 'i-0123456789abcdef0' as device '/dev/sdf'.",
        Trouble.MISSING,
        ("AWS does not know", "may be another thing", "the next run looks again"),
    ),
    Truth(
        "kill",
        world.group,
        "DeleteSecurityGroup",
        BAD,
        "DependencyViolation",
        "resource {} has a dependent object",
        Trouble.STATE,
        ("something still uses it", "dependent object"),
        LOST,
    ),
    Truth(
        "kill",
        world.group,
        "DeleteSecurityGroup",
        BAD,
        "CannotDelete",
        'the specified group: "{}" name: "default" cannot be deleted by a user',
        Trouble.PROTECTED,
        ("AWS keeps it",),
        LOST,
    ),
    Truth(
        "kill",
        world.group,
        "DeleteSecurityGroup",
        "503 Service Unavailable",
        "Unavailable",
        "The service is unavailable. Please try again shortly.",
        Trouble.UNKNOWN,
        ("gave no result for DeleteSecurityGroup", "the next run checks"),
        LOST,
    ),
)
