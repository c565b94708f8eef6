"""An AWS for tests: moto behind real HTTP, and ways to look at it and act on it without Krampus' own code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from moto.core.models import DEFAULT_ACCOUNT_ID

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.observe.tags import tags_of
from reconciler.resources.kind import Kind
from reconciler.resources.needs import parts_needed
from reconciler.resources.place import Place
from tests import sdk

Item = TypeVar("Item")
Read = TypeVar("Read")

WEB = "111122223333"
DATA = "444455556666"


class Alone:
    """What a `Place` for one look alone shares with others: nothing. Nothing is remembered, nothing goes on beside."""

    def once(self, _key: str, read: Callable[[], Read]) -> Read:
        """As if nobody had read it yet."""
        return read()

    def once_everywhere(self, _key: str, read: Callable[[], Read]) -> Read:
        """Likewise."""
        return read()

    def side_by_side(self, read: Callable[[Item], Read], items: Iterable[Item]) -> list[Read]:
        """One after the other."""
        return [read(item) for item in items]


def seen_by(
    kind: Kind, action: Action, place: Place, names: Iterable[str], options: Mapping[str, Any] | None = None
) -> list[Resource]:
    """What an action sees of these names with a task's options; without any what its undo sees."""
    return kind.look(place, list(names), lambda resource: parts_needed(kind, action, options, resource))


def with_tags(place: Place, kind: Kind, arn: str, resource: Resource) -> Resource:
    """The same as it is seen where there is something left to do: with its tags, wherever they come from."""
    if kind.tagged != "apart":
        return resource
    here = Here(place.endpoint, place.account, resource.region or place.region) if isinstance(place, Here) else place
    return replace(resource, tags=tags_of(here, [arn]).get(arn, {}))


@dataclass(frozen=True)
class Here(Alone):
    """A `Place` straight into moto: boto3 as it comes, as the account."""

    endpoint: str
    account: str = DEFAULT_ACCOUNT_ID
    region: str = "eu-west-1"
    partition: str = "aws"

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of this account."""
        return sdk.client(self.endpoint, self.account, region or self.region, service)


def send(place: Here, calls: Iterable[Call]) -> None:
    """Send calls one by one, as they are; an error of AWS comes through."""
    for call in calls:
        getattr(place.client(call.service), call.operation)(**call.arguments)
