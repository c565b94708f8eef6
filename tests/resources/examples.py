"""Finds what the tests know of each kind of the catalogue: `tests/resources/<module of the kind>.py`, in `CASES`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from reconciler.resources.catalog import KINDS
from tests.resources.example import Cases, Example


def module_of(kind: str) -> str:
    """The module of a kind's cases, named like the kind's own: "ec2:security-group" -> ec2_security_group."""
    return f"tests.resources.{re.sub(r'[^a-z0-9]', '_', kind)}"


def _found() -> Mapping[str, Cases]:
    """Those that are there: that none is missing is a test of its own, which says what to write."""
    return {name: import_module(module_of(name)).CASES for name in KINDS if find_spec(module_of(name))}


CASES: Mapping[str, Cases] = _found()
EXAMPLES: tuple[Example, ...] = tuple(example for cases in CASES.values() for example in cases.examples)
