"""Statements to policy documents, each of a size that IAM takes as a managed policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from reconciler.iam.placeholders import fill
from reconciler.iam.statements import Statement

# IAM's quotas: characters of a managed policy, white space not counted; managed policies of a role, as AWS sets it.
LARGEST = 6144
MOST = 10
# The longest that each placeholder can come to.
LONGEST = {"partition": "aws-us-gov", "account": "0" * 12, "read_role": "r" * 64, "act_role": "a" * 64}


class TooMuch(Exception):  # noqa: N818  says what is too much
    """A role would need more managed policies than AWS attaches to one."""


def documents(statements: Sequence[Statement]) -> tuple[dict[str, Any], ...]:
    """As few policy documents as hold them all in their order; TooMuch if a role cannot have so many."""
    filled: list[list[Statement]] = [[]]
    for statement in _divided(statements):
        if _size([*filled[-1], statement]) > LARGEST:
            filled.append([])
        filled[-1].append(statement)
    if len(filled) > MOST:
        raise TooMuch(f"{len(filled)} managed policies, and AWS attaches {MOST} to a role")
    return tuple(_document(each) for each in filled)


def _divided(statements: Iterable[Statement]) -> Iterator[Statement]:
    """A statement that is too large by itself becomes several, with a part of its actions each."""
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
