"""The processes of this machine: what this one is called, and whether another has ended."""

from __future__ import annotations

import os
import socket


def this_process() -> str:
    """ "host:pid", by which a later run on this machine can tell whether this one still lives."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_dead(process: str) -> bool:
    """Whether a process of this machine has ended; False for one of another machine, of which nothing is known."""
    host, _, number = process.rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)  # signal 0 only asks
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
