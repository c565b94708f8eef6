"""Trying again what failed for a reason that passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def repeat(
    attempt: Callable[[], tuple[Result, bool]], waits: Sequence[float], pause: Callable[[float], None]
) -> Result:
    """What the last attempt came to. `attempt` gives its result, and whether it failed for a reason that passes.

    Only then it is tried again, after each of the waits (in seconds).
    """
    result, passes = attempt()
    for wait in waits:
        if not passes:
            break
        pause(wait)
        result, passes = attempt()
    return result
