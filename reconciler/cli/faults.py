"""Faults as text, as JSON and as GitHub's annotations."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TextIO

from reconciler.cli.github_summary import append
from reconciler.errors import Fault
from reconciler.render.escape import annotated, annotation, code, json_lines, log_text, prose, show_hidden

MOST_ANNOTATIONS = 8  # GitHub shows ten of a level a step


class FaultFormat(StrEnum):
    """How faults are printed."""

    TEXT = "text"
    GITHUB = "github"
    JSON = "json"


def show_faults(faults: Sequence[Fault], form: FaultFormat, out: TextIO) -> None:
    """Print all faults, in order of file and line; inside GitHub Actions they are in the job's summary too."""
    summarised = append(_table(faults)) if faults else True
    if form is FaultFormat.JSON:
        shown = json.dumps({"version": 1, "faults": [asdict(fault) for fault in faults]}, indent=1)
        print(json_lines(shown), file=out)
        return
    if form is FaultFormat.GITHUB:
        for fault in faults[:MOST_ANNOTATIONS]:
            print(_annotation(fault), file=out)
        if len(faults) > MOST_ANNOTATIONS:
            rest = len(faults) - MOST_ANNOTATIONS
            where = "the summary and the log name" if summarised else "the log of this step names"
            print(f"::error::and {rest} more; {where} all faults", file=out)
    for fault in faults:
        print(show_hidden(f"{fault.file}:{fault.line}:{fault.column}: {fault.message}"), file=out)
        if fault.help:
            print(f"    help: {show_hidden(fault.help)}", file=out)
    print(f"{_count(faults)}; nothing was done." if faults else "no faults", file=out)


def _count(faults: Sequence[Fault]) -> str:
    return f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}"


def show_warning(warning: str, form: FaultFormat) -> None:
    """Print a warning: as an annotation, else on stderr, since stdout is for results."""
    if form is FaultFormat.GITHUB:
        print(f"::warning::{annotation(warning)}")
    else:
        print(log_text(f"krampus: {warning}"), file=sys.stderr)


def _annotation(fault: Fault) -> str:
    text = f"{fault.message}. {fault.help}" if fault.help else fault.message
    return f"::error file={annotated(fault.file)},line={fault.line},col={fault.column}::{annotation(text)}"


def _table(faults: Sequence[Fault]) -> str:
    """The faults as the Markdown of a job's summary."""
    rows = (
        f"| {code(f'{fault.file}:{fault.line}:{fault.column}')} | {prose(fault.message)} | {prose(fault.help)} |"
        for fault in faults
    )
    head = (f"### {_count(faults)}; nothing was done", "", "| Where | What is wrong | What to do |", "|---|---|---|")
    return "\n".join((*head, *rows, ""))
