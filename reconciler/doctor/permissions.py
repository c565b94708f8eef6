"""Whether the roles have the permissions that the repository's tasks need, by AWS's own simulation.

Source: the IAM API reference, SimulatePrincipalPolicy. It evaluates the policies of the role, its boundary, and the
organization's; not those of resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.doctor.dry_run import denied_reads
from reconciler.doctor.roles import ACT, READ
from reconciler.doctor.subject import CheckSubject
from reconciler.iam.placeholders import fill
from reconciler.iam.scope import used
from reconciler.iam.statements import Purpose, Statement, statements
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.sighting import Problem
from reconciler.model.target import GLOBAL
from reconciler.resources.place import Entered

TYPES = {"Bool": "boolean", "Null": ""}  # operator -> type of its values in simulations; all others compare text


def permissions(subject: CheckSubject) -> Iterator[CheckResult]:
    """The missing permissions, action by action; where simulation is not allowed, by dry runs of EC2's reads alone."""
    if subject.reader.enter(subject.name):
        yield unchecked(f"{READ}'s permissions", "the read role cannot be assumed", subject.name)
        return
    yield _check(subject, f"{READ}'s permissions", "read")
    if subject.writer:
        yield _check(subject, f"{ACT}'s permissions", "act")


def _check(subject: CheckSubject, check: str, purpose: Purpose) -> CheckResult:
    aws = subject.writer if purpose == "act" and subject.writer else subject.reader
    arn = aws.role(subject.name)
    if not arn:
        return unchecked(
            check, "with `credentials: ambient` there is no role whose permissions could be simulated", subject.name
        )
    names = {"partition": subject.account.partition, "account": subject.account.id, **_names(subject)}
    wanted = statements(purpose, used(subject.repository))
    requests = [request for each in wanted if (request := _request(arn, each, names, subject.regions))]
    missing = subject.reader.look(subject.name, GLOBAL, lambda place: _simulate(place, requests))
    if isinstance(missing, Problem):
        if purpose == "read" and (denied := denied_reads(subject)):
            return wrong(check, _message(arn, denied), subject.name)
        remedy = f"allow the read role iam:SimulatePrincipalPolicy on {arn}"
        why = f"it could not be simulated ({missing.message}); {remedy}"
        return unchecked(check, why, subject.name)
    return wrong(check, _message(arn, missing), subject.name) if missing else fine(check, subject.name)


def _names(subject: CheckSubject) -> dict[str, str]:
    aws = subject.repository.config.aws
    return {"read_role": aws.read_role, "act_role": aws.act_role}


def _request(arn: str, statement: Statement, names: Mapping[str, str], regions: list[str]) -> dict[str, Any] | None:
    """The request that simulates a statement of `krampus policy`, its conditions met; None for what it denies."""
    if statement.effect == "Deny":
        return None
    filled = [str(fill(each, names)) for each in statement.arns if each != "*"]
    context = [
        {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [_value(fill(values, names), regions)]}
        for operator, keys in statement.when.items()
        for key, values in keys.items()
        if (kind := TYPES.get(operator, "stringList" if operator.startswith("ForA") else "string"))
    ]
    request = {"PolicySourceArn": arn, "ActionNames": list(statement.actions), "ContextEntries": context}
    samples = [_sample(each, regions, names["account"]) for each in filled]
    return {**request, "ResourceArns": samples} if samples else request


def _simulate(place: Entered, requests: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The IAM actions that the simulation denies -> why."""
    pages = place.client("iam").get_paginator("simulate_principal_policy")
    return {
        result["EvalActionName"]: _why(result)
        for request in requests
        for page in pages.paginate(**request)
        for result in page["EvaluationResults"]
        if result["EvalDecision"] != "allowed"
    }


def _why(result: Mapping[str, Any]) -> str:
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return "by a policy of the organization"
    return "by a policy" if result["EvalDecision"] == "explicitDeny" else ""


def _message(arn: str, denied: Mapping[str, str]) -> str:
    actions = ", ".join(f"{action}{f' ({why})' if why else ''}" for action, why in sorted(denied.items()))
    return f"{arn} is denied {actions}; `krampus policy` prints the policy that it needs"


def _sample(arn: str, regions: list[str], account: str) -> str:
    """An example of the resources that a pattern covers."""
    *head, resource = arn.split(":", 5)
    head[3] = _first(regions) if head[3] == "*" else head[3]
    head[4] = account if head[4] == "*" else head[4]
    return ":".join([*head, resource.replace("*", "krampus")])


def _value(values: Any, regions: list[str]) -> str:
    """An example of the values that meet a condition; its only wildcard is the end of a service's host name."""
    first = values if isinstance(values, str) else values[0]
    return str(first).replace("*", f"{_first(regions)}.amazonaws.com")


def _first(regions: list[str]) -> str:
    return regions[0] if regions else "us-east-1"
