"""What the checks of one account examine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from reconciler.model.config import Account
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem
from reconciler.model.target import GLOBAL
from reconciler.resources.place import Entered

Seen = TypeVar("Seen")


class Accounts(Protocol):
    """The accounts of krampus.yaml, by their names, under one of the two roles."""

    def enter(self, account: str) -> Problem | None:
        """Assume the role; the problem if that fails, else None."""

    def role(self, account: str) -> str:
        """The ARN of the role, "" if none is assumed."""

    def look(self, account: str, region: str, see: Callable[[Entered], Seen]) -> Seen | Problem:
        """The result of `see` for the account in a region, or why AWS did not answer."""


@dataclass(frozen=True)
class CheckSubject:
    """One account. `repository` has only the orders for it; `writer` is None where nothing is acted on.

    trusted: whom the roles are to trust, as `krampus policy` is told; forms: the repository's names in its tokens.
    """

    name: str
    account: Account
    repository: Repository
    reader: Accounts
    writer: Accounts | None
    trusted: Mapping[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = ()

    @property
    def regions(self) -> list[str]:
        """The regions of the account in krampus.yaml, and those of its targets."""
        named = {order.target.region for order in self.repository.orders}
        return sorted({*self.account.regions, *named} - {GLOBAL})
