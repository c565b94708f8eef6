"""The example files of the project, made to fit the embedded AWS and today: its ids, and dates moved along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from reconciler.demo.world import CreatedResource

PACKAGE = Path(__file__).parent
# Where they are in an installed package, and in the project itself.
PLACES = (PACKAGE / "example", PACKAGE.parent.parent)
WRITTEN_FOR = date(2026, 12, 1)  # the day on which the story of the example files begins
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def example_files(world: Iterable[CreatedResource], begins: date) -> Iterator[tuple[str, str]]:
    """(path, text) of krampus.yaml and of each task and exemption, as if written when the story begins."""
    root = next(place for place in PLACES if (place / "krampus.yaml").is_file())
    ids = {made.example: made.id for made in world if made.example}
    for path in (root / "krampus.yaml", *sorted(root.glob("tasks/*.yaml")), *sorted(root.glob("exemptions/*.yaml"))):
        text = DAY.sub(lambda day: _moved(day[0], begins), path.read_text(encoding="utf-8"))
        for example, made in ids.items():
            text = text.replace(example, made)
        yield path.relative_to(root).as_posix(), text


def _moved(day: str, begins: date) -> str:
    return str(date.fromisoformat(day) + (begins - WRITTEN_FOR))
