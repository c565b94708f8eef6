"""Placeholders in policies, such as `{partition}`, and their replacement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAME = re.compile(r"\{(\w+)\}")


def fill(value: Any, names: Mapping[str, str]) -> Any:
    """A copy of the value with every placeholder in it replaced. Raises KeyError for a placeholder not in `names`."""
    if isinstance(value, str):
        return NAME.sub(lambda match: names[match[1]], value)
    if isinstance(value, Mapping):
        return {key: fill(inner, names) for key, inner in value.items()}
    return [fill(inner, names) for inner in value]
