"""The project's example files, adapted to the embedded AWS and today: its ids, and dates shifted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from reconciler.demo.world import CreatedResource

PACKAGE = Path(__file__).parent
# The folder of the files in an installed package, and in the project itself.
PLACES = (PACKAGE / "example", PACKAGE.parent.parent)
WRITTEN_FOR = date(2026, 12, 1)  # the day on which the demo of the example files would begin
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def example_files(world: Iterable[CreatedResource], begins: date) -> Iterator[tuple[str, str]]:
    """(path, text) of krampus.yaml and of each task and exemption, as if written on the demo's first day."""
    root = next(place for place in PLACES if (place / "krampus.yaml").is_file())
    ids = {resource.example: resource.id for resource in world if resource.example}
    for path in (root / "krampus.yaml", *sorted(root.glob("tasks/*.yaml")), *sorted(root.glob("exemptions/*.yaml"))):
        text = DAY.sub(lambda day: _shifted(day[0], begins), path.read_text(encoding="utf-8"))
        for example, actual in ids.items():
            text = text.replace(example, actual)
        yield path.relative_to(root).as_posix(), text


def _shifted(day: str, begins: date) -> str:
    return str(date.fromisoformat(day) + (begins - WRITTEN_FOR))
