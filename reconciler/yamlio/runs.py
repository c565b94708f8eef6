"""Long lists, read a whole run of lines at once: as lists of targets look, and YAML can mean nothing else.

libyaml makes an object for each text, and takes longest for them. A run of lines as

    - arn:aws:sqs:eu-west-1:111122223333:orders
    - resource: arn:aws:s3:::acme-assets
      account: website-prod

is taken out of the text, and libyaml is shown one line in its place. If it then finds that line's text as a member of a
list, the lines stood there as its members, too; if it finds anything else, the file must be read as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.yamlio.scalars import FIRST, Trap, is_text, plain_value

# A text without quotes in one line, which no reader takes for anything else: a colon is not followed by a blank, nor a
# sign of a comment preceded by one, and no blank stands at its end. Nothing in it is tried twice.
TEXT = r"[A-Za-z0-9/](?:[ !\"$-9;-~]++|:(?=[!-~])|(?<=[!-~])#)*+(?<! )"
DASH, KEY = "- ", r"[a-z_]+: "
# It ends with a member: what is indented farther than its dashes goes on with the last one.
RUN = re.compile(
    rf"^(?P<indent> *+)- (?:{KEY})?{TEXT}\n(?:(?P=indent)(?:- (?:{KEY})?|  {KEY}){TEXT}\n)+(?!(?P=indent) )",
    re.MULTILINE,
)
LINE = re.compile(rf"^ *(- )?(?:([a-z_]+): )?({TEXT})$", re.MULTILINE)
STANDS_IN = "stands-in-for-run-"


class Unclear(Exception):  # noqa: N818  what it says of a file
    """A run has a fault, or may not be what it looks like."""


def without_runs(text: str, longest: int) -> tuple[str, dict[str, Sequence[Any]], int]:
    """The text with one line in place of each run; the members of a list that each stands for; their number of values.

    Raises Unclear for a run with a fault, such as a text of more than `longest` characters.
    """
    runs: dict[str, Sequence[Any]] = {}
    values = 0

    def taken_out(found: re.Match[str]) -> str:
        nonlocal values
        name = f"{STANDS_IN}{len(runs)}-"
        runs[name], count = _members(found[0], len(found["indent"]), longest)
        values += count
        return f"{found['indent']}- {name}\n"

    if STANDS_IN in text:
        raise Unclear
    return RUN.sub(taken_out, text), runs, values


def with_runs(data: Any, runs: Mapping[str, Sequence[Any]]) -> Any:
    """The data with the members in the places of what stands in for them; Unclear unless each of these is a member."""
    found = 0

    def filled(value: Any) -> Any:
        nonlocal found
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        if not isinstance(value, list):
            return value
        members: list[Any] = []
        for inner in value:
            run = runs.get(inner) if isinstance(inner, str) else None
            found += run is not None
            members.extend([filled(inner)] if run is None else run)
        return members

    made = filled(data)
    if found != len(runs):
        raise Unclear
    return made


def _members(run: str, indent: int, longest: int) -> tuple[list[Any], int]:
    """The members, and how many values they are."""
    members: list[Any] = []
    if ": " not in run:  # texts alone, as most lists are
        members = [line[indent + len(DASH) :] for line in run.splitlines()]
        if max(map(len, members)) <= longest and all(text[:1] not in FIRST for text in members):
            return members, len(members)
        members = []
    member: Any = None
    values = 0
    for dash, key, said in LINE.findall(run):
        value = said if said[:1] not in FIRST or is_text(said) else plain_value(said)
        if isinstance(value, Trap) or len(said) > longest or (key and not is_text(key)):
            raise Unclear
        if dash:
            member = {key: value} if key else value
            members.append(member)
            values += 3 if key else 1
        elif not isinstance(member, dict) or key in member:
            raise Unclear
        else:
            member[key] = value
            values += 2
    return members, values
