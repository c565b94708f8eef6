"""Runs a command as a process of its own, and measures it with all the processes that it starts. Linux only."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

EVERY = 0.05  # seconds between two looks at the memory
PAGE = os.sysconf("SC_PAGE_SIZE")
LIMIT = 600  # seconds that a command may take


class Measured(NamedTuple):
    """wall, cpu: in seconds, cpu of all its processes; rss: the most MiB that its processes held together.

    Pages that processes share are counted in each of them.
    """

    wall: float
    cpu: float
    rss: float
    status: int


def measure(command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> Measured:
    """Run it in the folder to its end; what it prints is added to the log."""
    with log.open("ab") as output:
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603  the tools that are measured
            command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        memory = _Memory(process.pid)
        memory.start()
        limit = threading.Timer(LIMIT, process.kill)
        limit.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        limit.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        memory.ended.set()
        memory.join()
    most = max(memory.most, used.ru_maxrss * 1024)
    return Measured(wall, used.ru_utime + used.ru_stime, most / 2**20, process.returncode)


class _Memory(threading.Thread):
    """Looks again and again at what a process and its descendants hold.

    A descendant counts from the second look on: in its first moments it still shares all memory with its parent.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0, threading.Event()

    def run(self) -> None:
        known = {self.pid}
        while not self.ended.wait(EVERY):
            held = dict(_held(self.pid))
            self.most = max(self.most, sum(size for pid, size in held.items() if pid in known))
            known = {self.pid, *held}


def _held(pid: int) -> Iterator[tuple[int, int]]:
    """The bytes of it and of each of its descendants; none of what has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        lists = [each.read_text(encoding="ascii") for each in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return
    yield pid, pages * PAGE
    for children in lists:
        for child in children.split():
            yield from _held(int(child))
