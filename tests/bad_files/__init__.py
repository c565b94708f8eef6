"""Files as people write them by mistake, as data: each with the place and words of every fault that it must have.

A case is one file of a repository whose other files are right. It is given as a whole (`text`, or `bytes`, in which
each character stands for a byte), as keys put `with` the right file or in place of its own, as a `piece` repeated so
many `times`, or as a target alone (`target`). `faults`: all of them, each `line:column word, word`; the words stand in
the message. Without `faults` it is right, however it looks. `more`: how many further faults it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from reconciler.errors import Fault, InvalidInput
from reconciler.load.repository import load

HERE = Path(__file__).parent
RIGHT = {
    "krampus.yaml": """\
name: Example
accounts:
  website-prod: {id: "111122223333", team: web, regions: [eu-west-1, us-east-1]}
  data-lab: {id: "444455556666", team: data}
teams:
  web: {issues: acme/website, mention: "@acme/web"}
  data: {}
defaults: {grace: 7d, team: data}
""",
    "tasks/x.yaml": """\
title: A task
reason: It is a test.
action: disable
targets:
  - arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0
""",
    "exemptions/x.yaml": """\
reason: It is a test.
owner: web
expires: 2026-12-31
resources:
  - arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0
""",
}
FORMS = ("text", "bytes", "with", "piece", "target")


@dataclass(frozen=True)
class Case:
    """One bad file: what it is called, where it stands, what it holds, and (line:column, words) of each fault."""

    name: str
    file: str
    content: bytes
    faults: tuple[tuple[str, tuple[str, ...]], ...]
    more: int = 0

    @property
    def files(self) -> Mapping[str, bytes]:
        """The repository with it."""
        return {**{name: text.encode() for name, text in RIGHT.items()}, self.file: self.content}


def faults_of(files: Mapping[str, bytes]) -> tuple[Fault, ...]:
    """The faults of a repository with these files: path from its root -> content."""
    with TemporaryDirectory(prefix="krampus-") as folder:
        for name, content in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        try:
            load(Path(folder))
        except InvalidInput as invalid:
            return invalid.faults
    return ()


def cases() -> Iterator[Case]:
    """All of them, in order of their families."""
    for family in sorted(HERE.glob("*.yaml")):
        for entry in yaml.safe_load(family.read_text(encoding="utf-8")):
            file = entry.get("in", "tasks/x.yaml")
            name = f"{family.stem}: {entry['name']}"
            yield Case(
                name, file, _content(file, entry), tuple(map(_fault, entry.get("faults", ()))), entry.get("more", 0)
            )


def _content(file: str, entry: Mapping[str, Any]) -> bytes:
    (form,) = (form for form in FORMS if form in entry)
    if form == "bytes":
        return str(entry["bytes"]).encode("latin-1")
    if form == "piece":
        pieces = str(entry["piece"]) * int(entry["times"])
        return f"{entry.get('before', '')}{pieces}{entry.get('after', '')}".encode()
    if form == "target":
        first, _ = RIGHT["tasks/x.yaml"].split("targets:\n")
        return f"{first}targets:\n  - {entry['target']}\n".encode()
    whole: str = entry["text"] if form == "text" else _with(RIGHT[file], entry["with"])
    return whole.encode()


def _with(right: str, lines: str) -> str:
    """The right file with these lines at its end, or in place of what it has for their key."""
    key = lines.split(":", maxsplit=1)[0]
    before, found, after = f"\n{right}".partition(f"\n{key}:")
    rest = after.split("\n")
    own = 1 + next((number for number, line in enumerate(rest[1:]) if not line.startswith(" ")), 0)
    ended = lines if lines.endswith("\n") else f"{lines}\n"
    return f"{before}\n{ended}".removeprefix("\n") + "\n".join(rest[own:]) if found else right + ended


def _fault(said: str) -> tuple[str, tuple[str, ...]]:
    place, _, words = said.partition(" ")
    return place, tuple(words.split(", "))
