"""Whether the roles may do what the repository's tasks take, as AWS's own simulation has it.

Source: the IAM API reference, SimulatePrincipalPolicy. It knows the policies of the role, its boundary, and the
organization's; not those of resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.doctor.dry_run import denied_looks
from reconciler.doctor.roles import ACT, READ
from reconciler.doctor.subject import CheckSubject
from reconciler.iam.placeholders import fill
from reconciler.iam.scope import used
from reconciler.iam.statements import Purpose, Statement, statements
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.sighting import Problem
from reconciler.model.target import GLOBAL
from reconciler.resources.kind import Place

TYPES = {"Bool": "boolean", "Null": ""}  # as simulations call the kinds of values; all other operators compare text


def permissions(subject: CheckSubject) -> Iterator[CheckResult]:
    """What is lacking, action by action; where AWS does not let it be simulated, EC2's dry runs of looks alone."""
    if subject.reader.enter(subject.name):
        yield unchecked(f"{READ}'s permissions", "the read role cannot be entered", subject.name)
        return
    yield _judged(subject, f"{READ}'s permissions", "read")
    if subject.writer:
        yield _judged(subject, f"{ACT}'s permissions", "act")


def _judged(subject: CheckSubject, check: str, purpose: Purpose) -> CheckResult:
    aws = subject.writer if purpose == "act" and subject.writer else subject.reader
    arn = aws.role(subject.name)
    if not arn:
        return unchecked(check, "with `credentials: ambient` nothing is known of what else they may", subject.name)
    names = {"partition": subject.account.partition, "account": subject.account.id, **_names(subject)}
    asked = [_question(arn, one, names, subject.regions) for one in statements(purpose, used(subject.repository))]
    lacking = subject.reader.look(subject.name, GLOBAL, lambda place: _simulated(place, filter(None, asked)))
    if isinstance(lacking, Problem):
        if purpose == "read" and (denied := denied_looks(subject)):
            return wrong(check, _says(arn, denied), subject.name)
        cure = f"let the read role call iam:SimulatePrincipalPolicy on {arn}"
        why = f"it could not be simulated ({lacking.message}); {cure}"
        return unchecked(check, why, subject.name)
    return wrong(check, _says(arn, lacking), subject.name) if lacking else fine(check, subject.name)


def _names(subject: CheckSubject) -> dict[str, str]:
    aws = subject.repository.config.aws
    return {"read_role": aws.read_role, "act_role": aws.act_role}


def _question(arn: str, one: Statement, names: Mapping[str, str], regions: list[str]) -> dict[str, Any] | None:
    """A statement of the policy that `krampus policy` prints, as a question: may the role, if it holds, do this?"""
    if one.effect == "Deny":
        return None
    filled = [str(fill(each, names)) for each in one.arns if each != "*"]
    context = [
        {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [_value(fill(values, names), regions)]}
        for operator, keys in one.when.items()
        for key, values in keys.items()
        if (kind := TYPES.get(operator, "stringList" if operator.startswith("ForA") else "string"))
    ]
    question = {"PolicySourceArn": arn, "ActionNames": list(one.actions), "ContextEntries": context}
    return {**question, "ResourceArns": [_sample(each, regions) for each in filled]} if filled else question


def _simulated(place: Place, questions: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The actions that the simulation denies, and why."""
    pages = place.client("iam").get_paginator("simulate_principal_policy")
    return {
        result["EvalActionName"]: _why(result)
        for question in questions
        for page in pages.paginate(**question)
        for result in page["EvaluationResults"]
        if result["EvalDecision"] != "allowed"
    }


def _why(result: Mapping[str, Any]) -> str:
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return "by a policy of the organization"
    return "by a policy" if result["EvalDecision"] == "explicitDeny" else ""


def _says(arn: str, lacking: Mapping[str, str]) -> str:
    named = ", ".join(f"{action}{f' ({why})' if why else ''}" for action, why in sorted(lacking.items()))
    return f"{arn} is denied {named}; `krampus policy` prints the policy that it takes"


def _sample(arn: str, regions: list[str]) -> str:
    """One resource of those that a pattern covers."""
    *head, resource = arn.split(":", 5)
    head[3] = _first(regions) if head[3] == "*" else head[3]
    return ":".join([*head, resource.replace("*", "krampus")])


def _value(values: Any, regions: list[str]) -> str:
    """One value of those that a condition lets pass; the only wildcards stand for the end of a service's host."""
    first = values if isinstance(values, str) else values[0]
    return str(first).replace("*", f"{_first(regions)}.amazonaws.com")


def _first(regions: list[str]) -> str:
    return regions[0] if regions else "us-east-1"
