"""Every row of the table, before the whole main job: told, due, refused as AWS refuses, and what becomes of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from reconciler.clients.aws.errors import classify
from reconciler.demo.server import Gate, Request, error
from reconciler.model.operation import Known
from reconciler.resources.catalog import resolve
from tests.aws import WEB, Here
from tests.aws_truth.table import EC2, Truth
from tests.aws_truth.table_iam import IAM
from tests.aws_truth.table_lambda import LAMBDA
from tests.aws_truth.table_stores import RDS, S3
from tests.aws_truth.world import instance, role
from tests.conftest import empty, set_environment
from tests.desk import CONFIG, Desk, make_desk, task

TABLE = (*EC2, *IAM, *LAMBDA, *RDS, *S3)
LIMITS = "guardrails: {per_run: {disable: 99, kill: 99}, per_account: {disable: 99, kill: 99}}\n"
BYSTANDERS = 2


@dataclass
class Refusing:
    """The gate's answers: each row's own, to its own resource alone; and how often each was asked."""

    names: list[str]
    asked: Counter[int]

    def __call__(self, request: Request) -> tuple[str, str] | None:
        for number, (row, name) in enumerate(zip(TABLE, self.names, strict=True)):
            mine = request.writes and re.match(row.wire, request.operation)
            if mine and name in f"{request.operation} {request.text}":
                self.asked[number] += 1
                return answer(row, name, request.service) if self.asked[number] <= row.refusals else None
        return None


@dataclass(frozen=True)
class Played:
    """What the run left: the ledger's lines of each target, and how often each row's call was sent."""

    arns: list[str]
    bystanders: list[str]
    ledger: list[dict[str, Any]]
    asked: Counter[int]
    exit_code: int

    def fate(self, arn: str) -> dict[str, Any]:
        (line,) = [one for one in self.ledger if one["target"] == arn and one["event"] in ("applied", "failed")]
        return line


def answer(row: Truth, name: str, service: str) -> tuple[str, str]:
    message = row.message.format(name)
    if service == "lambda":
        return row.status, json.dumps({"__type": row.code, "message": message})
    body = f"<Error><Key>one</Key><Code>{row.code}</Code><Message>{message}</Message></Error>"
    if service == "s3":
        return row.status, f"<DeleteResult>{body}</DeleteResult>" if row.status == "200 OK" else body
    if service == "ec2":
        return row.status, f"<Response><Errors>{body}</Errors></Response>"
    return row.status, error(row.code, message)


@pytest.fixture(scope="module")
def played(served: tuple[str, Gate], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    url, gate = served
    with pytest.MonkeyPatch.context() as patch:
        yield play(make(url, gate, tmp_path_factory, patch), Here(url, WEB), gate)


def make(url: str, gate: Gate, folder: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Desk:
    empty(url, gate)
    set_environment(url, patch)
    return make_desk(folder.mktemp("truth"))


def play(desk: Desk, web: Here, gate: Gate) -> Played:
    arns = [row.make(web, f"truth-{number:02}-x") for number, row in enumerate(TABLE)]
    bystanders = [instance(web), role(web, "bystander")]
    files = {f"tasks/row-{number:02}.yaml": written(row, arns[number]) for number, row in enumerate(TABLE)}
    desk.write({"krampus.yaml": CONFIG + LIMITS, "tasks/beside.yaml": task("disable", *bystanders), **files})
    desk.reconcile(timedelta(0))
    refusing = Refusing([re.split(r"[:/]", arn)[-1] for arn in arns], Counter())
    gate.refuse = refusing
    try:
        result = desk.reconcile(timedelta(days=1), expect=3)
    finally:
        gate.refuse = lambda _request: None
    return Played(arns, bystanders, desk.ledger(), refusing.asked, result.exit_code)


def written(row: Truth, arn: str) -> str:
    target: str | dict[str, str] = {"resource": arn, "account": "website-prod"} if ":s3:::" in arn else arn
    return task(row.action, target, options=dict(row.options))


@pytest.mark.parametrize("number", range(len(TABLE)), ids=lambda number: f"{number:02}-{TABLE[number]}")
def test_each_refusal_has_its_own_outcome_and_a_sentence_for_a_person(played: Played, number: int) -> None:
    row = TABLE[number]
    fate = played.fate(played.arns[number])

    # The call is known by what it looks like on the wire alone, so that each operation of the kind may be meant.
    operations = resolve(played.arns[number])[0].operations
    status = int(row.status[:3])
    assert row.trouble in {classify(row.code, row.message, status, Known((), one.meanings)) for one in operations}
    assert fate["event"] == row.fate
    for word in row.words:
        assert word in fate["detail"]
    if row.fate == "failed":
        assert row.code in fate["detail"]
        assert "Encoded" not in fate["detail"]
    else:
        assert not row.words


@pytest.mark.parametrize("number", range(len(TABLE)), ids=lambda number: f"{number:02}-{TABLE[number]}")
def test_no_refused_call_is_sent_again_but_for_its_rate(played: Played, number: int) -> None:
    times = TABLE[number].times
    assert played.asked[number] == times if times else played.asked[number] >= 1


def test_the_others_go_on(played: Played) -> None:
    assert len(played.bystanders) == BYSTANDERS
    assert {played.fate(arn)["event"] for arn in played.bystanders} == {"applied"}
