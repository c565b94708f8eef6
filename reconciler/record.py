"""Plan to ledger entries `intended`, with every call and its undo: committed and pushed before the first is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from reconciler.entries import intended
from reconciler.errors import DoorClosed
from reconciler.history import histories
from reconciler.ledger import FOLDER, append, parse
from reconciler.model.plan import Plan
from reconciler.model.tip import Tip


class Book(Protocol):
    """What recording needs of git: the report branch."""

    def fetch(self, wanted: Callable[[str], bool]) -> Tip:
        """The branch as it stands, with the wanted files."""

    def push(
        self,
        build: Callable[[Tip], Mapping[str, bytes]],
        message: str,
        wanted: Callable[[str], bool],
        base: Tip | None = None,
    ) -> str:
        """Write what `build` makes of the tip. With a base: only if the branch has not moved since."""


def is_ledger(path: str) -> bool:
    """Whether a path of the report branch is one of the ledger's."""
    return path.startswith(FOLDER) and path.endswith(".jsonl")


def record(plan: Plan, book: Book, tip: Tip) -> None:
    """Push what is intended; the push is the lock.

    DoorClosed if it is refused, or if another run has written since `tip` was fetched: then nothing may be done.
    """
    entries = parse(tip.files)
    newer = [entry for entry in entries if entry.at > plan.at and entry.run != plan.run]
    if newer:
        raise DoorClosed(f"the run {newer[-1].run} has written the report since this plan was made; plan anew")
    added = intended(plan, histories(entries))
    if added:
        count = len(plan.ready)
        message = f"Intend {count} {'act' if count == 1 else 'acts'}, run {plan.run}"
        book.push(lambda now: append(now.files, added), message, is_ledger, base=tip)
