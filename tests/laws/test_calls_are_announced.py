"""The calls in the ledger are all calls that are sent: each was pushed, with its arguments, before AWS was asked."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from botocore import xform_name
from botocore.model import OperationModel
from typer.testing import Result

from reconciler.demo.server import Gate, Request
from tests.depth import sample
from tests.desk import Desk
from tests.test_aws_cli import SDK
from tests.test_every_kind import FIRST, run_until_all_stand

Call = Mapping[str, Any]
MEMBER = re.compile(r"(?:^|&)\w+\.\d+=([^&]*)")  # of a list, as the query protocols write it


def model(call: Call) -> OperationModel:
    service = SDK.get_service_model(call["service"])
    names = {xform_name(name): name for name in service.operation_names}
    return service.operation_model(names[call["operation"]])


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (leaf for inner in value.values() for leaf in leaves(inner))
    elif isinstance(value, list):
        yield from (leaf for inner in value for leaf in leaves(inner))
    else:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def operation_fits(call: Call, request: Request) -> bool:
    """By its name where the wire has one, else by method, path and query."""
    operation, arguments = model(call), call["arguments"]
    if "/" not in request.operation:
        return bool(request.operation == operation.name)
    method, _, address = request.operation.partition(" ")
    template, _, query = str(operation.http["requestUri"]).partition("?")
    filled = re.sub(r"\{(\w+)\+?\}", lambda match: str(arguments.get(match[1], match[0])), template)
    path, _, asked = address.partition("?")
    # S3's buckets stand in the path of this endpoint, whatever the template says.
    ends = unquote(path).rstrip("/").endswith(filled.rstrip("/")) and str(arguments.get("Bucket", "")) in unquote(path)
    same = method == str(operation.http["method"]) and ends
    return same and set(filter(None, query.split("&"))) <= set(asked.split("&"))


def is_said(call: Call, request: Request) -> bool:
    """Whether the request is this call's, or a batch that holds it: all that it asks for stands in it."""
    if not operation_fits(call, request):
        return False
    text = html.unescape(f"{unquote(request.operation)} {request.text}").replace('\\"', '"').replace("+", " ")
    shapes = model(call).input_shape.members
    given = {k: v for k, v in call["arguments"].items() if shapes[k].serialization.get("location") != "header"}
    return all(leaf.replace('\\"', '"').replace("+", " ") in text for leaf in leaves(given))


@dataclass(frozen=True)
class WatchedDesk(Desk):
    """A desk that holds each request of a run that changes something against what the remote's ledger announces."""

    gate: Gate = field(default_factory=lambda: Gate(None))
    sent: list[str] = field(default_factory=list)
    unannounced: list[str] = field(default_factory=list)

    def reconcile(self, after: timedelta, expect: int = 0) -> Result:
        """The main job, watched."""
        self.gate.refuse = self.watch
        try:
            return super().reconcile(after, expect)
        finally:
            self.gate.refuse = lambda _request: None

    def watch(self, request: Request) -> None:
        """What is pushed at this very moment; nothing is refused."""
        if request.writes:
            announced = [call for line in self.ledger() if line["event"] == "intended" for call in line["calls"]]
            members = {leaf for call in announced for leaf in leaves(call["arguments"])}
            more = [member for member in MEMBER.findall(request.text) if unquote(member) not in members]
            self.sent.append(request.operation)
            if more or not any(is_said(call, request) for call in announced):
                self.unannounced.append(f"{request.operation} {request.text} {more}")


@pytest.mark.promise(3, 4)
@pytest.mark.parametrize("action", sample(["disable", "kill"], "disable"))
def test_every_call_of_every_kind_was_pushed_before_it_was_sent(
    desk: Desk, gate: Gate, endpoint: str, action: str
) -> None:
    watched = WatchedDesk(desk.root, desk.remote, desk.issues, gate=gate)

    run_until_all_stand(watched, gate, endpoint, [one for one in FIRST.values() if one.action == action])

    assert len(watched.sent) >= len([one for one in FIRST.values() if one.action == action])
    assert watched.unannounced == []
