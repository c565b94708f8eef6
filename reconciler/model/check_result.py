"""What one check of `krampus doctor` came to: in order, wrong and what to do about it, or why it was not checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HERE = ""  # of no account


class State(StrEnum):
    """How what was checked stands."""

    FINE = "fine"
    WRONG = "wrong"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Finding:
    """check: its name; account: its name in krampus.yaml, or HERE; says: what is so, and what to do if it is wrong."""

    check: str
    account: str
    state: State
    says: str = ""


def fine(check: str, account: str = HERE) -> Finding:
    """It is in order."""
    return Finding(check, account, State.FINE)


def wrong(check: str, says: str, account: str = HERE) -> Finding:
    """It is not."""
    return Finding(check, account, State.WRONG, says)


def unchecked(check: str, says: str, account: str = HERE) -> Finding:
    """It could not be told."""
    return Finding(check, account, State.UNCHECKED, says)
