"""Krampus as it comes, in a process that ends itself at a chosen write into one folder.

An audit hook sees each write before it happens; "after" makes it happen first, or, for a file's content, half of it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

SHORT = 1.0  # seconds for which botocore waits for an answer, where it is to wait in vain


def watch(folder: str, log: str, number: int, *, after: bool) -> None:
    """Write down each write into the folder, and end this process at the given one."""
    count, inside = 0, False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count, inside
        path = None if inside else _written(event, arguments)
        if path is None or not os.path.realpath(path).startswith(f"{folder}/"):
            return
        inside, count = True, count + 1
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(f"{event} {Path(path).suffix}\n")
        if count == number:
            if after:
                _do(event, arguments)
            os.kill(os.getpid(), signal.SIGKILL)
        inside = False

    sys.addaudithook(hook)


def _written(event: str, arguments: tuple[Any, ...]) -> str | None:
    if event == "open" and isinstance(arguments[0], str) and set(str(arguments[1])) & set("wax+"):
        return arguments[0]
    if event in ("os.rename", "os.remove"):
        return os.fspath(arguments[-3] if event == "os.rename" else arguments[0])
    return None


def _do(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        Path(arguments[0]).write_text("---\ntitle: half", encoding="utf-8")
    elif event == "os.rename":
        Path(arguments[0]).replace(arguments[1])
    else:
        Path(arguments[0]).unlink()


def hurry() -> None:
    """Have botocore wait a second for an answer, not a minute."""
    from botocore.httpsession import URLLib3Session

    patient = URLLib3Session.__init__

    def hurried(self: Any, *given: Any, **named: Any) -> None:
        patient(self, *given, **{**named, "timeout": (SHORT * 5, SHORT)})

    URLLib3Session.__init__ = hurried


if __name__ == "__main__":
    watch(
        os.environ["FAULTS_FOLDER"],
        os.environ["FAULTS_WRITES"],
        int(os.environ.get("FAULTS_WRITE", "0")),
        after=os.environ.get("FAULTS_WHEN") == "after",
    )
    if os.environ.get("FAULTS_HURRY"):
        hurry()
    from reconciler.__main__ import main

    main()
