"""The processes of this machine: the name of this one, and whether another has ended."""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache
from pathlib import Path


def this_process() -> str:
    """ "machine:pid", by which a later run on this machine can tell whether this one still runs."""
    return f"{_machine()}:{os.getpid()}"


def is_dead(process: str) -> bool:
    """Whether a process of this machine has ended; False for one of another machine, of which nothing is known."""
    machine, _, number = process.rpartition(":")
    if machine != _machine() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)  # signal 0 only asks
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


@cache
def _machine() -> str:
    """20 hex characters: a name alone would do harm, since two containers may bear the same and not see each other."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # no Linux, and so no containers
        boot, space = f"{uuid.getnode():x}", ""
    return uuid.uuid5(uuid.NAMESPACE_OID, "\0".join((socket.gethostname(), boot, space))).hex[:20]
