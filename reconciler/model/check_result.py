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
class CheckResult:
    """check: its name; account: its name in krampus.yaml, or HERE; says: what is so, and what to do if it is wrong."""

    check: str
    account: str
    state: State
    message: str = ""


def fine(check: str, account: str = HERE) -> CheckResult:
    """It is in order."""
    return CheckResult(check, account, State.FINE)


def wrong(check: str, says: str, account: str = HERE) -> CheckResult:
    """It is not."""
    return CheckResult(check, account, State.WRONG, says)


def unchecked(check: str, says: str, account: str = HERE) -> CheckResult:
    """It could not be told."""
    return CheckResult(check, account, State.UNCHECKED, says)
