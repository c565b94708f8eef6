"""Where kinds look: an account in a region, and what all looks of one pass at it have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Read = TypeVar("Read")


class Entered(Protocol):
    """One account in one region."""

    @property
    def account(self) -> str:
        """The account's twelve digits."""

    @property
    def region(self) -> str:
        """Where regional services are asked, as AWS writes it."""

    @property
    def partition(self) -> str:
        """aws, aws-cn, aws-us-gov, or one of the others (`model.regions`)."""

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client for reading; `region` only where it differs from the place's (a bucket's)."""


class Place(Entered, Protocol):
    """The same for one pass of looks, with what these have in common: what a kind looks through."""

    def once(self, key: str, read: Callable[[], Read]) -> Read:
        """What `read` reads of the whole place: once a pass, whoever asks. If it failed, it has for all who ask."""

    def once_everywhere(self, key: str, read: Callable[[], Read]) -> Read:
        """The same of what is AWS's own, alike in all accounts of the partition. If it failed, the next asks anew."""

    def side_by_side(self, read: Callable[[Item], Read], items: Iterable[Item]) -> list[Read]:
        """What `read` reads of each, in their order, many at a time. The first error comes through."""
