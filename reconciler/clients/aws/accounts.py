"""AWS: sessions in accounts, reading and sending. Errors come out as problems, never as exceptions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from reconciler.clients.aws.credentials import CredentialSource
from reconciler.clients.aws.errors import (
    has_expired,
    is_of_region,
    is_throttled,
    is_transient,
    of_region,
    passes,
    problem_of,
    refusal,
)
from reconciler.clients.aws.pacing import PATIENCE, Late
from reconciler.clients.aws.sessions import HOME, Sessions
from reconciler.clients.aws.signing import Paced
from reconciler.clients.repeat import repeat
from reconciler.model.call import Call
from reconciler.model.config import Account
from reconciler.model.operation import Knowledge
from reconciler.model.sighting import Problem, Trouble
from reconciler.model.target import GLOBAL

ERRORS = (ClientError, BotoCoreError, ResponseParserError)
WAITS = (0.5, 1, 2, 4, 8)  # seconds
Seen = TypeVar("Seen")
WhyNot = Callable[[], str]  # why nothing may be sent any more, for a person; "" if it may


@dataclass(frozen=True)
class AccountRegion:
    """One account in one region: a `Place` for the kinds."""

    account: str
    region: str
    partition: str
    credentials: Any = field(repr=False)
    _sessions: Sessions
    _once: Callable[[Callable[[], Any]], Any]  # sends one request, as often as it may be sent
    _why_not: WhyNot

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client, in any thread of this account alone; `region` only where it differs from the place's own."""
        return self._sessions.client(
            service, region or self.region, self.credentials, self._paced(region or self.region)
        )

    def _paced(self, region: str) -> Paced:
        pace = self._sessions.pace

        def paced(service: str, operation: str, arguments: Mapping[str, Any], once: Callable[[], Any]) -> Any:
            buckets = pace.buckets(self.account, region, service, operation)
            return self._once(lambda: pace.send(buckets, arguments, once, self._why_not))

        return paced


class Aws:
    """The accounts of krampus.yaml, for the entrance's purpose: `read` looks, `act` looks again and sends.

    Reads are repeated if no answer came. Writing calls are not: a DeleteVolume would be sent again after a read
    time-out. A refusal for the rate is waited for (`pacing`), and one for what passes in seconds, since then nothing
    has happened; likewise, if credentials have expired, the account is entered anew, once, and asked again. `known`:
    what the kinds declare of an operation's errors.
    """

    def __init__(
        self, entrance: CredentialSource, known: Knowledge, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._entrance, self._config, self._known, self._pause = entrance, entrance.config, known, pause
        self._entered: dict[str, Any] = {}  # account -> its credentials, or the Problem
        self._account_locks = {name: threading.Lock() for name in entrance.config.accounts}

    def enter(self, account: str) -> Problem | None:
        """Assume the role in an account (its name), as all else here does first. Why that cannot be, or None."""
        place = self._place(account, GLOBAL, self._read)
        return place if isinstance(place, Problem) else None

    def role(self, account: str) -> str:
        """The ARN of the role that is entered in an account, "" if none is assumed."""
        ambient = self._config.aws.credentials == "ambient"
        return "" if ambient else self._entrance.role(self._config.accounts[account])

    def look(self, account: str, region: str, see: Callable[[AccountRegion], Seen]) -> Seen | Problem:
        """What `see` returns of the account (its name) in a region, or why AWS did not answer."""
        try:
            return self._with_session(account, region, see, self._read)
        except ERRORS as error:
            return self._why(error, account, region)
        except (LookupError, TypeError, ValueError) as error:
            # A kind reads AWS's answers strictly; one of another shape is a resource that was not seen.
            return Problem(Trouble.OTHER, f"AWS answered in a form that Krampus does not know ({error!r})")

    def send(self, account: str, region: str, call: Call, why_not: WhyNot = lambda: "") -> Problem | None:
        """Send one call, once; None if AWS accepted it.

        why_not: asked right before it goes out, however long it waited for its turn; what it holds back is `late`
        """
        return repeat(lambda: self._send_once(account, region, call, why_not), WAITS, self._pause)

    def _send_once(self, account: str, region: str, call: Call, why_not: WhyNot) -> tuple[Problem | None, bool]:
        """Why AWS refused, and whether that passes; None if it accepted the call."""

        def sent(place: AccountRegion) -> Any:
            return getattr(place.client(call.service), call.operation)(**call.arguments)

        try:
            answer = self._with_session(account, region, sent, lambda once: once(), why_not)
        except Late as late:
            return Problem(Trouble.LATE, f"{late}; the next run plans again"), False
        except ERRORS as error:
            if isinstance(error, ClientError) and is_throttled(error):
                why = f"AWS took no {call.operation} for {PATIENCE / 60:.0f} minutes, for there were too many requests"
                return Problem(Trouble.LATE, f"{why}; the next run plans again"), False
            return self._why(error, account, region, call), passes(error, self._known(call.service, call.operation))
        problem = answer if isinstance(answer, Problem) else _refused_within(call, answer, self._known)
        return problem, bool(problem and problem.trouble is Trouble.THROTTLED)

    def _with_session(
        self,
        account: str,
        region: str,
        use: Callable[[AccountRegion], Seen],
        once: Callable[[Callable[[], Any]], Any],
        why_not: WhyNot = lambda: "",
    ) -> Seen | Problem:
        """What `use` returns, or why the role cannot be assumed; other errors of AWS come through."""
        place = self._place(account, region, once, why_not)
        if isinstance(place, Problem):
            return place
        try:
            return use(place)
        except ClientError as error:
            if not has_expired(error):
                raise
        with self._account_locks[account]:
            if self._entered.get(account) is place.credentials:  # or another thread was faster
                del self._entered[account]
        place = self._place(account, region, once, why_not)
        return place if isinstance(place, Problem) else use(place)

    def _read(self, once: Callable[[], Any]) -> Any:
        """What a request that only reads is answered, sent again if no answer came."""

        def attempt() -> tuple[Any, bool]:
            try:
                return once(), False
            except ERRORS as error:
                return error, is_transient(error)

        answer = repeat(attempt, WAITS, self._pause)
        if isinstance(answer, ERRORS):
            raise answer
        return answer

    def _place(
        self, name: str, region: str, once: Callable[[Callable[[], Any]], Any], why_not: WhyNot = lambda: ""
    ) -> AccountRegion | Problem:
        account = self._config.accounts[name]
        with self._account_locks[name]:
            if name not in self._entered:
                self._entered[name] = self._open(name)
            credentials = self._entered[name]
        if isinstance(credentials, Problem):
            return credentials
        where = HOME[account.partition] if region == GLOBAL else region
        return AccountRegion(account.id, where, account.partition, credentials, self._entrance.sessions, once, why_not)

    def _why(self, error: Any, account: str, region: str, call: Call | None = None) -> Problem:
        """What the error means, in an account that was entered and a region that may not be enabled there."""
        home = HOME[self._config.accounts[account].partition]
        elsewhere = region not in (GLOBAL, home)
        if elsewhere and is_of_region(error):
            return of_region(account, region)
        named = (call.service, call.operation) if call else ("", getattr(error, "operation_name", ""))
        return problem_of(error, call, self._known(*named))

    def _open(self, account: str) -> Any:
        """Credentials in an account (its name), or why there are none."""
        try:
            if self._config.aws.credentials == "ambient":
                return self._ambient(self._config.accounts[account])
            return self._entrance.enter(account)
        except ERRORS as error:
            problem = problem_of(error)
            return replace(problem, message=f"the account cannot be entered: {problem.message}")

    def _ambient(self, account: Account) -> Any:
        session = self._entrance.sessions.session()
        mine = session.client("sts", region_name=HOME[account.partition]).get_caller_identity()["Account"]
        if mine != account.id:
            return Problem(Trouble.CREDENTIALS, f"the credentials here are of account {mine}, not {account.id}")
        return session.get_credentials()


def _refused_within(call: Call, answer: Any, knowledge: Knowledge) -> Problem | None:
    """Some operations answer 200 and say inside what they did not do (DeleteObjects, DeleteVpcEndpoints)."""
    refused = [*answer.get("Errors", ()), *answer.get("Unsuccessful", ())] if isinstance(answer, dict) else []
    if not refused:
        return None
    problems, known = [], knowledge(call.service, call.operation)
    for item in refused:
        body = item.get("Error", item)
        problems.append(refusal(str(body.get("Code", "")), str(body.get("Message", "")), 0, call.operation, known))
    # What is refused for the rate alone is waited for; anything else would only be refused again.
    worst = next((problem for problem in problems if problem.trouble is not Trouble.THROTTLED), problems[0])
    return Problem(worst.trouble, f"AWS did {call.operation} in part, {len(refused)} refused: {worst.message}")
