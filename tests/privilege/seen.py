"""What each example of a kind and action asks of IAM: looks as botocore sends them, calls and undos as planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.client import BaseClient

from reconciler.model.call import Call
from reconciler.model.task import Action
from tests.aws import Here
from tests.privilege.asks import Ask, Sent, asks, sent
from tests.privilege.more import spot
from tests.resources.example import Example
from tests.resources.test_laws import carry_out, look
from tests.stubbed import Stubbed

SCAFFOLD = ("sts",)  # how the tests themselves enter an account


@dataclass(frozen=True)
class Seen:
    """What was asked in looking, in acting, and in taking back; examples: how many there were."""

    looks: tuple[Ask, ...] = ()
    calls: tuple[Ask, ...] = ()
    undos: tuple[Ask, ...] = ()
    examples: int = 0

    @property
    def everything(self) -> tuple[Ask, ...]:
        """All of it: the act role looks again."""
        return (*self.looks, *self.calls, *self.undos)

    def __add__(self, other: Seen) -> Seen:
        """Both together."""
        return Seen(
            self.looks + other.looks,
            self.calls + other.calls,
            self.undos + other.undos,
            self.examples + other.examples,
        )


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
    """Make the resource, look at it, and carry the action out, run after run."""
    arn = example.make(here)
    with recorded(here.account) as looks:
        look(here, example, arn)
    calls = carry_out(here, example, arn)
    with recorded(here.account) as later:
        look(here, example, arn)
    asked = tuple(ask for one in (*looks, *later) for ask in asks(one))
    return planned(calls, here.account) + Seen(looks=asked, examples=1)


def seen_of_spot(action: Action) -> Seen:
    """Of an instance that moto cannot make."""
    with recorded(Stubbed.account) as looks:
        calls = spot(action)
    return planned(calls, Stubbed.account) + Seen(looks=tuple(ask for one in looks for ask in asks(one)), examples=1)


def planned(calls: list[Call], account: str) -> Seen:
    """What planned calls and their undos would ask."""
    undos = [call.undo for call in calls if call.undo]
    return Seen(calls=_asked(calls, account), undos=_asked(undos, account))


def _asked(calls: list[Call], account: str) -> tuple[Ask, ...]:
    return tuple(ask for call in calls for ask in asks(sent(call, account)))
