"""Krampus' own way into the stand-in's accounts."""

from __future__ import annotations

from typing import Any

from reconciler.clients.aws.accounts import Aws
from reconciler.clients.aws.credentials import CredentialSource, Purpose
from reconciler.clients.aws.oidc_token import JobToken
from reconciler.clients.aws.sessions import Sessions
from reconciler.iam.actions import known
from reconciler.model.config import Config
from tests.aws import DATA, WEB
from tests.identity.stand_in import StandIn


def config(**over: Any) -> Config:
    """Two accounts, entered with the job's token."""
    accounts = {"web": {"id": WEB, "team": "t", "regions": ["eu-west-1"]}, "data": {"id": DATA, "team": "t"}}
    given = {"accounts": accounts, "teams": {"t": {}}, "defaults": {"team": "t"}, "aws": {"credentials": "oidc"}}
    return Config.model_validate({**given, **over})


def entered(world: StandIn, purpose: Purpose = "read", paused: list[float] | None = None, **over: Any) -> Aws:
    """The accounts, of which none is entered yet; `paused` gets what would be waited."""
    waits = [] if paused is None else paused
    how = over.pop("config", config())
    token = JobToken(f"{world.url}/token?api-version=2.0", world.request_secret, waits.append)
    return Aws(
        CredentialSource(how, purpose, Sessions("77.1"), token if how.aws.credentials == "oidc" else None, **over),
        known,
    )


def seen(aws: Aws, account: str = "web") -> Any:
    """False if AWS answers there, a Problem if not."""
    return aws.look(account, "eu-west-1", lambda place: place.client("iam").list_roles(MaxItems=1)["IsTruncated"])
