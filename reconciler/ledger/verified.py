"""Whether the checkpoint is what the lines that it covers come to: they are folded again, from the beginning. PURE."""

from __future__ import annotations

from itertools import islice

from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.checkpoint import FILE, Head, contradiction, differences, head_of, read_checkpoint
from reconciler.ledger.fold import Fold
from reconciler.ledger.read import Ledger

SHOWN = 5  # differences
REMOVE = "look who wrote it (git log --show-signature); if the lines are right, remove checkpoint/ from the branch"


def verified(ledger: Ledger) -> str:
    """What a person should know of the checkpoint, "" if nothing. ledger: all of it, read without a checkpoint.

    InvalidInput if the checkpoint tells anything but the lines do.
    """
    if FILE not in ledger.snapshot.files:
        return ""
    head = head_of(ledger.snapshot)
    checkpoint = read_checkpoint(head, ledger.snapshot) if head else None
    if not head or not checkpoint:
        return "the checkpoint is damaged, or older than what was adopted: runs read all lines until one makes another"
    found = _wrong(head, ledger) or ", ".join(
        islice(differences(checkpoint, Fold().after(ledger.entries[: head.lines])), SHOWN)
    )
    if found:
        raise InvalidInput([Fault(FILE, 1, 1, f"does not tell what the lines do: {found}", REMOVE)])
    return ""


def _wrong(head: Head, ledger: Ledger) -> str:
    why = contradiction(head, ledger.snapshot)
    if not why and (ledger.lines < head.lines or ledger.entries[head.lines - 1] != head.last):
        why = f"line {head.lines} is another"
    return why
