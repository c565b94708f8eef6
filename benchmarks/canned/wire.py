"""Takes the place of the network under botocore: every request is counted, and answered in this process."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import botocore.httpsession
from botocore.awsrequest import AWSResponse

from benchmarks.canned import ec2, others
from benchmarks.canned.world import ALL_REGIONS, FIRST, Place, World

SIGNED = re.compile(r"Credential=(?:ASIA(\d{12})|[^/]+)/\d+/([^/]+)/([^/]+)/")
NAMED = re.compile(r"/[^/]*-[0-9a-f]{16}(?=/|$)|/arn[^/]*|/(?=\?)")
READS = re.compile(r"(\w+ )?(Describe|Get|List|Head|Assume|GET|HEAD)")


@dataclass
class Wire:
    """latency: seconds until an answer. calls: by service and operation; seconds: CPU that the answers took."""

    world: World
    latency: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    busiest: int = 0
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def install(self) -> None:
        """From now on no client of this process reaches the network."""
        botocore.httpsession.URLLib3Session.send = lambda _session, request: self.send(request)

    @property
    def writes(self) -> int:
        """How many of the calls changed something."""
        return sum(count for name, count in self.calls.items() if not READS.match(name.partition(" ")[2]))

    def send(self, request: Any) -> AWSResponse:
        """The answer to a signed request of botocore."""
        begun = time.thread_time()
        service, name, status, text = self._answered(request)
        spent = time.thread_time() - begun
        with self._lock:
            self.calls[f"{service} {name}"] += 1
            self.seconds += spent
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        if self.latency:
            time.sleep(self.latency)
        with self._lock:
            self._busy -= 1
        headers = {"Date": formatdate(usegmt=True), "x-amz-bucket-region": self.world.region(0)}
        return AWSResponse(request.url, status, headers, _Body("" if request.method == "HEAD" else text))

    def _answered(self, request: Any) -> tuple[str, str, int, str]:
        url, body = urlsplit(request.url), _text(request.body)
        signed = SIGNED.search(_text(request.headers.get("Authorization", "")))
        key, region, service = signed.groups() if signed else ("", "", "sts")
        form = (
            dict(parse_qsl(body, keep_blank_values=True))
            if body.startswith(("Action=", "Version=")) or "&Action=" in body
            else {}
        )
        if service == "sts":
            return service, form["Action"], 200, others.sts(form)
        if not key:
            raise PermissionError(f"{service} was asked with the keys at hand, and not with those of an account")
        place = Place(int(key) - FIRST, ALL_REGIONS.index(region))
        if service == "ec2":
            return service, form["Action"], 200, ec2.answer(self.world, place, form)
        if service == "iam":
            return service, form["Action"], 200, others.iam(self.world, place, form)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        asked = others.Request(request.method, url.path, query, body)
        name = f"{request.method} {NAMED.sub('/…', url.path)}{''.join(f'?{key}' for key in query if key[0] != 'x')}"
        if service in others.REST:
            return service, name, *others.REST[service](self.world, place, asked)
        # In the JSON protocols a header names the operation.
        target = _text(request.headers.get("X-Amz-Target", "")).rpartition(".")[2]
        return service, form.get("Action", target or name), 200, _nothing(service, request, form)


def _nothing(service: str, request: Any, form: dict[str, str]) -> str:
    """What a service that has nothing says in its protocol."""
    if form:
        return f"<{form['Action']}Response><{form['Action']}Result/></{form['Action']}Response>"
    return "<Nothing/>" if service in ("cloudfront", "s3control") or request.method == "HEAD" else "{}"


def _text(said: Any) -> str:
    if hasattr(said, "read"):
        return str(said.read().decode())
    return said.decode() if isinstance(said, bytes) else str(said or "")


class _Body:
    def __init__(self, text: str) -> None:
        self._bytes = text.encode()

    def stream(self, *_: Any, **__: Any) -> list[bytes]:
        """All at once."""
        return [self._bytes]

    def read(self, *_: Any) -> bytes:
        """All at once, and then nothing."""
        said, self._bytes = self._bytes, b""
        return said
