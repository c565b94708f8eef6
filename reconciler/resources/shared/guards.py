"""What stands before a call: a state to wait for, a protection that `force` lifts, a backup that comes first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.call import Call
from reconciler.resources.kind import Refused, Underway

# How a refusal ends that the options may overrule.
SKIP = "set `skip_backup: true` in the task's options"
FORCE = "set `force: true` in the task's options"
COMPLETE = ("available", "completed")
FAILED = ("error", "failed", "invalid")
INNER_CAPITAL = re.compile("(?<=[a-z])(?=[A-Z])")  # some services write states in one word: PendingDeletion


@dataclass(frozen=True)
class States:
    """What a state means for a verb: `go` on, `wait` until it has passed, or `refuse` and say what a person must do.

    of: what is in that state ("the volume"). With `go`, whatever is not named passes by itself; without, it is no
    hindrance.
    """

    of: str
    go: Collection[str] = ()
    wait: Collection[str] = ()
    refuse: Mapping[str, str] = field(default_factory=dict)

    def check(self, state: str) -> None:
        """Raise Underway or Refused, if this state stands in the way."""
        said = f"{self.of} is {INNER_CAPITAL.sub(' ', state).lower()}"
        if state in self.refuse:
            raise Refused(f"{said}; {self.refuse[state]}")
        if state in self.wait or (self.go and state not in self.go):
            raise Underway(said)


def unless_forced(force: bool, protection: str, lift: str) -> None:
    """Raise Refused for a protection, unless the task's options say `force`. `lift`: how a person takes it off."""
    if not force:
        raise Refused(f"{protection}; {lift}, or {FORCE}")


def backup_first(taken: Iterable[Mapping[str, str]], take: Iterable[Call]) -> list[Call]:
    """The calls that take a backup, if there is none; none once one is complete. `taken`: `id`, `state` of fresh ones.

    Raises Underway while AWS is at one, and Refused if all have failed.
    """
    states = {backup["state"]: backup["id"] for backup in taken}
    if not states:
        return list(take)
    if states.keys() & set(COMPLETE):
        return []
    for state in sorted(states.keys() - set(FAILED)):
        raise Underway(f"its backup {states[state]} is {state}")
    raise Refused(f"its backup {min(states.values())} failed; delete it, and the next run takes another")
