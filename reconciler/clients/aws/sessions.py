"""boto3 sessions and the settings of clients: user agent, retries and timeouts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.config
import botocore.session

from reconciler import __version__

# By partition: the region in which services that have no regions are asked.
HOME = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
READING, WRITING = 6, 1  # how often the SDK sends one request at most
LABEL = re.compile(r"//[0-9]{12}\.(?=[0-9.]+[:/])")


def _loader() -> Any:
    return botocore.session.get_session().get_component("data_loader")


@dataclass(frozen=True)
class Sessions:
    """Makes the sessions of one run, `run` as AWS's own logs (CloudTrail) name it.

    The models of AWS's services are read once, not once an account.
    """

    run: str
    _models: Any = field(default_factory=_loader, repr=False)

    def session(self, credentials: Any = None) -> boto3.Session:
        """A session with these credentials (a `RefreshableCredentials`); without, with those that boto3 finds here."""
        core = botocore.session.get_session()
        core.register_component("data_loader", self._models)
        # Tokens of the old global endpoint are not good in the regions that an account must opt in to.
        core.set_config_variable("sts_regional_endpoints", "regional")
        if credentials is not None:
            core.register_component("credential_provider", _GivenCredentials(credentials))
        return boto3.Session(botocore_session=core)

    def settings(self, attempts: int, **more: Any) -> botocore.config.Config:
        """A client's settings. `attempts`: how often one request is sent at most; `more`: settings that differ."""
        usual = {
            "retries": {"mode": "standard", "total_max_attempts": attempts},
            "connect_timeout": 5,
            "read_timeout": 60,
            "max_pool_connections": 32,
            "user_agent_extra": f"krampus/{__version__} run/{self.run}",
        }
        return botocore.config.Config(**{**usual, **more})


def without_label(client: Any) -> Any:
    """The client, which also reaches S3 Control at an IP address (AWS_ENDPOINT_URL).

    botocore writes the account before the host, and no address has subdomains; the account is in a header as well.
    """
    client.meta.events.register("before-sign.s3-control", _drop_label)
    return client


def _drop_label(request: Any, **_: Any) -> None:
    request.url = LABEL.sub("//", request.url)


class _GivenCredentials:
    """A credential provider for botocore that has these credentials."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials
