"""Clients for the accounts of the embedded AWS, for what people do in the demo. Krampus itself has its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import boto3

# As in krampus.yaml. The fourth account there, `acquired`, cannot be entered.
ACCOUNTS = {"website-prod": "111122223333", "payments-prod": "777788889999", "data-lab": "444455556666"}
UNREACHABLE = "123456789012"
HOME = "eu-west-1"
KEYS = {"aws_access_key_id": "demo", "aws_secret_access_key": "demo"}


@dataclass(frozen=True)
class Accounts:
    """The accounts behind one URL; clients are cached, since boto3 is slow to create them."""

    url: str
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def client(self, service: str, account: str, region: str = HOME) -> Any:
        """A boto3 client in an account, by its name in krampus.yaml."""
        key = (service, account, region)
        if key not in self._clients:
            self._clients[key] = boto3.client(service, region_name=region, endpoint_url=self.url, **self._keys(account))
        return self._clients[key]

    def _keys(self, account: str) -> dict[str, str]:
        """Credentials from AssumeRole: moto issues them for the account that the role's ARN names."""
        sts = boto3.client("sts", region_name=HOME, endpoint_url=self.url, **KEYS)
        role = f"arn:aws:iam::{ACCOUNTS[account]}:role/people"
        answer = sts.assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
