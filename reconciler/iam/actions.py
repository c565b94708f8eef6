"""Which IAM actions an AWS call takes. PURE.

Source: the Service Authorization Reference; most operations are an action of their own name, the others stand here.
"""

from __future__ import annotations

from reconciler.model.call import Call

PREFIXES = {"s3": "s3", "ec2": "ec2", "iam": "iam", "rds": "rds", "lambda": "lambda", "autoscaling": "autoscaling"}
NAMED_OTHERWISE: dict[tuple[str, str], tuple[str, ...]] = {
    ("s3", "put_public_access_block"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "delete_public_access_block"): ("s3:PutBucketPublicAccessBlock",),
    ("s3", "delete_objects"): ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    ("s3", "delete_object"): ("s3:DeleteObject", "s3:DeleteObjectVersion"),
}

# How IAM names those looks at S3 that it names otherwise than the API.
S3_READS = {
    "ListBuckets": "s3:ListAllMyBuckets",
    "HeadBucket": "s3:ListBucket",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
}


def reading(operation: str, code: str) -> str:
    """The IAM action of a look ("DescribeInstances") that AWS refused with this code; the operation if that is all."""
    return S3_READS.get(operation) or (f"ec2:{operation}" if code == "UnauthorizedOperation" else operation)


def actions_of(call: Call) -> tuple[str, ...]:
    """The IAM actions that the caller must be allowed."""
    return NAMED_OTHERWISE.get((call.service, call.operation), (f"{PREFIXES[call.service]}:{_pascal(call.operation)}",))


def _pascal(operation: str) -> str:
    """boto3's name of an operation as IAM writes it, with the words that AWS writes in capitals."""
    words = (word.upper() if word in CAPITALS else word.capitalize() for word in operation.split("_"))
    return "".join(words).replace("MfaDevice", "MFADevice").replace("SshPublicKey", "SSHPublicKey")


CAPITALS = frozenset({"db", "mfa", "ssh"})
