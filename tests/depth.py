"""How many generated examples a law tries: a few in `make test`, many in `make proofs`."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

FEW, MANY = 50, 500


def register() -> None:
    """Profiles named by what loads them; without a deadline, since a machine at work elsewhere is slow."""
    settings.register_profile("test", deadline=None, max_examples=FEW)
    settings.register_profile("proofs", deadline=None, max_examples=MANY)
    settings.load_profile("test")


def scaled(count: int) -> int:
    """For dear examples: so many in `make test`, and in `make proofs` as many times more as elsewhere."""
    profile: Any = settings.default
    return int(count * profile.max_examples // FEW)
