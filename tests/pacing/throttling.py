"""An AWS that throttles by token buckets, and accounts before it, in virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from reconciler.apply.send import WhyNot
from reconciler.clients.aws.accounts import Aws
from reconciler.clients.aws.credentials import CredentialSource, Purpose
from reconciler.clients.aws.pacing import Pace
from reconciler.clients.aws.sessions import Sessions
from reconciler.iam.actions import known
from reconciler.model.call import Call
from reconciler.model.plan import Decision
from reconciler.model.sighting import Problem
from reconciler.resources.place import Entered
from tests.build import decision
from tests.identity.enter import config
from tests.identity.recorder import Answer, Seen
from tests.pacing.clock import Clock

SLOW = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slow</Message></Error></Errors></Response>"


@dataclass
class Buckets:
    """For each account and operation so many tokens, refilled by `rate` a second; a refused request takes none.

    slower: by account, what there is instead
    """

    clock: Clock
    burst: float
    rate: float
    slower: dict[str, tuple[float, float]] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    last: dict[str, float] = field(default_factory=dict)
    _held: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def spoil(self, one: Seen, _number: int) -> Answer | None:
        """For the recorder."""
        burst, rate = self.slower.get(one.signer, (self.burst, self.rate))
        with self._lock:
            now, key = self.clock(), (one.signer, one.operation)
            tokens, at = self._held.get(key, (burst, now))
            tokens = min(burst, tokens + (now - at) * rate)
            allowed = tokens >= 1
            self._held[key] = tokens - allowed, now
            (self.taken if allowed else self.refused)[one.signer] += 1
            self.last[one.signer] = now
        return None if allowed else (503, SLOW)


def ids(count: int) -> dict[str, str]:
    """So many accounts."""
    return {f"a{number:02}": f"{700_000_000_000 + number}" for number in range(count)}


def accounts(clock: Clock, purpose: Purpose, named: dict[str, str], *, ahead: bool = True) -> Aws:
    """Krampus' own way into these accounts, by that clock."""
    how = config(
        accounts={name: {"id": id_, "team": "t", "regions": ["eu-west-1"]} for name, id_ in named.items()},
        aws={"credentials": "role"},
    )
    sessions = Sessions("77.1", Pace(clock, clock.pause, ahead))
    return Aws(CredentialSource(how, purpose, sessions), known, clock.pause)


@dataclass(frozen=True)
class AtWork:
    """The same, which tells the clock who is at work."""

    aws: Aws
    clock: Clock

    def send(self, account: str, region: str, call: Call, why_not: WhyNot) -> Problem | None:
        """As a writer."""
        with self.clock.at_work():
            return self.aws.send(account, region, call, why_not)

    def look(self, account: str, region: str, see: Callable[[Entered], Any]) -> Any:
        """As a reader."""
        with self.clock.at_work():
            return self.aws.look(account, region, see)


def closing(number: int, account: str, id_: str) -> Decision:
    """A security group whose rule is due to be taken away, by a call that goes with no other."""
    name = f"sg-{number:017x}"
    source = {"CidrIp": "0.0.0.0/0", "Description": f"for-{id_}"}
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [source]}
    call = Call(
        service="ec2",
        operation="revoke_security_group_ingress",
        arguments={"GroupId": name, "IpPermissions": [rule]},
        undo=Call(
            service="ec2",
            operation="authorize_security_group_ingress",
            arguments={"GroupId": name, "IpPermissions": [rule]},
        ),
    )
    arn = f"arn:aws:ec2:eu-west-1:{id_}:security-group/{name}"
    return decision(number, account, target=arn, account_id=id_, kind="ec2:security-group", calls=(call,))
