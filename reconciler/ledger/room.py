"""Room for what becomes of calls: a file that is pushed with the intents, and emptied when their outcomes are. PURE.

A remote bounds how large a push and a file may be. If it takes the intents and as much again, it takes their outcomes:
each is smaller than its intent, and they can go into files of their own. If it does not, nothing has been done yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from reconciler.ledger.files import ledger_files

FILE = "room.txt"
LEAST = 2_000  # bytes: a commit, its trees, the lease and the heartbeat
# What cannot be made smaller takes twice its bytes as hexadecimal digits; lines of the ledger shrink to an eighth.
SHARE = 4


def kept(before: Mapping[str, bytes], lines: Mapping[str, bytes], run: str) -> dict[str, bytes]:
    """The file that keeps room for the outcomes of intents. lines: the files that change with them, whole."""
    names = ledger_files(lines)
    added = sum(len(lines[name]) for name in names) - sum(len(before.get(name, b"")) for name in names[:1])
    digests = (
        hashlib.sha512(f"{run} {number}".encode()).hexdigest() for number in range((added // SHARE + LEAST) // 128)
    )
    return {FILE: "\n".join(digests).encode()} if names else {}


def given_back() -> dict[str, bytes]:
    """The file while nothing is owed."""
    return {FILE: b""}
