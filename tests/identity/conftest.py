"""What the tests of identity may ask for: the stand-in, and an environment as a job of GitHub Actions has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.aws import DATA, WEB
from tests.conftest import set_environment
from tests.desk import CONFIG, Desk
from tests.identity.stand_in import NEW, StandIn, standing_in
from tests.secrecy import secret

OIDC = CONFIG.replace("credentials: role", "credentials: oidc").replace(
    "  data-lab: {", "  data-lab: {regions: [eu-west-1], "
)


@pytest.fixture
def world(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """STS and GitHub's token endpoint, for a job that may ask for its token and has no keys of AWS."""
    set_environment(endpoint, monkeypatch)
    with standing_in(endpoint) as stand_in:
        job(stand_in, monkeypatch)
        stand_in.trusts = {
            (account, f"krampus-{purpose}"): {NEW} for account in (WEB, DATA) for purpose in ("read", "act")
        }
        yield stand_in


def job(world: StandIn, patch: pytest.MonkeyPatch) -> None:
    """The environment of a job with `id-token: write`."""
    patch.setenv("AWS_ENDPOINT_URL_STS", world.url)
    patch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{world.url}/token?api-version=2.0")
    patch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", world.request_secret)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.delenv(name)


def with_keys(patch: pytest.MonkeyPatch) -> None:
    """Keys in the environment, as for `credentials: role`."""
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTING")
    patch.setenv("AWS_SECRET_ACCESS_KEY", secret("environment"))


@pytest.fixture
def office(world: StandIn, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose accounts are entered with the job's token."""
    job(world, monkeypatch)
    desk.write({"krampus.yaml": OIDC})
    return desk
