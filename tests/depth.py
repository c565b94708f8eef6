"""How many examples a law or a matrix tries: a few in `make test`, many in `make proofs`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

FEW, MANY = 50, 500


def register() -> None:
    """Profiles named by what loads them; without a deadline, since a machine at work elsewhere is slow."""
    settings.register_profile("test", deadline=None, max_examples=FEW)
    settings.register_profile("proofs", deadline=None, max_examples=MANY)
    settings.load_profile("test")


def sample(names: Iterable[str], *quick: str) -> list[Any]:
    """The parameters of a test: these few in `make test`, all of them in `make proofs`."""
    wanted = list(names)
    assert set(quick) <= set(wanted)
    more = pytest.mark.proof("one more of a kind that `make test` samples")
    return [name if name in quick else pytest.param(name, marks=more) for name in wanted]


def scaled(count: int) -> int:
    """For dear examples: so many in `make test`, and in `make proofs` as many times more as elsewhere."""
    profile: Any = settings.default
    return int(count * profile.max_examples // FEW)
