"""What the checks of one account look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.model.config import Account
from reconciler.model.repository import Repository
from reconciler.model.target import GLOBAL

if TYPE_CHECKING:
    from reconciler.clients.aws.accounts import Aws


@dataclass(frozen=True)
class CheckSubject:
    """One account: `repository` has the orders for it alone; `hands` is None where nothing is acted on."""

    name: str
    account: Account
    repository: Repository
    reader: Aws
    writer: Aws | None

    @property
    def regions(self) -> list[str]:
        """Those of krampus.yaml, and of the targets."""
        named = {order.target.region for order in self.repository.orders}
        return sorted({*self.account.regions, *named} - {GLOBAL})
