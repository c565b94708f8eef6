"""krampus validate."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.asked import among, asked_for
from reconciler.cli.common import Now, Root, checked_repository, clock, in_actions, report_errors
from reconciler.cli.exit import Exit
from reconciler.cli.faults import FaultFormat, show_faults, show_warning
from reconciler.cli.what_was_read import elsewhere, what_was_read
from reconciler.clients.git.tracking import fetched
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.heartbeat import FILE as HEARTBEAT
from reconciler.ledger.heartbeat import late
from reconciler.load.unmatched import unmatched
from reconciler.model.config import Config
from reconciler.render.own_templates import has_others


def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Show only the faults of these files, or of what is in these folders.")
    ] = None,
    root: Root = Path(),
    form: Annotated[FaultFormat | None, typer.Option("--format", help="Default: text; github in a workflow.")] = None,
    now: Now = None,
) -> None:
    """List every fault in the repository's files, offline, or say what was read. Exit 0 if there is none, 2 otherwise.

    A path that is not there, or is of no file that is read, is exit 2 as well. With paths, the faults of krampus.yaml
    are shown too: no file can be checked without it.

    If this clone has fetched the report branch, it also warns when no run has completed for three days.
    """
    asked, at = asked_for(root, paths or (Path(root),)), clock(now)
    faults = _template_faults(root)
    form = form or (FaultFormat.GITHUB if in_actions() else FaultFormat.TEXT)
    read: list[str] = []
    with report_errors():
        try:
            repository = checked_repository(root, at)
            for idle in unmatched(repository):
                show_warning(idle.says, form)
            _warn_if_late(root, repository.config, at, form)
            read = what_was_read(repository, at)
        except InvalidInput as invalid:
            faults += invalid.faults
    shown = sorted(fault for fault in faults if among(fault, asked))
    show_faults(shown, form, sys.stdout)
    if form is not FaultFormat.JSON and not shown:
        for line in elsewhere(len(faults)) if faults else read:
            print(line)
    raise typer.Exit(Exit.INVALID if shown else Exit.FINE)


def _warn_if_late(root: Path, config: Config, at: datetime, form: FaultFormat) -> None:
    branch = config.report
    if warning := late(fetched(root, branch.branch, branch.prefix + HEARTBEAT), at):
        show_warning(f"{warning}, as far as this clone knows; run `git fetch`, then check the workflow", form)


def _template_faults(root: Path) -> list[Fault]:
    if not has_others(root):
        return []  # opening Jinja is slow
    from reconciler.render.templates import faults

    return faults(root)
