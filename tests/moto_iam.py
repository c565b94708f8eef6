"""What a test can only write straight into moto's records of IAM."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.iam.models import AWSManagedPolicy, iam_backends


def backend(account: str) -> Any:
    """What moto remembers of the account: the server runs in this process."""
    return iam_backends[account]["aws"]


def add_aws_policy(account: str, name: str, *statements: dict[str, Any]) -> str:
    """A managed policy as AWS itself gives it to every account; moto has all of them or none, and all take seconds."""
    born = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    data = {"DefaultVersionId": "v1", "Path": "/", "Document": document, "CreateDate": born, "UpdateDate": born}
    policy = AWSManagedPolicy.from_data(name, account, "us-east-1", data)
    backend(account).managed_policies[policy.arn] = policy
    return str(policy.arn)


def deny_all(account: str) -> str:
    """AWS' own policy that denies everything."""
    return add_aws_policy(account, "AWSDenyAll", {"Effect": "Deny", "Action": "*", "Resource": "*"})
