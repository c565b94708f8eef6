"""An AWS that writes down who signed what: each request names the account that it is meant for, in what it asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import WSGIRequestHandler, make_server

SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
KEY = re.compile(r"ASIA(\d{12})x(\w+)x(\d+)$")  # account, role, the how-manieth of all
MEANT = re.compile(r"for-(\d{12})")
WAIT = re.compile(r"<RetryAfter>(\d+)<")
Answer = tuple[int, str]


@dataclass(frozen=True)
class Seen:
    """One request: who signed it (account and role of the key, "" if nobody), and for whom it is."""

    signer: str
    role: str
    meant: str
    service: str
    region: str
    token_fits: bool
    method: str
    operation: str


@dataclass
class Recorder:
    """WSGI. `spoil` may answer in AWS's stead: (what was seen, its number) -> an answer, or None."""

    spoil: Callable[[Seen, int], Answer | None] = lambda _seen, _number: None
    lasts: timedelta = timedelta(hours=1)
    ahead: timedelta = timedelta()
    seen: list[Seen] = field(default_factory=list)
    entered: Counter[tuple[str, str]] = field(default_factory=Counter)
    url: str = ""
    _given: Iterator[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as STS, or as the service that the signature names."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        headers = [("Date", format_datetime(datetime.now(UTC) + self.ahead, usegmt=True))]
        if form.get("Action", "").startswith("AssumeRole"):
            status, text = self._enter(form["RoleArn"])
        else:
            status, text = self._answered(environ, form)
        if "<Region>" in text:
            headers.append(("x-amz-bucket-region", "eu-central-1"))
        if wait := WAIT.search(text):
            headers.append(("Retry-After", wait[1]))
        start_response(f"{status} -", [*headers, ("Content-Type", "text/xml")])
        return [text.encode()] if environ["REQUEST_METHOD"] != "HEAD" else []

    def _enter(self, role_arn: str) -> Answer:
        account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
        with self._lock:
            self.entered[account, role] += 1
            key = f"ASIA{account}x{role.replace('-', '')}x{next(self._given)}"
        until = datetime.now(UTC) + self.ahead + self.lasts
        name = "AssumeRole"
        return 200, (
            f"<{name}Response><{name}Result><AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/{role}/x</Arn>"
            f"<AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId>"
            f"<SecretAccessKey>s</SecretAccessKey><SessionToken>of-{key}</SessionToken><Expiration>"
            f"{until:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials></{name}Result></{name}Response>"
        )

    def _answered(self, environ: dict[str, Any], form: dict[str, str]) -> Answer:
        scope = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
        key, region, service = scope.groups() if scope else ("", "", "")
        parts = KEY.match(key)
        meant = MEANT.search(" ".join([environ["PATH_INFO"], *form.values()]))
        one = Seen(
            signer=parts[1] if parts else key,
            role=parts[2] if parts else "",
            meant=meant[1] if meant else "",
            service=service,
            region=region,
            token_fits=environ.get("HTTP_X_AMZ_SECURITY_TOKEN") == f"of-{key}",
            method=environ["REQUEST_METHOD"],
            operation=form.get("Action", environ["PATH_INFO"]),
        )
        with self._lock:
            self.seen.append(one)
            number = len(self.seen)
        return self.spoil(one, number) or _usual(service, form)


def _usual(service: str, form: dict[str, str]) -> Answer:
    """What kinds would read of the services asked here, on two pages where there are pages."""
    if service == "ec2":
        more = "" if "NextToken" in form else "<nextToken>2</nextToken>"
        return 200, f"<DescribeVolumesResponse><volumeSet/>{more}</DescribeVolumesResponse>"
    if service == "iam":
        more = "<IsTruncated>false</IsTruncated>"
        more = more if "Marker" in form else "<IsTruncated>true</IsTruncated><Marker>2</Marker>"
        return 200, f"<ListRolesResponse><ListRolesResult><Roles/>{more}</ListRolesResult></ListRolesResponse>"
    return 200, "<Tagging><TagSet/></Tagging>"


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder on a free loopback port."""
    recorder = Recorder()
    server = make_server("127.0.0.1", 0, recorder, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without the server's own date, which would stand beside ours."""
        self.send_response_only(code, message)
