"""What each example of a kind and action asks of IAM: looks as botocore sends them, calls and undos as planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT

from reconciler.model.call import Call
from reconciler.model.task import Action
from tests.privilege.ask import Ask
from tests.privilege.asks import SHOWN, asks, sent
from tests.privilege.recorded import recorded
from tests.resources.trial import Trial
from tests.stubbed import Stubbed


@dataclass(frozen=True)
class Seen:
    """What was asked in looking, in acting, and in taking back; examples: how many there were."""

    looks: tuple[Ask, ...] = ()
    calls: tuple[Ask, ...] = ()
    undos: tuple[Ask, ...] = ()
    examples: int = 0

    @property
    def everything(self) -> tuple[Ask, ...]:
        """All that the act role asks: it looks again, but for what is only shown."""
        return (*(ask for ask in self.looks if ask.action != SHOWN), *self.calls, *self.undos)

    def __add__(self, other: Seen) -> Seen:
        """Both together."""
        return Seen(
            self.looks + other.looks,
            self.calls + other.calls,
            self.undos + other.undos,
            self.examples + other.examples,
        )


def seen(trial: Trial) -> Seen:
    """What an example asked for, carried out."""
    asked = tuple(ask for one in trial.looks for ask in asks(one))
    return planned(trial.sent, ACCOUNT) + Seen(looks=asked, examples=1)


def seen_in_stub(action: Action, look: Callable[[Action], list[Call]]) -> Seen:
    """Of a resource that moto cannot make."""
    with recorded(Stubbed.account) as looks:
        calls = look(action)
    return planned(calls, Stubbed.account) + Seen(looks=tuple(ask for one in looks for ask in asks(one)), examples=1)


def planned(calls: Iterable[Call], account: str) -> Seen:
    """What planned calls and their undos would ask."""
    calls = list(calls)
    undos = [call.undo for call in calls if call.undo]
    return Seen(calls=_asked(calls, account), undos=_asked(undos, account))


def _asked(calls: Iterable[Call], account: str) -> tuple[Ask, ...]:
    return tuple(ask for call in calls for ask in asks(sent(call, account)))
