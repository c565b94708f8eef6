"""What the commands share: their common options, the clock and the environment, and how an early end is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from reconciler.cli.faults import FaultFormat, show_faults
from reconciler.connections import Connections
from reconciler.errors import DoorClosed, InvalidInput
from reconciler.load.exemption_lifetime import too_long
from reconciler.load.repository import fault_in, load
from reconciler.model.config import Config
from reconciler.model.fields import Moment
from reconciler.model.repository import Repository
from reconciler.model.repository_url import RepositoryUrl
from reconciler.render.escape import log_text


class Exit(IntEnum):
    """Exit codes."""

    FINE = 0
    COULD_NOT_RUN = 1
    INVALID = 2
    PARTIAL = 3
    CALLS_DUE = 4


def _clock(said: str) -> datetime:
    try:
        return TypeAdapter(Moment).validate_python(said)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        raise typer.BadParameter(f"{context.get('message')}; {context.get('help')}") from None


Root = Annotated[Path, typer.Option(help="The repository's folder.", exists=True, file_okay=False, resolve_path=True)]
Now = Annotated[
    datetime | None, typer.Option(parser=_clock, metavar="TIME", help="Pretend that it is this time (tests, demos).")
]


def clock(now: datetime | None) -> datetime:
    """The given time, or this very one, in whole seconds of UTC."""
    return now or datetime.now(UTC).replace(microsecond=0)


def checked_repository(root: Path, now: datetime) -> Repository:
    """The repository, with what only git's history can tell: exemptions that last too long are faults, too."""
    repository = load(root)
    if not repository.exemptions:
        return repository  # git is slow to open, and nobody asks it anything
    set_on = Connections(root, repository.config, "").history().set_on("exemptions")
    faults = [fault_in(root, file, "expires", *said) for file, *said in too_long(repository, set_on, now)]
    if faults:
        raise InvalidInput(faults)
    return repository


def open_repository(root: Path, now: datetime | None = None) -> Repository:
    """The repository without a fault; KRAMPUS_PAUSED=1 pauses it without a merge. On GitHub its name there counts."""
    repository = checked_repository(root, clock(now))
    config = repository.config
    if os.environ.get("KRAMPUS_PAUSED", "") not in ("", "0"):
        config = config.model_copy(update={"paused": True})
    name = os.environ.get("GITHUB_REPOSITORY")
    if name and config.issues.tracker == "github" and not config.issues.installation:
        config = config.model_copy(update={"issues": config.issues.model_copy(update={"installation": name})})
    return replace(repository, config=config)


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn an early end into its message and exit code."""
    try:
        yield
    except InvalidInput as invalid:
        show_faults(invalid.faults, FaultFormat.GITHUB if in_actions() else FaultFormat.TEXT, sys.stderr)
        raise typer.Exit(Exit.INVALID) from None
    except DoorClosed as closed:
        print(log_text(f"krampus: {closed}"), file=sys.stderr)
        raise typer.Exit(Exit.COULD_NOT_RUN) from None


def in_actions() -> bool:
    """Whether this is a step of a GitHub Actions job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def open_connections(root: Path, config: Config, name: str) -> Connections:
    """The doors of a repository; links lead to where GitHub Actions says that it is. `name`: the run, in AWS's logs."""
    return Connections(root, config, name, RepositoryUrl.of(os.environ), os.environ)


def session(now: datetime) -> str:
    """How this run is called in AWS's logs: GitHub's run, or the time."""
    run = os.environ.get("GITHUB_RUN_ID")
    return f"{run}.{os.environ.get('GITHUB_RUN_ATTEMPT', '1')}" if run else f"{now:%Y%m%dT%H%M%SZ}"
