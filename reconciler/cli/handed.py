"""The files that one command hands to another: a plan, and what became of its calls. What does not fit is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.apply.fit import why_at_odds, why_misfit, why_not_of, why_untold
from reconciler.checkout import Unreadable, read_handed
from reconciler.cli.plan_file import AGAIN, Misfit, plan_in
from reconciler.errors import Fault, InvalidInput
from reconciler.model.outcome import Outcome, Outcomes
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository

M = TypeVar("M", bound=BaseModel)
VERSION = 1
LONGEST = 200  # characters of a sentence about a value


def plan_handed(file: Path, digest: str, repository: Repository, *, to_tell: bool = False) -> Plan:
    """The plan of a file; InvalidInput if it is none, is not the expected one, or is of no such repository.

    to_tell: what is done with it is to tell what became of it
    """
    planned = _read_plan(file)
    if digest and planned.digest != digest:
        why = f"its plan has the digest {planned.digest}, not the expected one"
        raise refused_file(file, why, "the file changed between the jobs; plan again")
    if why := (why_untold if to_tell else why_misfit)(planned, repository):
        commit = planned.repository.commit[:12]
        made = f"it was made from commit {commit}; " if commit else ""
        help = "give the plan that was recorded; nothing was told" if to_tell else "plan again; nothing has been done"
        raise refused_file(file, f"the plan does not fit this repository: {why}", f"{made}{help}")
    return planned


def outcomes_handed(files: Sequence[Path], planned: Plan) -> list[Outcome]:
    """What became of the plan's calls; InvalidInput if a file is no hand-over of it, or two of them disagree."""
    handed: list[Outcome] = []
    for file in files:
        one = read_as(file, Outcomes)
        if one.plan != planned.digest:
            raise refused_file(file, "these are the outcomes of another plan", "give the plan's own")
        if why := why_not_of(planned, one.outcomes):
            help = "give what `krampus apply --out` wrote, unchanged; what no file tells is unknown"
            raise refused_file(file, why, help)
        handed += one.outcomes
        if why := why_at_odds(handed):
            raise refused_file(file, why, "give each file once; what no file tells is unknown, and looked at again")
    return handed


def outcomes_text(planned: Plan, outcomes: Sequence[Outcome]) -> str:
    """What `apply` hands over."""
    return Outcomes(plan=planned.digest, outcomes=tuple(outcomes)).model_dump_json(indent=1) + "\n"


def writable(out: Path | None) -> Path | None:
    """A file to hand something over in; BadParameter if it cannot be one: that must be known before a call is sent."""
    if out and (out.is_dir() or not out.parent.is_dir()):
        raise typer.BadParameter(f"{out}: {'this is a folder' if out.is_dir() else 'there is no such folder'}")
    return out


def _read_plan(file: Path) -> Plan:
    raw = _bytes(file)
    try:
        return plan_in(raw)
    except Unreadable as refused:
        raise refused_file(file, str(refused), refused.help) from None
    except Misfit as misfit:
        raise refused_file(file, _why_no_json(raw) or _wrong(misfit.first), AGAIN) from None


def read_as(file: Path, model: type[M]) -> M:
    """What a command wrote for another; InvalidInput if it is not of that form."""
    raw = _bytes(file)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise refused_file(file, _why_no_json(raw) or _wrong(error.errors(include_url=False)[0]), AGAIN) from None


def _bytes(file: Path) -> bytes:
    try:
        return read_handed(file)
    except Unreadable as refused:
        raise refused_file(file, str(refused), refused.help) from None


def _why_no_json(raw: bytes) -> str:
    if not raw.strip():
        return "the file is empty"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        return "the file is encoded as UTF-16, and JSON is UTF-8"
    return "the file begins with a byte order mark, which JSON has not" if raw.startswith(b"\xef\xbb\xbf") else ""


def _wrong(first: ErrorDetails) -> str:
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["loc"] == ("version",) and first["type"] == "literal_error":
        return f"it is of version {first['input']!r}, and this Krampus reads version {VERSION}"[:LONGEST]
    if first["type"] == "missing":
        return f"`{where}` is missing"
    if first["type"] == "extra_forbidden":
        return f"`{where}` is not known"
    return f"{where}: {first['msg']}"[:LONGEST]


def refused_file(file: Path, why: str, help: str) -> InvalidInput:
    """The fault of a file that does not fit."""
    return InvalidInput([Fault(str(file), 1, 1, why, help)])
