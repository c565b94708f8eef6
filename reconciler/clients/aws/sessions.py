"""boto3 sessions, the clients that accounts share, and their settings: user agent, retries and timeouts."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
import botocore.config
import botocore.session

from reconciler import __version__
from reconciler.clients.aws.pacing import Pace
from reconciler.clients.aws.signing import OfTheCall, Paced, bound, share

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
ONCE = 1  # how often the SDK sends one request of a shared client: what is sent again is sent again by us
MOST = 64  # clients that are kept, 1 to 2 MiB each: one a service and region, so that many regions cost no more
LABEL = re.compile(r"//[0-9]{12}\.(?=[0-9.]+[:/])")


def _loader() -> Any:
    return botocore.session.get_session().get_component("data_loader")


@dataclass(frozen=True)
class Sessions:
    """Makes the sessions and clients of one run, `run` as AWS's own logs (CloudTrail) name it.

    The models of AWS's services are read once; clients, their connections and endpoint rules are shared by all
    accounts. pace: the rates of each of them.
    """

    run: str
    pace: Pace = field(default_factory=Pace, repr=False)
    _models: Any = field(default_factory=_loader, repr=False)
    _clients: OrderedDict[tuple[str, str], Any] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def session(self) -> boto3.Session:
        """A session with the credentials that boto3 finds here."""
        return boto3.Session(botocore_session=self._core())

    def client(self, service: str, region: str, credentials: Any, paced: Paced) -> Any:
        """A client of a service in a region that signs with these credentials alone (`get_frozen_credentials`)."""
        key = (service, region)
        with self._lock:  # making clients is not safe between threads; using them is
            if key not in self._clients:
                made = self._shared.client(service, region_name=region, config=self.settings(ONCE))
                self._clients[key] = without_label(made)
            self._clients.move_to_end(key)
            client = self._clients[key]
            while len(self._clients) > MOST:
                self._clients.popitem(last=False)  # who uses it still has it
        return bound(client, credentials, paced)

    @cached_property
    def _shared(self) -> boto3.Session:
        core = self._core()
        core.register_component("credential_provider", _GivenCredentials(OfTheCall()))
        core.register("creating-client-class", share)
        return boto3.Session(botocore_session=core)

    def _core(self) -> Any:
        core = botocore.session.get_session()
        core.register_component("data_loader", self._models)
        # Tokens of the old global endpoint are not good in the regions that an account must opt in to.
        core.set_config_variable("sts_regional_endpoints", "regional")
        return core

    def settings(self, attempts: int, **more: Any) -> botocore.config.Config:
        """A client's settings. `attempts`: how often one request is sent at most; `more`: settings that differ."""
        usual = {
            "retries": {"mode": "standard", "total_max_attempts": attempts},
            "connect_timeout": 5,
            "read_timeout": 60,
            "max_pool_connections": 64,  # as many as threads that act
            "user_agent_extra": f"krampus/{__version__} run/{self.run}",
            # botocore would keep the sessions of directory buckets by the bucket's name, whoever's they are.
            "s3": {"disable_s3_express_session_auth": True},
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
