"""Credentials for an account: one call of STS for each account and role, whose answer itself names the account.

`oidc`: the job's own token, fresh for each account, straight into it: no chaining, so no cap of an hour.
`role`: assumed from the credentials at hand. Sources: the STS API reference, AssumeRoleWithWebIdentity and AssumeRole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from botocore import UNSIGNED
from botocore.exceptions import ClientError, CredentialRetrievalError

from reconciler.clients.aws.errors import EXPIRED
from reconciler.clients.aws.oidc_token import JobToken, NoToken, presented
from reconciler.clients.aws.refreshable import Keys, RefreshableCredentials
from reconciler.clients.aws.sessions import HOME, Sessions
from reconciler.clients.aws.sts_errors import TOO_LARGE, explain
from reconciler.model.config import Account, Config
from reconciler.model.target import Arn

Purpose = Literal["read", "act"]
ATTEMPTS, ANSWERS_WITHIN = 3, 20  # of one call of STS, and seconds for each
SKEW = timedelta(minutes=5)  # AWS accepts no signature that is farther off, and our deadlines would be wrong


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class CredentialSource:
    """Assumes the role of one purpose in the accounts of krampus.yaml.

    token: the job's, for `oidc` alone. session_policies: by account, policies that cap what the role may do, the
    narrowest first; the next one is used if STS says that one is too large.
    """

    config: Config
    purpose: Purpose
    sessions: Sessions
    token: JobToken | None = None
    session_policies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    clock: Callable[[], datetime] = utc_now
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def enter(self, name: str) -> RefreshableCredentials:
        """Credentials in an account (its name). CredentialRetrievalError, with a sentence, if there are none.

        It is raised also if STS answers for another account, before anything else is asked there.
        """
        account = self.config.accounts[name]
        return RefreshableCredentials(account.id, lambda: self._keys(name, account), self.clock)

    def role(self, account: Account) -> str:
        """The ARN of the role that is assumed in an account."""
        role = self.config.aws.read_role if self.purpose == "read" else self.config.aws.act_role
        return f"arn:{account.partition}:iam::{account.id}:role/{role}"

    def _keys(self, name: str, account: Account) -> Keys:
        base = {"RoleArn": self.role(account), "RoleSessionName": f"krampus-{self.purpose}-{self.sessions.run}"[:64]}
        sts = self._sts(account.partition)
        for policy in self.session_policies.get(name) or ("",):
            request = {**base, **({"Policy": policy} if policy else {})}
            answer, token = self._with_token(sts, request, self.token) if self.token else self._with_keys(sts, request)
            if _code(answer) != TOO_LARGE:
                break
        if isinstance(answer, ClientError):
            raise _refused(explain(answer, base["RoleArn"], presented(token)), token)
        return _keys(answer, account.id, self.clock())

    def _with_keys(self, sts: Any, request: Mapping[str, str]) -> tuple[Any, str]:
        external = self.config.aws.external_id
        try:
            return sts.assume_role(**request, **({"ExternalId": external} if external else {})), ""
        except ClientError as error:
            return error, ""

    def _with_token(self, sts: Any, request: Mapping[str, str], source: JobToken) -> tuple[Any, str]:
        answer, token = None, ""
        for _ in range(2):  # a token that expired on its way is requested anew, once
            try:
                token = source.fresh()
            except NoToken as refused:
                raise _refused(str(refused)) from None
            try:
                return sts.assume_role_with_web_identity(WebIdentityToken=token, **request), token
            except ClientError as error:
                answer = error
            if _code(answer) not in EXPIRED:
                break
        return answer, token

    def _sts(self, partition: str) -> Any:
        """One client for all accounts of a partition."""
        with self._lock:
            if partition not in self._clients:
                unsigned = {"signature_version": UNSIGNED} if self.token else {}
                settings = self.sessions.settings(ATTEMPTS, read_timeout=ANSWERS_WITHIN, **unsigned)
                session = self.sessions.session()
                self._clients[partition] = session.client("sts", region_name=HOME[partition], config=settings)
            return self._clients[partition]


def off_by(answer: Mapping[str, Any], clock: datetime) -> timedelta | None:
    """How far this machine's clock is ahead of AWS's, by an answer's Date header; None if it has none to be read."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return clock - parsedate_to_datetime(headers["date"])
    except (LookupError, TypeError, ValueError):
        return None


def _keys(answer: Mapping[str, Any], expected: str, clock: datetime) -> Keys:
    """The credentials in STS's answer, if they are of the expected account and the clocks agree."""
    given, account = answer["Credentials"], Arn.parse(answer["AssumedRoleUser"]["Arn"]).account
    if account != expected:
        raise _refused(f"STS answered with credentials of account {account}, not {expected}; nothing is asked there")
    skew = off_by(answer, clock) or timedelta()  # unknown: then AWS itself refuses what is signed too far off
    if abs(skew) > SKEW:
        seconds, side = abs(skew.total_seconds()), "ahead of" if skew > timedelta() else "behind"
        raise _refused(f"the clock here is {seconds:.0f} seconds {side} that of AWS; set it (NTP) and run again")
    until = given["Expiration"] + skew  # by our clock
    if until <= clock:
        raise _refused("STS gave credentials that have expired already; the next run tries again")
    return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], until)


def _code(answer: Any) -> str:
    return str(answer.response.get("Error", {}).get("Code", "")) if isinstance(answer, ClientError) else ""


def _refused(message: str, secret: str = "") -> CredentialRetrievalError:
    # An answer may repeat what was sent; that must go no further.
    return CredentialRetrievalError(provider="STS", error_msg=message.replace(secret, "***") if secret else message)
