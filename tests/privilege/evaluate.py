"""IAM's judgement of an ask by identity policies, as far as Krampus' own policies use IAM's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.privilege.ask import Ask

Document = Mapping[str, Any]


def allowed(documents: Iterable[Document], ask: Ask) -> bool:
    """Some statement allows it and none denies it. A KeyError names a condition operator that is not known here."""
    effects = {one["Effect"] for document in documents for one in document["Statement"] if applies(one, ask)}
    return effects == {"Allow"}


def applies(statement: Mapping[str, Any], ask: Ask) -> bool:
    """Whether a statement speaks of it."""
    return (
        any(like(pattern, ask.action, fold=True) for pattern in statement["Action"])
        and any(like(pattern, ask.arn) for pattern in statement["Resource"])
        and all(
            CONDITIONS[operator](_listed(wanted), ask.context.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def like(pattern: str, text: str, *, fold: bool = False) -> bool:
    """IAM's wildcards: `*` and `?`, colons and slashes included; actions without regard to case."""
    wild = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(wild, text, re.DOTALL | (re.IGNORECASE if fold else 0)) is not None


def _any_like(wanted: list[str], given: tuple[str, ...] | None) -> bool:
    return given is not None and any(like(pattern, value) for pattern in wanted for value in given)


def _any_equal(wanted: list[str], given: tuple[str, ...] | None) -> bool:
    return given is not None and any(value in wanted for value in given)


def _all_equal(wanted: list[str], given: tuple[str, ...] | None) -> bool:
    return all(value in wanted for value in given or ())


def _absent(wanted: list[str], given: tuple[str, ...] | None) -> bool:
    return wanted == ["true" if given is None else "false"]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


CONDITIONS = {
    "ArnEquals": _any_like,
    "Bool": _any_equal,
    "ForAllValues:StringEquals": _all_equal,
    "Null": _absent,
    "StringEquals": _any_equal,
    "StringLike": _any_like,
}
