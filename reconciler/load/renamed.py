"""A repository beside another of the same accounts, which may call them otherwise. PURE."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.config import Config
from reconciler.model.repository import Repository


def called_as(repository: Repository, config: Config) -> Repository:
    """The repository with each account under the name that `config` has for the account of that number.

    An account that is not in `config` keeps its name, unless that is another account's there.
    """
    theirs = config.names
    names = {
        name: theirs.get(account.id) or (name if name not in config.accounts else f"account {account.id}")
        for name, account in repository.config.accounts.items()
    }
    accounts = {names[name]: account for name, account in repository.config.accounts.items()}
    orders = [
        replace(order, target=replace(order.target, account=names[order.target.account])) for order in repository.orders
    ]
    return replace(repository, config=repository.config.model_copy(update={"accounts": accounts}), orders=tuple(orders))
