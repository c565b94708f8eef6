"""Exit codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.notice import Delivery
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan


class Exit(IntEnum):
    """What a command ends with."""

    FINE = 0
    COULD_NOT_RUN = 1
    INVALID = 2
    PARTIAL = 3
    CALLS_DUE = 4


def exit_of(planned: Plan, outcomes: Sequence[Outcome], delivery: Delivery, broken: Mapping[str, str]) -> Exit:
    """The code with which a run ends: PARTIAL if a person may have to look, else FINE."""
    troubled = any(decision.troubled for decision in planned.decisions)
    failed = any(outcome.failed or outcome.late for outcome in outcomes)
    return Exit.PARTIAL if troubled or failed or delivery.refused or delivery.deferred or broken else Exit.FINE
