"""What the cases of EC2's kinds share: what IAM is asked, beside the operation itself, and for looking."""

from __future__ import annotations

from collections.abc import Iterator

from tests.aws import Here
from tests.privilege.ask import NEW, Ask, Asked, Sent, each, on

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
INSTANCE = "arn:{p}:ec2:{r}:{a}:instance/{InstanceId}"
VOLUME = "arn:{p}:ec2:{r}:{a}:volume/{VolumeId}"
NEW_SNAPSHOT = "arn:{p}:ec2:{r}::snapshot/" + NEW


def name_of(arn: str) -> str:
    """What follows the slash."""
    return arn.rsplit("/", 1)[1]


def an_image(here: Here) -> str:
    """The id of some image: moto has hundreds, and all of them take half a second."""
    return str(here.client("ec2").describe_images(Owners=["amazon"], MaxResults=5)["Images"][0]["ImageId"])


def tags_of_the_new(sent: Sent) -> Iterator[Ask]:
    """Tags that are given to what the call creates."""
    for spec in sent.arguments.get("TagSpecifications", ()):
        what = spec["ResourceType"]
        own = sent.account if what == "security-group-rule" else ""
        keys = tuple(tag["Key"] for tag in spec["Tags"])
        context = {"ec2:CreateAction": (sent.operation,), "aws:TagKeys": keys}
        yield Ask("ec2:CreateTags", f"arn:{sent.partition}:ec2:{sent.region}:{own}:{what}/{NEW}", context)


def a_key_of_ones_own(sent: Sent) -> Iterator[Ask]:
    """Whoever has disks encrypted with a key of his own lends it to EC2 (the API's page of StartInstances).

    So he does with a key of another account, which its policy lets him use (the EBS User Guide).
    """
    via = {"kms:GrantIsForAWSResource": ("true",), "kms:ViaService": (f"ec2.{sent.region}.amazonaws.com",)}
    for owner in (sent.account, "999988887777"):
        yield Ask("kms:CreateGrant", f"arn:{sent.partition}:kms:{sent.region}:{owner}:key/{KEY}", via)


def _volume_of_the_instance(sent: Sent) -> Iterator[Ask]:
    if "BlockDeviceMappings" in sent.arguments:
        yield Ask("ec2:ModifyInstanceAttribute", f"arn:{sent.partition}:ec2:{sent.region}:{sent.account}:volume/of-it")


# Looks that AWS knows no resource for.
LOOKS = each(
    (
        *("autoscaling.DescribeAutoScalingGroups", "autoscaling.DescribeAutoScalingInstances"),
        *("ec2.DescribeImages", "ec2.DescribeInstances"),
        *("ec2.DescribeNetworkInterfaces", "ec2.DescribeSecurityGroupRules", "ec2.DescribeSecurityGroups"),
        *("ec2.DescribeSnapshots", "ec2.DescribeSpotInstanceRequests", "ec2.DescribeVolumes"),
    ),
    on(),
)
# What instances and volumes both do.
DISKS = {
    "ec2.CreateSnapshot": Asked((VOLUME, NEW_SNAPSHOT), besides=tags_of_the_new),
    "ec2.ModifyInstanceAttribute": Asked((INSTANCE,), besides=_volume_of_the_instance),
}
