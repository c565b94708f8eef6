"""Who else manages a resource is said wherever its team or a reviewer looks, of every kind; and decides nothing.

But for what AWS itself refuses: what a service of its own manages is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.model import Shape

from reconciler.cli.show import PlanFormat, markdown, show_plan
from reconciler.decide.plan_diff import changes
from reconciler.model.notice import Delivery
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.repository import Repository
from reconciler.model.sighting import Resource
from reconciler.model.task import Action, Order
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_text import draft
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.publish.report import report_files
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.shared.owners import MARKS, NO_OWNER, owners
from tests.aws import Here, seen_by, with_tags
from tests.build import ledger_of, repository, told
from tests.laws.build import decided, looking, notice_of, order_of
from tests.notices import NOWHERE
from tests.resources.example import Example
from tests.resources.examples import CASES, EXAMPLES

FIRST = {(example.kind, example.action): example for example in reversed(EXAMPLES)}
# Tags are read by a kind's look, which only some kills have of their own.
MORE = pytest.mark.proof("one more look of a kind of which `make test` tries one")


def each(found: Mapping[tuple[str, Action], Example]) -> pytest.MarkDecorator:
    """A test for each of these, those that kill in `make proofs` alone."""
    marks = {"kill": (MORE,), "disable": ()}
    ordered = [pytest.param(found[key], id=str(found[key]), marks=marks[key[1]]) for key in sorted(found)]
    return pytest.mark.parametrize("example", ordered)


each_action = each(FIRST)
each_tagged = each({key: one for key, one in FIRST.items() if CASES[one.kind].tag})
EKS = "eks.amazonaws.com"
WORKSPACE = {"terraform:workspace": "Terraform workspace"}


def ordered(example: Example) -> Order:
    return order_of(example.kind, example.action, example.options)


def decision_on(one: Order, resource: Resource, repo: Repository) -> tuple[Plan, Decision]:
    """What is decided of the order, due for long; the resource is as old as any."""
    notice = told(days=30, target=one.target.arn, action=one.action, digest=notice_of(one))
    plan = decided(repo, [notice], looking([one], replace(resource, name=one.target.name, created=None)))
    return plan, plan.decisions[0]


def as_sent(decision: Decision) -> Decision:
    """Without what a thing could be made again by, which has its tags too and is never sent."""
    sent = tuple(call.model_copy(update={"again": ()}) for call in decision.calls)
    return decision.model_copy(update={"calls": sent})


def look(here: Here, example: Example, arn: str) -> Resource:
    kind = KINDS[example.kind]
    (seen,) = seen_by(kind, example.action, here, [resolve(arn)[1]])
    found = with_tags(here, kind, arn, seen)
    # IAM's are refused if their path is not the ARN's, whoever manages them.
    return replace(found, facts={**found.facts, "path": "/"}) if "path" in found.facts else found


def texts(plan: Plan, repo: Repository, renderer: Renderer, capsys: pytest.CaptureFixture[str]) -> Mapping[str, str]:
    """All that a person may read of a plan."""
    show_plan(plan, repo, PlanFormat.TEXT, lambda: renderer)
    run = finished_run(repo, plan, (), ledger_of(told(9)), plan.at)
    (issue,) = task_issues(run, NOWHERE)
    files = report_files(run, attention_of(run), Delivery(), renderer)
    return {
        "text": capsys.readouterr().out,
        "markdown": markdown(plan, repo, renderer),
        "comment": plan_comment(page(plan, "success"), "", renderer),
        "issue": draft(issue, renderer).body,
        **{name: content.decode() for name, content in files.items()},
    }


@pytest.mark.parametrize("name", CASES)
def test_a_kind_says_that_it_has_no_tags_exactly_if_aws_has_none_for_it(name: str) -> None:
    untagged = KINDS[name].tagged == "never"
    assert untagged is (CASES[name].tag is None), 'write `tag` into its CASES, or `tagged="never"`'


@each_tagged
def test_every_look_brings_the_tags_and_every_text_says_whose_it_is(
    here: Here, example: Example, renderer: Renderer, capsys: pytest.CaptureFixture[str]
) -> None:
    tag = CASES[example.kind].tag
    assert tag
    arn = example.make(here)
    tag(here, arn, "terraform:workspace", "payments_prod")
    one, repo = ordered(example), repository(ordered(example), owners=WORKSPACE)
    plan, decision = decision_on(one, look(here, example, arn), repo)

    assert "Terraform workspace payments_prod" in [owner.name for owner in decision.owners]
    for where, text in texts(plan, repo, renderer, capsys).items():
        assert "Terraform workspace payments" in text, where


@each_action
def test_no_tag_refuses_or_spares_anything_but_aws_refuses_what_a_service_of_its_own_manages(
    here: Here, example: Example
) -> None:
    one, repo = ordered(example), repository(ordered(example), owners=WORKSPACE)
    arn = example.make(here)
    with operated() as marked:
        found = look(here, example, arn)
    assert found.operator == (EKS if any(found.name in each.values() for each in marked) else "")

    plain = replace(found, tags={}, operator="")
    _, bare = decision_on(one, plain, repo)
    assert bare.owners == ()

    for mark in MARKS:
        _, decision = decision_on(one, replace(plain, tags={mark.key: "shop"}), repo)
        assert len(decision.owners) == 1, mark.key
        with_tag, without = as_sent(decision), as_sent(bare)
        assert (with_tag.verdict, with_tag.calls) == (without.verdict, without.calls)
        assert not changes([without], [with_tag]), "no pull request has changed it"

    _, managed = decision_on(one, replace(plain, operator=EKS), repo)
    assert bare.verdict is Verdict.READY
    assert (managed.verdict, managed.calls) == (Verdict.REFUSED, ())
    assert "EKS Auto Mode manages it" in managed.why
    assert [owner.name for owner in managed.owners] == ["EKS Auto Mode"]


@contextmanager
def operated() -> Iterator[list[dict[str, Any]]]:
    """Meanwhile every answer says that EKS manages whatever can have an operator; what it has said so of."""
    marked: list[dict[str, Any]] = []
    send = BaseClient._make_api_call

    def answer(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        said = send(client, operation, arguments)
        marked.extend(_operate(said, client.meta.service_model.operation_model(operation).output_shape))
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", answer)
        yield marked


def _operate(value: Any, shape: Shape | None) -> Iterator[dict[str, Any]]:
    if shape is None:
        return
    if shape.type_name == "list":
        for each in value:
            yield from _operate(each, shape.member)
    elif shape.type_name == "structure":
        members = shape.members
        for name in members.keys() & value.keys():
            yield from _operate(value[name], members[name])
        if "Operator" in members:
            value["Operator"] = {"Managed": True, "Principal": EKS}
            yield value


def named(tags: Mapping[str, str], conventions: Mapping[str, str] = WORKSPACE) -> list[str]:
    return [owner.name for owner in owners(Resource("x", {}, tags=tags), conventions)]


def test_one_owner_is_named_once_and_none_is_vague_where_another_tag_names_it() -> None:
    stack = {f"aws:cloudformation:{key}": key for key in ("logical-id", "stack-id", "stack-name")}

    assert named(stack) == ["CloudFormation stack stack-name"]
    assert named({"aws:cloudformation:stack-id": "x", "Name": "y"}) == ["a CloudFormation stack"]
    assert named({"aws:eks:cluster-name": "shop", "eks:cluster-name": "shop"}) == ["EKS cluster shop"]
    assert named({"kubernetes.io/cluster/shop": "owned"}) == ["Kubernetes cluster shop"]


def test_a_tag_of_aws_that_nobody_here_knows_tells_of_an_owner_all_the_same() -> None:
    assert named({"aws:brand-new:thing": "x"}) == ["an AWS service that marks it with the tag aws:brand-new:thing"]
    assert named({key + "x": "x" for key in NO_OWNER}) == []
    assert named({"awsome": "x", "Aws:eks:cluster-name": "x", "team": "web"}) == []


def test_what_somebody_writes_into_a_tag_is_shown_and_no_more() -> None:
    wild = "{} {0} @acme/all <b>|\n# x"

    assert named({"terraform:workspace": wild}) == [f"Terraform workspace {wild}"]
    assert named({"terraform:workspace": ""}) == ["Terraform workspace"]
    assert json.loads(json.dumps(named({"pulumi:project": wild})))
