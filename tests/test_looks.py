"""What is looked at, and what is not: no rule may go by what nobody asked AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.decide.looks import looks
from reconciler.decide.rules import decide
from reconciler.ledger.read import Ledger
from reconciler.model.ledger import Event
from reconciler.model.plan import Verdict
from reconciler.model.repository import Repository
from reconciler.model.sighting import Look, Problem, Resource, Trouble
from reconciler.model.task import Order
from reconciler.observe.tags import observe_with_tags
from reconciler.resources.place import Entered
from tests.build import NOW, entry, exemption, ledger_of, look_of, order, repository, reviewed, told
from tests.laws.build import order_of

NOTHING: dict[Any, Any] = {}


def wanted(repo: Repository, ledger: Ledger | None = None) -> list[Look]:
    return list(looks(repo, ledger or ledger_of(), NOW))


def test_an_order_in_force_is_looked_at_for_its_action_and_options() -> None:
    one = order()

    assert wanted(repository(one)) == [Look(one.target, one.action, one.options)]


def test_what_is_past_its_end_or_exempt_is_decided_without_a_look() -> None:
    past = order(1, until=NOW - timedelta(days=1))
    spared = repository(past, order(2), exemptions=[exemption(resources=(order(2).target.arn,))])
    notices = [told(1, days=30), told(2, days=30)]

    assert wanted(spared) == []
    decisions = decide(reviewed(spared, *notices), ledger_of(*notices), NOTHING, NOW).decisions
    assert [one.verdict for one in decisions] == [Verdict.EXPIRED, Verdict.EXEMPT]
    assert [(one.seen, one.calls, one.identity) for one in decisions] == [("", (), "")] * 2


def test_what_another_task_looks_at_says_nothing_to_one_that_is_exempt() -> None:
    spared = exemption(resources=(order().target.arn,), tasks=("spared",))
    repo = repository(order(task="spared"), order(task="other"), exemptions=[spared])

    assert [one.target for one in wanted(repo)] == [order().target]


def test_what_an_exemption_wants_restored_is_looked_at_for_all_that_the_undo_goes_by() -> None:
    restoring = exemption(resources=(order().target.arn,), restore=True)
    repo, one = repository(order(), exemptions=[restoring]), order()
    done = (told(), entry(Event.INTENDED, at=NOW - timedelta(days=1)), entry(Event.APPLIED, at=NOW))

    assert wanted(repo) == []
    assert wanted(repo, ledger_of(*done)) == [look_of(one), Look(one.target, "disable")]


class Queues:
    """One region with queues: their policies, and their tags."""

    account, region, partition = "111122223333", "eu-west-1", "aws"

    def __init__(self, *open_ones: str, denied: bool = False) -> None:
        self._open, self._denied = open_ones, denied
        self.asked: list[list[str]] = []

    def look(self, _account: str, _region: str, see: Callable[[Entered], list[Resource]]) -> list[Resource] | Problem:
        try:
            return see(self)
        except PermissionError:
            return Problem(Trouble.DENIED, "no tags")

    def client(self, _service: str, _region: str = "") -> Any:
        return self

    def get_queue_url(self, QueueName: str, **_: str) -> dict[str, str]:  # noqa: N803  AWS's own name
        return {"QueueUrl": QueueName}

    def get_queue_attributes(self, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803  AWS's own name
        public = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}'
        policy = {"Policy": public} if QueueUrl in self._open else {}
        return {"Attributes": {"CreatedTimestamp": "1700000000", **policy}}

    def get_paginator(self, _name: str) -> Any:
        if self._denied:
            raise PermissionError
        return self

    def paginate(self, ResourceARNList: list[str]) -> Any:  # noqa: N803  AWS's own name
        self.asked.append(ResourceARNList)
        return self

    def search(self, _path: str) -> list[dict[str, Any]]:
        return [{"ResourceARN": arn, "Tags": [{"Key": "Name", "Value": "x"}]} for arn in self.asked[-1]]

    class exceptions:  # noqa: N801  as boto3 has it
        ClientError = RuntimeError


def queue(name: str) -> Order:
    one = order_of("sqs:queue", "disable", {})
    arn = one.target.arn.replace(one.target.name, name)
    return replace(one, target=replace(one.target, arn=arn, name=name))


def test_tags_are_asked_for_in_bulk_and_of_what_there_is_something_left_to_do_about() -> None:
    names = [f"q{number}" for number in range(150)]
    aws = Queues(*names)
    live = observe_with_tags([look_of(queue(name)) for name in [*names, "closed"]], aws, lambda _: None)

    assert [len(asked) for asked in aws.asked] == [100, 50]
    labels = {target.name: one.resource.tags for target, one in live.items() if one.resource}
    assert labels == {**{name: {"Name": "x"} for name in names}, "closed": {}}


def test_an_undo_asks_for_no_tags() -> None:
    aws = Queues("q1")
    observe_with_tags([Look(queue("q1").target, "disable")], aws, lambda _: None)

    assert aws.asked == []


def test_tags_that_cannot_be_read_are_no_absence_of_tags() -> None:
    live = observe_with_tags([look_of(queue(name)) for name in ("q1", "q2")], Queues("q1", denied=True), lambda _: None)

    assert {target.name: one.problem for target, one in live.items()} == {
        "q1": Problem(Trouble.DENIED, "no tags"),
        "q2": None,
    }
