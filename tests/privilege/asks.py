"""Calls of AWS as IAM sees them: which actions, on which ARNs, in which context. Written from AWS's documents alone.

Sources: the Service Authorization Reference for actions and resources; the API pages of DeleteObjects, DeleteDBInstance
and StartInstances for what these ask for besides. Nothing here comes from what the kinds declare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from reconciler.model.call import Call

NEW = "new-one"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


@dataclass(frozen=True)
class Sent:
    """One call, as botocore sends it ("ec2", "StopInstances", …), and where."""

    service: str
    operation: str
    arguments: Mapping[str, Any]
    account: str
    region: str = "eu-west-1"
    partition: str = "aws"


@dataclass(frozen=True)
class Ask:
    """One question to IAM."""

    action: str
    arn: str = "*"
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# service.operation -> resources; `{Name}` is an argument, one ask for each if it is a list. Nothing: no resource.
RESOURCES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("autoscaling.DescribeAutoScalingInstances", "ec2.DescribeImages", "ec2.DescribeInstances"),
            *("ec2.DescribeNetworkInterfaces", "ec2.DescribeSecurityGroupRules", "ec2.DescribeSecurityGroups"),
            *("ec2.DescribeSnapshots", "ec2.DescribeSpotInstanceRequests", "ec2.DescribeVolumes"),
            *("iam.GetAccountAuthorizationDetails", "lambda.ListEventSourceMappings", "s3.ListBuckets"),
        ),
        (),
    ),
    **dict.fromkeys(
        ("autoscaling.EnterStandby", "autoscaling.ExitStandby"),
        ("arn:{p}:autoscaling:{r}:{a}:autoScalingGroup:0aa:autoScalingGroupName/{AutoScalingGroupName}",),
    ),
    # It names the instance alone; AWS checks the group that this is in.
    "autoscaling.TerminateInstanceInAutoScalingGroup": (
        "arn:{p}:autoscaling:{r}:{a}:autoScalingGroup:0aa:autoScalingGroupName/its-group",
    ),
    "ec2.AttachVolume": ("arn:{p}:ec2:{r}:{a}:instance/{InstanceId}", "arn:{p}:ec2:{r}:{a}:volume/{VolumeId}"),
    **dict.fromkeys(
        ("ec2.AuthorizeSecurityGroupEgress", "ec2.AuthorizeSecurityGroupIngress"),
        ("arn:{p}:ec2:{r}:{a}:security-group/{GroupId}", "arn:{p}:ec2:{r}:{a}:security-group-rule/" + NEW),
    ),
    "ec2.CancelSpotInstanceRequests": ("arn:{p}:ec2:{r}:{a}:spot-instances-request/{SpotInstanceRequestIds}",),
    "ec2.CreateImage": (
        "arn:{p}:ec2:{r}:{a}:instance/{InstanceId}",
        "arn:{p}:ec2:{r}::image/" + NEW,
        "arn:{p}:ec2:{r}::snapshot/" + NEW,
    ),
    "ec2.CreateSnapshot": ("arn:{p}:ec2:{r}:{a}:volume/{VolumeId}", "arn:{p}:ec2:{r}::snapshot/" + NEW),
    "ec2.CreateSnapshots": (
        "arn:{p}:ec2:{r}:{a}:instance/{InstanceId}",
        "arn:{p}:ec2:{r}:{a}:volume/of-it",
        "arn:{p}:ec2:{r}::snapshot/" + NEW,
    ),
    **dict.fromkeys(("ec2.CreateTags", "ec2.DeleteTags"), ("arn:{p}:ec2:{r}::snapshot/{Resources}",)),
    "ec2.DeleteVolume": ("arn:{p}:ec2:{r}:{a}:volume/{VolumeId}",),
    "ec2.DetachVolume": ("arn:{p}:ec2:{r}:{a}:volume/{VolumeId}", "arn:{p}:ec2:{r}:{a}:instance/{InstanceId}"),
    **dict.fromkeys(
        ("ec2.DescribeInstanceAttribute", "ec2.ModifyInstanceAttribute"),
        ("arn:{p}:ec2:{r}:{a}:instance/{InstanceId}",),
    ),
    **dict.fromkeys(
        ("ec2.StartInstances", "ec2.StopInstances", "ec2.TerminateInstances"),
        ("arn:{p}:ec2:{r}:{a}:instance/{InstanceIds}",),
    ),
    **dict.fromkeys(
        ("ec2.DeleteSecurityGroup", "ec2.RevokeSecurityGroupEgress", "ec2.RevokeSecurityGroupIngress"),
        ("arn:{p}:ec2:{r}:{a}:security-group/{GroupId}",),
    ),
    **dict.fromkeys(
        (
            *("iam.AttachGroupPolicy", "iam.DeleteGroup", "iam.DeleteGroupPolicy", "iam.DetachGroupPolicy"),
            *("iam.PutGroupPolicy", "iam.RemoveUserFromGroup"),
        ),
        ("arn:{p}:iam::{a}:group/{GroupName}",),
    ),
    **dict.fromkeys(
        (
            *("iam.AttachRolePolicy", "iam.DeleteRole", "iam.DeleteRolePolicy", "iam.DetachRolePolicy"),
            "iam.PutRolePolicy",
        ),
        ("arn:{p}:iam::{a}:role/{RoleName}",),
    ),
    "iam.RemoveRoleFromInstanceProfile": ("arn:{p}:iam::{a}:instance-profile/{InstanceProfileName}",),
    "iam.DeleteVirtualMFADevice": ("{SerialNumber}",),
    "iam.SimulatePrincipalPolicy": ("{PolicySourceArn}",),
    **dict.fromkeys(("iam.GetPolicy", "iam.GetPolicyVersion"), ("{PolicyArn}",)),
    **dict.fromkeys(
        (
            *("iam.AttachUserPolicy", "iam.DeactivateMFADevice", "iam.DeleteAccessKey", "iam.DeleteLoginProfile"),
            *("iam.DeleteSSHPublicKey", "iam.DeleteServiceSpecificCredential", "iam.DeleteSigningCertificate"),
            *("iam.DeleteUser", "iam.DeleteUserPolicy", "iam.DetachUserPolicy", "iam.GetLoginProfile"),
            *("iam.ListAccessKeys", "iam.ListMFADevices", "iam.ListSSHPublicKeys"),
            *("iam.ListServiceSpecificCredentials", "iam.ListSigningCertificates", "iam.PutUserPolicy"),
            *("iam.UpdateAccessKey", "iam.UpdateSSHPublicKey", "iam.UpdateServiceSpecificCredential"),
            "iam.UpdateSigningCertificate",
        ),
        ("arn:{p}:iam::{a}:user/{UserName}",),
    ),
    **dict.fromkeys(
        (
            *("lambda.DeleteFunction", "lambda.DeleteFunctionConcurrency", "lambda.GetFunctionConcurrency"),
            "lambda.PutFunctionConcurrency",
        ),
        ("arn:{p}:lambda:{r}:{a}:function:{FunctionName}",),
    ),
    "lambda.ListTags": ("{Resource}",),
    **dict.fromkeys(
        ("lambda.DeleteEventSourceMapping", "lambda.UpdateEventSourceMapping"),
        ("arn:{p}:lambda:{r}:{a}:event-source-mapping:{UUID}",),
    ),
    # Looks by filter are checked against the wildcard ARN itself.
    "rds.DescribeDBInstances": ("arn:{p}:rds:{r}:{a}:db:*",),
    "rds.DescribeDBSnapshots": ("arn:{p}:rds:{r}:{a}:db:*", "arn:{p}:rds:{r}:{a}:snapshot:*"),
    **dict.fromkeys(
        ("rds.DeleteDBInstance", "rds.ModifyDBInstance", "rds.StartDBInstance", "rds.StopDBInstance"),
        ("arn:{p}:rds:{r}:{a}:db:{DBInstanceIdentifier}",),
    ),
    **dict.fromkeys(
        (
            *("s3.DeleteBucket", "s3.DeleteBucketPolicy", "s3.DeletePublicAccessBlock", "s3.GetBucketAcl"),
            *("s3.GetBucketOwnershipControls", "s3.GetBucketPolicy", "s3.GetBucketTagging", "s3.GetBucketVersioning"),
            *("s3.GetObjectLockConfiguration", "s3.GetPublicAccessBlock", "s3.HeadBucket"),
            *("s3.ListMultipartUploads", "s3.ListObjectVersions"),
            *("s3.PutBucketAcl", "s3.PutBucketPolicy", "s3.PutPublicAccessBlock"),
        ),
        ("arn:{p}:s3:::{Bucket}",),
    ),
    **dict.fromkeys(("s3.AbortMultipartUpload", "s3.DeleteObject"), ("arn:{p}:s3:::{Bucket}/{Key}",)),
    "s3.DeleteObjects": ("arn:{p}:s3:::{Bucket}/{Key}",),
}
# Where IAM's action is not the operation's name.
ACTIONS: dict[str, tuple[str, ...]] = {
    "s3.DeleteObject": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3.DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3.DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3.GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3.GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3.HeadBucket": ("s3:ListBucket",),
    "s3.ListBuckets": ("s3:ListAllMyBuckets",),
    "s3.ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3.ListObjectVersions": ("s3:ListBucketVersions",),
    "s3.PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}


def asks(sent: Sent) -> Iterator[Ask]:
    """All that IAM is asked before AWS does it; KeyError for a call that nobody has looked up."""
    name = f"{sent.service}.{sent.operation}"
    context = dict(_context(sent))
    for action in ACTIONS.get(name, (f"{sent.service}:{sent.operation}",)):
        for template in RESOURCES[name] or ("*",):
            yield from (Ask(action, arn, context) for arn in _arns(template, sent))
    yield from _besides(sent)


def sent(call: Call, account: str, region: str = "eu-west-1") -> Sent:
    """A planned call as botocore would send it."""
    client = boto3.client(call.service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106  sends nothing
    operation = client.meta.method_to_api_mapping[call.operation]
    return Sent(call.service, operation, call.arguments, account, region)


def _arns(template: str, sent: Sent) -> Iterator[str]:
    given = _flat(sent)
    name = next((key for key in given if f"{{{key}}}" in template), "")
    many = [{}] if not name else [{name: value} for value in _listed(given[name])]
    for one in many:
        places = {"p": sent.partition, "r": sent.region, "a": sent.account, **given, **one}
        yield template.format(**places)


def _flat(sent: Sent) -> dict[str, Any]:
    given = dict(sent.arguments)
    if sent.operation == "DeleteObjects":
        given["Key"] = [entry["Key"] for entry in given["Delete"]["Objects"]]
    if sent.operation == "CreateSnapshots":
        given["InstanceId"] = given["InstanceSpecification"]["InstanceId"]
    return given


def _context(sent: Sent) -> Iterator[tuple[str, tuple[str, ...]]]:
    given = sent.arguments
    if sent.service == "s3" and "Bucket" in given and sent.operation != "HeadBucket":
        yield "s3:ResourceAccount", (sent.account,)
    if sent.service == "iam" and "PolicyArn" in given:
        yield "iam:PolicyARN", (given["PolicyArn"],)
    if sent.operation in ("CreateTags", "DeleteTags") and given.get("Tags"):
        yield "aws:TagKeys", tuple(tag["Key"] for tag in given["Tags"])


def _besides(sent: Sent) -> Iterator[Ask]:
    given, where = sent.arguments, f"{sent.region}:{sent.account}"
    for spec in given.get("TagSpecifications", ()):
        what = spec["ResourceType"]
        own = sent.account if what == "security-group-rule" else ""
        keys = tuple(tag["Key"] for tag in spec["Tags"])
        context = {"ec2:CreateAction": (sent.operation,), "aws:TagKeys": keys}
        yield Ask("ec2:CreateTags", f"arn:{sent.partition}:ec2:{sent.region}:{own}:{what}/{NEW}", context)
    if sent.operation in ("StartInstances", "AttachVolume"):
        # Whoever has disks encrypted with a key of his own.
        via = {"kms:GrantIsForAWSResource": ("true",), "kms:ViaService": (f"ec2.{sent.region}.amazonaws.com",)}
        yield Ask("kms:CreateGrant", f"arn:{sent.partition}:kms:{where}:key/{KEY}", via)
    if sent.operation == "ModifyInstanceAttribute" and "BlockDeviceMappings" in given:
        yield Ask("ec2:ModifyInstanceAttribute", f"arn:{sent.partition}:ec2:{where}:volume/of-it")
    if sent.operation == "DeleteDBInstance" and "FinalDBSnapshotIdentifier" in given:
        database = f"arn:{sent.partition}:rds:{where}:db:{given['DBInstanceIdentifier']}"
        snapshot = f"arn:{sent.partition}:rds:{where}:snapshot:{given['FinalDBSnapshotIdentifier']}"
        yield from (Ask("rds:CreateDBSnapshot", arn) for arn in (database, snapshot))
        yield Ask("rds:AddTagsToResource", snapshot)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
