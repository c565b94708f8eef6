"""What the commands share: common options, the clock, the environment, and how errors are reported."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from reconciler.cli.exit import Exit
from reconciler.cli.faults import FaultFormat, show_faults
from reconciler.clients.git.kept_out import kept_out
from reconciler.connections import Connections, ensure_right, this_clock
from reconciler.errors import DoorClosed, Fault, InvalidInput
from reconciler.load.exemption_lifetime import too_long
from reconciler.load.repository import fault_in, look_over, sound
from reconciler.model.config import Config
from reconciler.model.fields import Moment
from reconciler.model.repository import Repository
from reconciler.model.repository_url import RepositoryUrl
from reconciler.render.escape import log_text


def moment(text: str) -> datetime:
    """A date or a time with its zone, in UTC; BadParameter if it is neither."""
    try:
        return TypeAdapter(Moment).validate_python(text)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        raise typer.BadParameter(f"{context.get('message')}; {context.get('help')}") from None


Root = Annotated[Path, typer.Option(help="The repository's folder.", exists=True, file_okay=False, resolve_path=True)]
Now = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="TIME", help="Use this time as now (tests, demos).")
]


def clock(now: datetime | None) -> datetime:
    """The given time, else the current one, in whole seconds of UTC."""
    return now or this_clock()


def clock_to_write_by(now: datetime | None, connections: Connections) -> datetime:
    """The same for a command that acts, or writes to git or to a tracker.

    Raises BadParameter if a time is given and AWS or GitHub could be reached: with it a notice would count that nobody
    has had. DoorClosed if no time is given and this machine's clock is wrong.
    """
    from reconciler.clients.stand_in import is_stand_in

    github = connections.config.issues.tracker == "github"
    if now and not is_stand_in(os.environ, github=github):
        raise typer.BadParameter(
            "--now is for tests and demos: what writes goes by the clock, unless AWS is a stand-in"
        )
    if now is None:
        ensure_right(connections.ahead())
    return clock(now)


def checked_repository(root: Path, now: datetime) -> Repository:
    """The valid repository. An exemption that lasts too long, counted from its commit in git's history, is a fault too.

    Raises InvalidInput with all faults.
    """
    with _uncollected():
        loaded = look_over(root, kept_out(root))
    repository = loaded.repository
    late: list[Fault] = []
    in_force = repository and any(exemption.end > now for exemption in repository.exemptions.values())
    # Without any in force git's history is not needed, and with a faulty limit it is not known what is too long.
    if repository and in_force and "guardrails" not in loaded.faulty:
        set_on = Connections(root, repository.config, "").history().set_on("exemptions")
        late = [fault_in(root, file, "expires", *texts) for file, *texts in too_long(repository, set_on, now)]
    return sound(replace(loaded, faults=(*loaded.faults, *late)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage: what is loaded is kept, and to look through it again and again is a third of all."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def open_repository(root: Path, now: datetime | None = None) -> Repository:
    """The valid repository. KRAMPUS_PAUSED=1 pauses it; GITHUB_REPOSITORY is the default of `issues.installation`.

    Raises InvalidInput with all faults.
    """
    repository = checked_repository(root, clock(now))
    config = repository.config
    if os.environ.get("KRAMPUS_PAUSED", "") not in ("", "0"):
        config = config.model_copy(update={"paused": True})
    return replace(repository, config=installed(config))


def installed(config: Config) -> Config:
    """The configuration with the default of `issues.installation` filled in, by which the own issues are known."""
    name = os.environ.get("GITHUB_REPOSITORY")
    if name and config.issues.tracker == "github" and not config.issues.installation:
        return config.model_copy(update={"issues": config.issues.model_copy(update={"installation": name})})
    return config


@contextmanager
def report_errors() -> Iterator[None]:
    """Print the message of a known error and exit with its code."""
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


def open_connections(root: Path, config: Config, name: str, now: datetime | None = None) -> Connections:
    """The connections of a repository, with links to GitHub in a job there. `name`: that of the AWS sessions.

    now: the time at which their clock stands still; None where it goes on
    """
    stopped = (lambda: now) if now else this_clock
    return Connections(root, config, name, RepositoryUrl.of(os.environ), os.environ, clock=stopped)


def session(now: datetime) -> str:
    """The name of this run's AWS sessions, for CloudTrail: GitHub's run and attempt, or the time."""
    run = os.environ.get("GITHUB_RUN_ID")
    return f"{run}.{os.environ.get('GITHUB_RUN_ATTEMPT', '1')}" if run else f"{now:%Y%m%dT%H%M%SZ}"
