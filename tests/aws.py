"""An AWS for tests: moto behind real HTTP, and ways to look at it and act on it without Krampus' own code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from reconciler.model.call import Call
from tests import sdk

WEB = "111122223333"
DATA = "444455556666"


@dataclass(frozen=True)
class Here:
    """A `Place` straight into moto: boto3 as it comes, as the account."""

    endpoint: str
    account: str = DEFAULT_ACCOUNT_ID
    region: str = "eu-west-1"
    partition: str = "aws"

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of this account."""
        return sdk.client(self.endpoint, self.account, region or self.region, service)


def send(place: Here, calls: Iterable[Call]) -> None:
    """Send calls one by one, as they are; an error of AWS comes through."""
    for call in calls:
        getattr(place.client(call.service), call.operation)(**call.arguments)
