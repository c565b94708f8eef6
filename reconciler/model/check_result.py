"""The result of one check of `krampus doctor`: fine, wrong (and what to do about it), or unchecked (and why)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HERE = ""  # the account of a check that belongs to none


class State(StrEnum):
    """The state of what was checked."""

    FINE = "fine"
    WRONG = "wrong"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class CheckResult:
    """`check`: its name. `account`: its name in krampus.yaml, or HERE. `message`: see the functions below."""

    check: str
    account: str
    state: State
    message: str = ""


def fine(check: str, account: str = HERE) -> CheckResult:
    """The result of a check that found nothing wrong."""
    return CheckResult(check, account, State.FINE)


def wrong(check: str, message: str, account: str = HERE) -> CheckResult:
    """The result of a check that found something wrong. `message`: what is wrong, and what to do about it."""
    return CheckResult(check, account, State.WRONG, message)


def unchecked(check: str, message: str, account: str = HERE) -> CheckResult:
    """The result of a check that could not be made. `message`: why."""
    return CheckResult(check, account, State.UNCHECKED, message)
