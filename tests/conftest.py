"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3

from reconciler.demo.server import Gate, embedded_aws
from reconciler.render.templates import Renderer
from tests.aws import WEB, Here
from tests.budget import METER, keep
from tests.depth import register
from tests.desk import Desk, make_desk
from tests.inside import guard, mark
from tests.sdk import prepare_once
from tests.secrecy import secret, watch

if TYPE_CHECKING:
    from tests.resources.example import Example
    from tests.resources.trial import Trial, Trials

register()
prepare_once()
pytest.register_assert_rewrite("tests.golden_files")  # so that it shows the difference


def pytest_configure(config: pytest.Config) -> None:
    """Keep quick tests inside; at the end, look for secrets in all that the tests left, and at what each kind cost."""
    guard(config)
    watch(config)
    keep(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what goes outside."""
    mark(items)


@pytest.fixture(scope="session")
def _outside() -> None:
    """Asked for by what starts a server, git or another process, so that it is none of the quick tests."""


@pytest.fixture(scope="session")
def served(_outside: None) -> Iterator[tuple[str, Gate]]:
    """One AWS a test process."""
    with embedded_aws() as (url, gate):
        gate.app = METER.counting(gate.app)
        yield url, gate


def empty(url: str, gate: Gate) -> None:
    """Let nothing exist any more in the AWS behind the gate, and the gate let everything through."""
    urllib3.request("POST", f"{url}/moto-api/reset")
    gate.requests.clear()
    gate.refuse = lambda _request: None


def set_environment(url: str, patch: pytest.MonkeyPatch) -> None:
    """What the krampus command finds in its environment: that AWS, and nothing of the developer's own."""
    environment = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": secret("environment"),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    for name, value in environment.items():
        patch.setenv(name, value)
    home = ("SERVER_URL", "REPOSITORY", "REF_NAME", "REF_TYPE", "BASE_REF")
    here = ("ACTIONS", "STEP_SUMMARY", "RUN_ID", "ACTOR", "TRIGGERING_ACTOR", *home)
    for name in (*(f"GITHUB_{one}" for one in here), "KRAMPUS_PAUSED", "AWS_PROFILE"):
        patch.delenv(name, raising=False)


@pytest.fixture
def endpoint(served: tuple[str, Gate]) -> str:
    """The URL of an AWS in which nothing exists yet."""
    url, gate = served
    empty(url, gate)
    return url


@pytest.fixture
def gate(endpoint: str, served: tuple[str, Gate]) -> Gate:
    """The gate before that AWS: what was asked of it, and what it refuses."""
    assert endpoint
    return served[1]


@pytest.fixture
def here(endpoint: str) -> Here:
    """One account of an empty AWS, in one region."""
    return Here(endpoint)


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account of the desk that is enforced, in one region."""
    return Here(endpoint, WEB)


@pytest.fixture(scope="session")
def trials(served: tuple[str, Gate]) -> Trials:
    """Each example of a kind carried out once, in an empty AWS. Not together with `here`: it empties that too."""
    from tests.resources.trial import carry_out

    def trial(example: Example) -> Trial:
        empty(*served)
        return carry_out(Here(served[0]), example)

    return cache(trial)


@pytest.fixture
def desk(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A repository, its remote, its issues, and an AWS in which nothing exists yet."""
    set_environment(endpoint, monkeypatch)
    return make_desk(tmp_path)


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    """The templates of Krampus itself: the repository has none of its own."""
    return Renderer(tmp_path)
