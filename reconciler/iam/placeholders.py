"""Placeholders in policies, `{partition}` and the like, and what a form of output writes in their stead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAME = re.compile(r"\{(\w+)\}")


def fill(value: Any, names: Mapping[str, str]) -> Any:
    """The same with every placeholder filled in, however deep; KeyError for one that has no name."""
    if isinstance(value, str):
        return NAME.sub(lambda found: names[found[1]], value)
    if isinstance(value, Mapping):
        return {key: fill(inner, names) for key, inner in value.items()}
    return [fill(inner, names) for inner in value]
