"""What each example of a kind and action asks of IAM: looks as botocore sends them, calls and undos as planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient

from reconciler.model.call import Call
from reconciler.resources.catalog import KINDS
from tests.aws import Here
from tests.privilege.asks import Ask, Sent, asks, sent
from tests.resources.example import Example
from tests.resources.test_laws import carry_out, look

SCAFFOLD = ("sts",)  # how the tests themselves enter an account


@dataclass(frozen=True)
class Seen:
    """Asks of one example: of looking, of acting, and of taking back."""

    look: frozenset[str] = frozenset()
    looks: list[Ask] = field(default_factory=list)
    calls: list[Ask] = field(default_factory=list)
    undos: list[Ask] = field(default_factory=list)


@contextmanager
def recorded(account: str) -> Iterator[list[Sent]]:
    """Every call that any client of this process sends meanwhile, as botocore has it."""
    found: list[Sent] = []
    send: Callable[..., Any] = BaseClient._make_api_call

    def note(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        if service not in SCAFFOLD:
            found.append(Sent(service, operation, arguments, account, client.meta.region_name))
        return send(client, operation, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", note)
        yield found


def seen(here: Here, example: Example) -> Seen:
    """Make the resource, look at it, and carry the action out."""
    arn = example.make(here)
    with recorded(here.account) as looks:
        KINDS[example.kind].observe
        look(here, example, arn)
    calls = carry_out(here, example, arn)
    with recorded(here.account) as later:
        look(here, example, arn)
    found = Seen()
    found.looks.extend(ask for one in (*looks, *later) for ask in asks(one))
    found.calls.extend(asks_of(calls, here.account))
    found.undos.extend(asks_of([call.undo for call in calls if call.undo], here.account))
    return found


def asks_of(calls: list[Call], account: str) -> list[Ask]:
    """What planned calls would ask."""
    return [ask for call in calls for ask in asks(sent(call, account))]
