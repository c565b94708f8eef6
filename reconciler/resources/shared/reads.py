"""How kinds read AWS: page after page, by filter, or one by one. Only what says "there is none" is an absence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Names
from reconciler.resources.place import Entered, Place

Item = TypeVar("Item")
FILTER = 200  # values that EC2 takes in one filter


def pages(place: Entered, look: Operation, path: str, region: str = "", **arguments: Any) -> Iterator[Any]:
    """What stands at `path` (JMESPath, "Volumes[]") on every page of the answer."""
    found = place.client(look.service, region).get_paginator(look.name).paginate(**arguments).search(path)
    # An answer without the list has nothing in it; JMESPath calls that None.
    yield from (each for each in found if each is not None)


def filtered(place: Place, look: Operation, path: str, by: str, names: Names, **arguments: Any) -> Iterator[Any]:
    """The same by filter, `by` one of these names: a list of ids would fail as a whole for one that is gone."""
    if names is None:
        yield from pages(place, look, path, **arguments)
    for some in batches(names or (), FILTER):
        yield from pages(place, look, path, Filters=[{"Name": by, "Values": some}], **arguments)


def answer(place: Entered, look: Operation, region: str = "", **arguments: Any) -> Any:
    """What AWS answers; None if it says, by one of the codes that the look declares, that there is none."""
    client = place.client(look.service, region)
    try:
        return getattr(client, look.name)(**arguments)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in look.none:
            return None
        raise


def batches(names: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """These names, so many at a time."""
    return (list(names[start : start + size]) for start in range(0, len(names), size))


def with_facts(resource: Resource, **facts: Any) -> Resource:
    """The same resource, with what a closer look has found beside its facts."""
    return replace(resource, facts={**resource.facts, **facts})


def tags(entries: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """AWS's list of {Key, Value} (or none) as a mapping."""
    return {entry["Key"]: entry["Value"] for entry in entries or ()}
