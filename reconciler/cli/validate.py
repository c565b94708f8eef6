"""krampus validate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.common import Exit, Now, Root, checked_repository, clock, in_actions, report_errors
from reconciler.cli.faults import FaultFormat, show_faults, show_warning
from reconciler.clients.git.tracking import fetched
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.heartbeat import FILE as HEARTBEAT
from reconciler.ledger.heartbeat import late
from reconciler.load.unmatched import unmatched


def validate(
    paths: Annotated[list[Path] | None, typer.Argument(help="Show only the faults of these files.")] = None,
    root: Root = Path(),
    form: Annotated[FaultFormat | None, typer.Option("--format", help="Default: text; github in a workflow.")] = None,
    now: Now = None,
) -> None:
    """List every fault in the repository's files, offline. Exit 0 if there is none, 2 otherwise.

    If this clone has fetched the report branch, it also warns when no run has completed for three days.
    """
    faults = _template_faults(root)
    form = form or (FaultFormat.GITHUB if in_actions() else FaultFormat.TEXT)
    with report_errors():
        try:
            repository = checked_repository(root, clock(now))
            report = repository.config.report
            for idle in unmatched(repository):
                show_warning(idle.says, form)
            if warning := late(fetched(root, report.branch, report.prefix + HEARTBEAT), clock(now)):
                show_warning(f"{warning}, as far as this clone knows; run `git fetch`, then check the workflow", form)
        except InvalidInput as invalid:
            faults += invalid.faults
    resolved = [path.resolve() for path in paths or ()]
    wanted = {str(path.relative_to(root)) for path in resolved if path.is_relative_to(root)}
    faults = sorted(fault for fault in faults if not paths or fault.file in wanted)
    show_faults(faults, form, sys.stdout)
    raise typer.Exit(Exit.INVALID if faults else Exit.FINE)


def _template_faults(root: Path) -> list[Fault]:
    if not os.path.lexists(root / "templates"):
        return []  # opening Jinja is slow
    from reconciler.render.templates import faults

    return faults(root)
