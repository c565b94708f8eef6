"""An AWS for tests: moto behind real HTTP, and ways to look at it and act on it without Krampus' own code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID

from reconciler.model.call import Call

WEB = "111122223333"
DATA = "444455556666"


@dataclass(frozen=True)
class Here:
    """A `Place` straight into moto: boto3 as it comes, with credentials of the account."""

    endpoint: str
    account: str = DEFAULT_ACCOUNT_ID
    region: str = "eu-west-1"
    partition: str = "aws"

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of this account."""
        base = {"region_name": region or self.region, "endpoint_url": self.endpoint}
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if self.account != DEFAULT_ACCOUNT_ID:
            # moto makes credentials for whatever account the role's ARN names.
            role = f"arn:aws:iam::{self.account}:role/tests"
            answer = boto3.client("sts", **base, **keys).assume_role(RoleArn=role, RoleSessionName="tests")
            keys = {
                "aws_access_key_id": answer["Credentials"]["AccessKeyId"],
                "aws_secret_access_key": answer["Credentials"]["SecretAccessKey"],
                "aws_session_token": answer["Credentials"]["SessionToken"],
            }
        return boto3.client(service, **base, **keys)


def send(place: Here, calls: Iterable[Call]) -> None:
    """Send calls one by one, as they are; an error of AWS comes through."""
    for call in calls:
        getattr(place.client(call.service), call.operation)(**call.arguments)
