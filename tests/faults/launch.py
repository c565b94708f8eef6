"""Krampus as it comes, in a process that ends itself at a chosen write into one folder.

An audit hook sees each write before it happens; "after" makes it happen first, or, for a file's content, half of it.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session

from reconciler.__main__ import main
from tests.sdk import MODELS, prepare_once

# What the job imports is loaded before it is forked off, and AWS's models are read once for all runs: else that would
# be most of their time.
LOADED = (
    *("reconciler.cli.app", "reconciler.pipeline.run", "reconciler.render.templates", "boto3.session"),
    *("reconciler.clients.aws.accounts", "reconciler.clients.file_tracker", "reconciler.clients.git.report_branch"),
)
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
        return str(arguments[0])
    if event in ("os.rename", "os.remove"):
        return os.fsdecode(arguments[1] if event == "os.rename" else arguments[0])
    return None


def _do(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        Path(arguments[0]).write_text("---\ntitle: half", encoding="utf-8")
    elif event == "os.rename":
        Path(arguments[0]).replace(arguments[1])
    else:
        Path(arguments[0]).unlink()


def warm_up() -> None:
    """Load all that every run loads."""
    for name in LOADED:
        importlib.import_module(name)
    for service in ("sts", "ec2", "iam"):
        MODELS.load_service_model(service, "service-2")
    prepare_once()


def hurry() -> None:
    """Have botocore wait a second for an answer, not a minute."""
    patient = URLLib3Session.__init__

    def hurried(self: Any, *given: Any, **named: Any) -> None:
        patient(self, *given, **{**named, "timeout": (SHORT * 5, SHORT)})

    URLLib3Session.__init__ = hurried


def job(orders: Any) -> None:
    """Wait for the orders (environment, arguments, file for what it says), then be the krampus command."""
    environment, arguments, said = orders.recv()
    os.environ.update(environment)
    with Path(said).open("w", encoding="utf-8") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    watch(
        os.environ["FAULTS_FOLDER"],
        os.environ["FAULTS_WRITES"],
        int(os.environ.get("FAULTS_WRITE", "0")),
        after=os.environ.get("FAULTS_WHEN") == "after",
    )
    if os.environ.get("FAULTS_HURRY"):
        hurry()
    sys.argv[1:] = arguments
    main()


def ready() -> tuple[Any, Any]:
    """A process that waits for its orders, and where to send them: forked off, since that is faster than a new one.

    No thread may run here, so it has to be made before AWS is.
    """
    fork = multiprocessing.get_context("fork")
    theirs, mine = fork.Pipe(duplex=False)
    process = fork.Process(target=job, args=(theirs,))
    process.start()
    return process, mine
