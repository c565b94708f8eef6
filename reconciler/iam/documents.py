"""Statements as policy documents, each within IAM's size limit for a managed policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from reconciler.iam.placeholders import fill
from reconciler.iam.statements import Statement

# IAM's quotas: characters of a managed policy, without white space; managed policies of a role, AWS's default.
LARGEST = 6144
MOST = 10
# The longest value of each placeholder.
LONGEST = {"partition": "aws-us-gov", "account": "0" * 12, "read_role": "r" * 64, "act_role": "a" * 64}


class TooMuch(Exception):  # noqa: N818  the message says what is too much
    """A role would need more managed policies than AWS attaches to one."""


def documents(statements: Sequence[Statement]) -> tuple[dict[str, Any], ...]:
    """The statements, in their order, in as few policy documents as possible. Raises TooMuch if there are too many."""
    groups: list[list[Statement]] = [[]]
    for statement in _divided(statements):
        if _size([*groups[-1], statement]) > LARGEST:
            groups.append([])
        groups[-1].append(statement)
    if len(groups) > MOST:
        raise TooMuch(f"{len(groups)} managed policies are needed, but AWS attaches at most {MOST} to a role")
    return tuple(_document(group) for group in groups)


def _divided(statements: Iterable[Statement]) -> Iterator[Statement]:
    """A statement that exceeds the limit on its own becomes several, each with a part of its actions."""
    for statement in statements:
        if _size([statement]) <= LARGEST or len(statement.actions) == 1:
            yield statement
            continue
        half = len(statement.actions) // 2
        parts = (statement.actions[:half], statement.actions[half:])
        yield from _divided(replace(statement, actions=actions) for actions in parts)


def _document(statements: Iterable[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement.written for statement in statements]}


def _size(statements: Iterable[Statement]) -> int:
    return len(json.dumps(fill(_document(statements), LONGEST), separators=(",", ":")))
