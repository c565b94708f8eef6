"""Faults as people, programs and GitHub read them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TextIO

from reconciler.errors import Fault

MOST_ANNOTATIONS = 8  # GitHub shows ten of a level a step


class FaultFormat(StrEnum):
    """How faults are printed."""

    TEXT = "text"
    GITHUB = "github"
    JSON = "json"


def show_faults(faults: Sequence[Fault], form: FaultFormat, out: TextIO) -> None:
    """Print all faults, in order of file and line."""
    if form is FaultFormat.JSON:
        print(json.dumps({"version": 1, "faults": [asdict(fault) for fault in faults]}, indent=1), file=out)
        return
    if form is FaultFormat.GITHUB:
        for fault in faults[:MOST_ANNOTATIONS]:
            print(_annotation(fault), file=out)
    for fault in faults:
        print(f"{fault.file}:{fault.line}:{fault.column}: {_clean(fault.message)}", file=out)
        if fault.help:
            print(f"    help: {_clean(fault.help)}", file=out)
    count = len(faults)
    print(f"{count} {'fault' if count == 1 else 'faults'}; nothing was done." if faults else "no faults", file=out)


def show_warning(warning: str, form: FaultFormat) -> None:
    """Say what is no fault: as an annotation, or where the results are not."""
    if form is FaultFormat.GITHUB:
        print(f"::warning::{warning}")
    else:
        print(f"krampus: {warning}", file=sys.stderr)


def _annotation(fault: Fault) -> str:
    said = f"{fault.message}. {fault.help}" if fault.help else fault.message
    message = said.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    file = (
        fault.file.replace("%", "%25").replace(":", "%3A").replace(",", "%2C").replace("\r", "%0D").replace("\n", "%0A")
    )
    return f"::error file={file},line={fault.line},col={fault.column}::{message}"


def _clean(text: str) -> str:
    """Text from a file must not steer the terminal."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
