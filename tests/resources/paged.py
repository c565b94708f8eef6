"""Answers of AWS in two pages: every list that an operation could give in pages is cut, in its own tokens.

Which operations page, by which arguments and fields, is botocore's own knowledge (its paginator definitions). Where it
has none, an argument and a field for the next page are found by their names: AWS is ahead of these definitions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.client import BaseClient

SESSION = botocore.session.get_session()
NEXT = "the-second-page"
# (argument, field, whether there is more): as AWS names them where botocore has no paginator.
USUAL = (("Marker", "Marker", "IsTruncated"), ("NextToken", "NextToken", ""), ("nextToken", "nextToken", ""))
Cut = Callable[[int], int]


@dataclass(frozen=True)
class Paging:
    """asks: the arguments that name a page; tells: where the answer names the next one; lists: what is cut.

    more: the field that says whether there is another page, "" if the token alone says so
    """

    asks: tuple[str, ...]
    tells: tuple[str, ...]
    lists: tuple[str, ...]
    more: str = ""


@dataclass
class Pages:
    """unread: the second pages that have not been asked for; operations: those that were answered in pages."""

    waiting: list[tuple[str, dict[str, Any], Any]] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)

    @property
    def unread(self) -> tuple[str, ...]:
        """The operations of which a second page was never asked for."""
        return tuple(name for name, _, _ in self.waiting)


def late(_length: int) -> int:
    """Everything is on the second page."""
    return 0


def halves(length: int) -> int:
    """Half of it, rounded down, is on the first."""
    return length // 2


@contextmanager
def paged(cut: Cut) -> Iterator[Pages]:
    """Meanwhile every client of this process gets two pages; `cut` says how much of a list is on the first."""
    pages = Pages()
    send: Callable[..., Any] = BaseClient._make_api_call

    def answer(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        how = paging(service, operation)
        if not how:
            return send(client, operation, arguments)
        name = f"{service}.{operation}"
        asked = {key: value for key, value in arguments.items() if key not in how.asks}
        if any(arguments.get(key) == NEXT for key in how.asks):
            return _second(pages, name, asked)
        whole = send(client, operation, arguments)
        if any(_at(whole, path) for path in how.tells):
            return whole  # there is more than one page anyway
        first, second = _parts(whole, how, cut)
        pages.waiting.append((name, asked, second))
        pages.operations.add(name)
        return first

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", answer)
        yield pages


@cache
def paging(service: str, operation: str) -> Paging | None:
    """How an operation pages ("ec2", "DescribeVolumes"); None if it does not."""
    try:
        told: Mapping[str, Any] = SESSION.get_paginator_model(service).get_paginator(operation)
    except (ValueError, botocore.exceptions.UnknownServiceError):
        return _by_names(service, operation)
    asks, tells, lists = (_listed(told[key]) for key in ("input_token", "output_token", "result_key"))
    # Some write alternatives, of which the first is the plain field: `NextMarker || Contents[-1].Key`.
    return Paging(asks, tuple(path.split(" || ")[0] for path in tells), lists, told.get("more_results", ""))


def _by_names(service: str, operation: str) -> Paging | None:
    model = SESSION.get_service_model(service).operation_model(operation)
    taken = set(model.input_shape.members) if model.input_shape else set()
    given = model.output_shape.members if model.output_shape else {}
    for ask, tell, more in USUAL:
        if ask in taken and tell in given:
            lists = tuple(name for name, shape in given.items() if shape.type_name == "list")
            return Paging((ask,), (tell,), lists, more)
    return None


def _second(pages: Pages, name: str, asked: dict[str, Any]) -> Any:
    """AWS takes a token only with the arguments with which it gave it."""
    for number, (of, arguments, page) in enumerate(pages.waiting):
        if (of, arguments) == (name, asked):
            del pages.waiting[number]
            return page
    raise AssertionError(f"{name} is asked for a second page of something else: {asked}")


def _parts(whole: Any, how: Paging, cut: Cut) -> tuple[Any, Any]:
    first, second = copy.deepcopy(whole), copy.deepcopy(whole)
    for path in how.lists:
        items = _at(whole, path)
        if isinstance(items, Sequence):
            _set(first, path, list(items[: cut(len(items))]))
            _set(second, path, list(items[cut(len(items)) :]))
    for path in how.tells:
        _set(first, path, NEXT)
    if how.more:
        _set(first, how.more, True)
        _set(second, how.more, False)
    return first, second


def _at(answer: Any, path: str) -> Any:
    for key in path.split("."):
        answer = answer.get(key) if isinstance(answer, Mapping) else None
    return answer


def _set(answer: Any, path: str, value: Any) -> None:
    *way, last = path.split(".")
    for key in way:
        answer = answer.setdefault(key, {})
    answer[last] = value


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
