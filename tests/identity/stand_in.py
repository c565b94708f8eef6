"""GitHub's token endpoint and STS over real HTTP, as strict as they are; behind them moto, which believes everybody.

moto gives credentials to whoever asks and never ends them. What is judged here: the secret that asks for the token,
audience, `sub`, the token's and the credentials' end, the trust of each role, and the session policy's actions.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode

import urllib3
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.identity.trust_policy import GITHUB, admits
from tests.secrecy import secret

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Answer = tuple[int, str]
OLD = "repo:acme/cloud:ref:refs/heads/main"
NEW = "repo:acme@1001/cloud@2002:ref:refs/heads/main"
AUDIENCE = "sts.amazonaws.com"
ROLE = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/([\w+=,.@-]+)$")


@dataclass(frozen=True)
class Asked:
    """One request to STS as it arrived."""

    action: str
    account: str
    role: str
    form: dict[str, str]
    agent: str
    signed: bool


@dataclass
class StandIn:
    """The world's state, which tests change as they like.

    subject: whose token the job gets; claims: what else it says; issuer: whose it is, without `https://`. trusts: for
    (account, role), its trust policy, or only the `sub`s that it names; a role that is not there is one that does not
    exist. ahead: how far STS's clock is ahead of ours; date: what it says instead.
    lasts: how long credentials do. late: how old tokens are when they are given. gives, spoil: have the word before
    the token's endpoint, and STS. disabled: by account, the regions that know nothing of it. impostor: accounts in
    whose stead others answer.
    """

    aws: str
    subject: str = NEW
    request_secret: str = field(default_factory=lambda: secret("request"), repr=False)
    claims: dict[str, str] = field(default_factory=dict)
    issuer: str = GITHUB
    trusts: dict[tuple[str, str], set[str] | dict[str, Any]] = field(default_factory=dict)
    without_provider: set[str] = field(default_factory=set)
    external_id: str = ""
    ahead: timedelta = timedelta()
    date: str = ""
    lasts: timedelta = timedelta(hours=1)
    late: timedelta = timedelta()
    gives: Callable[[int], Answer | None] = lambda _count: None
    spoil: Callable[[Asked], Answer | None] = lambda _asked: None
    disabled: dict[str, set[str]] = field(default_factory=dict)
    impostor: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list, repr=False)
    audiences: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list, repr=False)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    busiest: int = 0
    _busy: int = 0
    _lock: Lock = field(default_factory=Lock)
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            status, text = self._token(environ) if environ["PATH_INFO"] == "/token" else self._sts(environ, body)
        finally:
            with self._lock:
                self._busy -= 1
        date = self.date or format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
        start_response(f"{status} -", [("Content-Type", "text/xml"), ("Date", date)])
        return [text.encode()]

    def _token(self, environ: dict[str, Any]) -> Answer:
        query = parse_qs(environ["QUERY_STRING"])
        if environ.get("HTTP_AUTHORIZATION") != f"bearer {self.request_secret}" or query.get("api-version") != ["2.0"]:
            return 401, "{}"
        (audience,) = query["audience"]
        self.audiences.append(audience)
        if (given := self.gives(len(self.audiences))) is not None:
            return given
        issued = time.time() - self.late.total_seconds()
        own = {"iss": f"https://{self.issuer}", "aud": audience, "exp": issued + 300, "jti": secret("jti")}
        claims = {"sub": self.subject, **own, **self.claims}
        token = ".".join((_part({"alg": "RS256"}), _part(claims), secret("signature")))
        self.tokens.append(token)
        return 200, json.dumps({"count": len(token), "value": token})

    def _sts(self, environ: dict[str, Any], body: str) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        role = ROLE.match(form.get("RoleArn", ""))
        account, name = (role[2], role[3]) if role else ("", "")
        signed = "HTTP_AUTHORIZATION" in environ
        if form["Action"] == "GetCallerIdentity":
            return self._who(environ.get("HTTP_AUTHORIZATION", ""))
        asked = Asked(form["Action"], account, name, form, environ.get("HTTP_USER_AGENT", ""), signed)
        self.asked.append(asked)
        time.sleep(0.01)
        return self.spoil(asked) or self._judged(asked)

    def _who(self, authorization: str) -> Answer:
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/", authorization)
        if not scope:
            return refusal("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        account = self.accounts.get(scope[1], "")
        if not account or scope[2] in self.disabled.get(account, ()):
            return refusal("InvalidClientTokenId", "The security token included in the request is invalid", 403)
        name = "GetCallerIdentity"
        return 200, f"<{name}Response><{name}Result><Account>{account}</Account></{name}Result></{name}Response>"

    def _judged(self, asked: Asked) -> Answer:
        if len(asked.form.get("Policy", "")) > 2048:
            return refusal("ValidationError", "Member must have length less than or equal to 2048")
        if asked.action == "AssumeRoleWithWebIdentity":
            return self._wrong_with(asked, asked.form["WebIdentityToken"]) or self._credentials(asked)
        known = (asked.account, asked.role) in self.trusts and asked.form.get("ExternalId", "") == self.external_id
        denied = f"User: x is not authorized to perform: sts:AssumeRole on resource: {asked.role}"
        return self._credentials(asked) if known else refusal("AccessDenied", denied, 403)

    def _wrong_with(self, asked: Asked, token: str) -> Answer | None:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        for wrong, code, message in (
            (token not in self.tokens, "InvalidIdentityToken", "Couldn't retrieve verification key"),
            (claims["exp"] < time.time(), "ExpiredTokenException", "Token expired: current date/time must be before"),
            (asked.account in self.without_provider, "InvalidIdentityToken", "No OpenIDConnect provider found"),
            (claims["aud"] != AUDIENCE, "InvalidIdentityToken", "Incorrect token audience"),
        ):
            if wrong:
                return refusal(code, message)
        trusted = self.trusts.get((asked.account, asked.role), set())
        provider = f"arn:aws:iam::{asked.account}:oidc-provider/{claims['iss'].removeprefix('https://')}"
        if not (claims["sub"] in trusted if isinstance(trusted, set) else admits(trusted, provider, claims)):
            return refusal("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        return None

    def _credentials(self, asked: Asked) -> Answer:
        """moto knows accounts by the access key that it gave; the rest of the keys is ours, so that it can be found."""
        account = self.impostor.get(asked.account, asked.account)
        arn = f"arn:aws:iam::{account}:role/{asked.role}"
        form = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": arn, "RoleSessionName": "x"}
        scope = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"
        made = urllib3.request("POST", self.aws, body=urlencode(form), headers={"Authorization": scope, **FORM})
        key = re.search("<AccessKeyId>(.*?)</AccessKeyId>", made.data.decode())
        assert key
        self.accounts[key[1]] = account
        if "Policy" in asked.form:
            self.policies[key[1]] = json.loads(asked.form["Policy"])
        until = datetime.now(UTC) + self.ahead + self.lasts
        name, user = asked.action, f"arn:aws:sts::{account}:assumed-role/{asked.role}/{asked.form['RoleSessionName']}"
        return 200, (
            f'<{name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{name}Result>'
            f"<AssumedRoleUser><Arn>{user}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser><Credentials>"
            f"<AccessKeyId>{key[1]}</AccessKeyId><SecretAccessKey>{secret('key')}</SecretAccessKey>"
            f"<SessionToken>{secret('session')}</SessionToken><Expiration>{until:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
            f"</Credentials></{name}Result></{name}Response>"
        )


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """An error as STS writes it."""
    return status, f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


@contextmanager
def standing_in(aws: str) -> Iterator[StandIn]:
    """A stand-in on a free loopback port, before the AWS at that URL."""
    world = StandIn(aws)
    server = make_server("127.0.0.1", 0, world, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    world.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without the server's own date, which would stand beside ours."""
        self.send_response_only(code, message)


def _part(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
