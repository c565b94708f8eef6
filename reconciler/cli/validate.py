"""krampus validate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.common import Exit, Root, checked_repository, clock, ends, in_actions
from reconciler.cli.faults import FaultFormat, show_faults
from reconciler.errors import Fault, InvalidInput


def validate(
    paths: Annotated[list[Path] | None, typer.Argument(help="Show only the faults of these files.")] = None,
    root: Root = Path(),
    form: Annotated[FaultFormat | None, typer.Option("--format", help="Default: text; github in a workflow.")] = None,
) -> None:
    """Show every fault of the repository, offline. Exit 0 if there is none, 2 otherwise."""
    faults: tuple[Fault, ...] = ()
    with ends():
        try:
            checked_repository(root, clock(None))
        except InvalidInput as invalid:
            wanted = {str(one.resolve().relative_to(root)) for one in paths or () if one.resolve().is_relative_to(root)}
            faults = tuple(fault for fault in invalid.faults if not paths or fault.file in wanted)
    show_faults(faults, form or (FaultFormat.GITHUB if in_actions() else FaultFormat.TEXT), sys.stdout)
    raise typer.Exit(Exit.INVALID if faults else Exit.FINE)
