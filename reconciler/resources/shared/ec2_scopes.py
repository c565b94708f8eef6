"""On what the EC2 kinds may use their permissions: what they have in common, and the longest lists. Not a kind."""

from __future__ import annotations

from reconciler.resources.kind import Scope
from reconciler.resources.shared.arns import (
    GROUP_OF_INSTANCES,
    IMAGE,
    INSTANCE,
    KEY,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SNAPSHOT,
    SPOT_REQUEST,
    VOLUME,
)

SNAPPING = Scope(("ec2:CreateSnapshot",), (VOLUME, SNAPSHOT))
# Whoever starts an instance, or attaches a volume, lends EC2 the key that its disks are encrypted with. Source: the
# EBS User Guide, "Requirements for Amazon EBS encryption"; without it an instance stops again, and says nothing.
LENDING = Scope(
    ("kms:CreateGrant",),
    (KEY,),
    {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringLike": {"kms:ViaService": "ec2.*"}},
)


def tagging(*makes: str, arns: tuple[str, ...] = (SNAPSHOT,)) -> Scope:
    """Tags for what these operations make, as they make it, and for nothing else."""
    return Scope(("ec2:CreateTags",), arns, {"StringEquals": {"ec2:CreateAction": makes}})


REVOKE = ("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress")
AUTHORIZE = ("ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress")
RULES = (
    Scope((*REVOKE, "ec2:DeleteSecurityGroup"), (SECURITY_GROUP,)),
    Scope(AUTHORIZE, (SECURITY_GROUP, SECURITY_GROUP_RULE)),
    # A rule has its tags back as it is put back.
    tagging(*(one.removeprefix("ec2:") for one in AUTHORIZE), arns=(SECURITY_GROUP_RULE,)),
)
INSTANCES = (
    Scope(
        (
            "ec2:DescribeInstanceAttribute",
            "ec2:ModifyInstanceAttribute",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ),
        (INSTANCE,),
    ),
    Scope(
        (
            "autoscaling:EnterStandby",
            "autoscaling:ExitStandby",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
        ),
        (GROUP_OF_INSTANCES,),
    ),
    Scope(("ec2:CancelSpotInstanceRequests",), (SPOT_REQUEST,)),
    Scope(("ec2:CreateImage",), (INSTANCE, IMAGE, SNAPSHOT)),
    Scope(("ec2:CreateSnapshots",), (INSTANCE, VOLUME, SNAPSHOT)),
    SNAPPING,
    tagging("CreateImage", "CreateSnapshot", "CreateSnapshots", arns=(IMAGE, SNAPSHOT)),
    LENDING,
)
