"""Answers that AWS itself has given, played back to a kind's looks without any network.

They are data of others and no part of this repository: `KRAMPUS_RECORDED_ANSWERS` names a folder of theirs, with a file
for each service (`ec2.jsonl`) and an answer on each line: {"operation", "scene", "nr", "status", "answer"}; the answers
of one scene belong to one account at one time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from reconciler.model.operation import Operation
from tests.aws import Alone
from tests.resources.paged import paging
from tests.sdk import offline

Answers = Mapping[tuple[str, str], list[tuple[int, Any]]]  # (service, operation) -> (status, answer), in their order
TOKENS, MORE = ("NextToken", "Marker", "NextMarker", "nextToken"), ("IsTruncated", "Truncated")


def scenes(folder: Path, services: Iterable[str]) -> dict[str, Answers]:
    """Scene -> what these services answered in it."""
    found: dict[str, dict[tuple[str, str], list[tuple[int, Any]]]] = {}
    for service in services:
        path = folder / f"{service}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in sorted(map(_read, lines), key=lambda one: int(one["nr"])):
            of = found.setdefault(line["scene"], {}).setdefault((service, line["operation"]), [])
            of.append((line["status"], line["answer"]))
    return {scene: found[scene] for scene in sorted(found)}


class NotRecordedError(Exception):
    """The scene lacks an answer that cannot be made up."""


@dataclass
class Recorded(Alone):
    """A `Place` in which a scene is played.

    operations: those that the kind declares; unrecorded: answers that stand in for those that the scene lacks. Without
    one, AWS says by the operation's code that there is none, or gives an empty list
    """

    answers: Answers
    operations: Iterable[Operation]
    unrecorded: Mapping[str, Any]
    account: str = "644160558196"
    region: str = "us-east-1"
    partition: str = "aws"
    asked: dict[tuple[str, str], int] = field(default_factory=dict)

    def client(self, service: str, region: str = "") -> Any:
        """A client that sends nothing."""
        client = offline(service, region or self.region)
        client.meta.events.register("before-call.*.*", self._answer)
        return client

    def _answer(self, model: Any, params: Any, **_: Any) -> tuple[Any, Any]:
        service, operation = model.service_model.service_name, model.name
        recorded = self.answers.get((service, operation), [])
        # Nobody has asked for our own tags.
        if not recorded or any(text.startswith("tag:") for text in _texts(params.get("body"))):
            return self._nothing(service, model)
        # One that speaks of what is asked for, or else the next; the last one again and again.
        number = self.asked.get((service, operation), 0)
        self.asked[service, operation] = number + 1
        named = [text for text in _texts(params.get("body")) if len(text) > 3]
        fitting = [one for one in recorded if any(text in json.dumps(one[1], default=str) for text in named)]
        status, answer = (fitting or recorded)[min(number, len(fitting or recorded) - 1)]
        return SimpleNamespace(status_code=status, headers={}), _without_more(answer)

    def _nothing(self, service: str, model: Any) -> tuple[Any, Any]:
        if f"{service}.{model.name}" in self.unrecorded:
            answer = self.unrecorded[f"{service}.{model.name}"]
            return SimpleNamespace(status_code=200, headers={}), {**answer, "ResponseMetadata": {}}
        codes = [
            code
            for one in self.operations
            if (one.service, one.name.replace("_", "")) == (service, model.name.lower())
            for code in one.none
        ]
        if codes:
            error = {"Error": {"Code": codes[0], "Message": "there is none"}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=404, headers={}), error
        how = paging(service, model.name)
        if not how:
            raise NotRecordedError(model.name)
        empty = {**{key: [] for key in how.lists}, **({how.more: False} if how.more else {})}
        return SimpleNamespace(status_code=200, headers={}), {**empty, "ResponseMetadata": {}}


def _read(line: str) -> Any:
    return json.loads(line, object_hook=_dated)


def _dated(one: dict[str, Any]) -> Any:
    if "$date" in one:
        return datetime.fromisoformat(one["$date"])
    # Some recordings of S3 have a text there.
    texts = {key: datetime.fromisoformat(one[key]) for key in ("CreationDate",) if isinstance(one.get(key), str)}
    return {**one, **texts}


def _texts(value: Any) -> Iterable[str]:
    """The texts of a request's body."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _without_more(answer: Any) -> Any:
    """Whole: the next pages were not recorded as such."""
    kept = {key: value for key, value in answer.items() if key not in TOKENS}
    return {**kept, **{key: False for key in MORE if key in answer}, "ResponseMetadata": {}}
