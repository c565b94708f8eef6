"""Whether the roles trust nobody whom `krampus policy` would not have them trust.

Source: the IAM API reference, GetRole, and the IAM reference on conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.doctor.roles import ACT, READ
from reconciler.doctor.subject import Accounts, CheckSubject
from reconciler.iam.roles import known_trust
from reconciler.iam.statements import Purpose
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.sighting import Problem
from reconciler.model.target import GLOBAL

Statement = Mapping[str, Any]
Pins = dict[str, list[str]]  # condition key in small letters -> the values of which one is asked for
EXACT = ("StringEquals", "StringLike")  # of the operators that pin a value, those that cannot be passed without it
HARMLESS = ("sts:TagSession", "sts:SetSourceIdentity")  # no way in by themselves
ANYBODY = "an ARN"
# claim -> what is let in without it
LETS_IN = {
    "aud": "tokens that were made for another service",
    "sub": "jobs of every repository",
    "repository_id": "jobs of a repository that is made anew under this name",
    "ref": "jobs of any branch or tag that names the environment",
    "environment": "jobs outside of the environment",
    "job_workflow_ref": "any workflow of the branch",
    "sts:externalid": "callers that do not know the external id",
}


def trust(subject: CheckSubject) -> Iterator[CheckResult]:
    """One result for each role; none with `ambient` credentials, where no role is assumed."""
    for check, purpose, aws in ((READ, "read", subject.reader), (ACT, "act", subject.writer)):
        if aws is not None and (arn := aws.role(subject.name)):
            yield _check(subject, f"{check}'s trust", "act" if purpose == "act" else "read", arn)


def _check(subject: CheckSubject, check: str, purpose: Purpose, arn: str) -> CheckResult:
    expected = _expected(subject, purpose)
    if isinstance(expected, str):
        return unchecked(check, expected, subject.name)
    document = _document(subject.reader, subject.name, arn)
    if isinstance(document, Problem):
        why = f"the role cannot be read ({document.message}); allow the read role iam:GetRole on {arn}"
        return unchecked(check, why, subject.name)
    problems = wider(document, expected)
    if not problems:
        return fine(check, subject.name)
    remedy = "deploy the trust policy that `krampus policy` prints"
    return wrong(check, f"{arn} trusts more than it should: {'; '.join(problems)}. {remedy}", subject.name)


def _document(reader: Accounts, account: str, arn: str) -> Mapping[str, Any] | Problem:
    name = arn.rpartition("/")[2]
    shown = reader.look(account, GLOBAL, lambda place: place.client("iam").get_role(RoleName=name))
    if isinstance(shown, Problem):
        return shown
    document: Mapping[str, Any] = shown["Role"]["AssumeRolePolicyDocument"]
    return document


def _expected(subject: CheckSubject, purpose: Purpose) -> list[Statement] | str:
    """The statements that the role may have, or why that is not known here.

    A repository has one of two names in its tokens; beside its number either is as narrow.
    """
    aws = subject.repository.config.aws
    names = {**subject.trusted, "account": subject.account.id, "partition": subject.account.partition}
    if aws.credentials == "role":
        # Who that is, only the policy's author knows: anybody in particular.
        names |= {"trusted": ANYBODY, **({"external_id": aws.external_id} if aws.external_id else {})}
    forms = [{**names, "repository": form} for form in subject.forms] or [names]
    documents = [known_trust(purpose, aws.credentials, each) for each in forms]
    known = [statement for document in documents if document for statement in document["Statement"]]
    return (
        known or "the repository to be trusted is not known here: run it in a job, or set GITHUB_REPOSITORY and a token"
    )


def wider(document: Mapping[str, Any], expected: Sequence[Statement]) -> list[str]:
    """What a trust policy lets in beyond the expected statements, as sentences; what it denies narrows only."""
    found: list[str] = []
    for statement in _listed(document.get("Statement")):
        if statement.get("Effect") == "Allow":
            beyond = [_beyond(statement, each) for each in expected]
            found += sorted(beyond, key=len)[0]
    return list(dict.fromkeys(found))


def _beyond(statement: Statement, expected: Statement) -> list[str]:
    """What of one statement is not in one that is expected."""
    if not _is_trusted(statement.get("Principal"), expected["Principal"]):
        shown = statement.get("Principal") or {"NotPrincipal": statement.get("NotPrincipal")}
        return [f"also the principal {_text(shown)}"]
    known = {each.lower() for each in (expected["Action"], *HARMLESS)}
    actions = [each for each in _listed(statement.get("Action", "*")) if str(each).lower() not in known]
    found = [f"the action {each}" for each in actions]
    pinned, wanted = _pins(statement), _pins(expected)
    for key, values in wanted.items():
        claim = key.rpartition(":")[2] if key not in LETS_IN else key
        if key not in pinned:
            found.append(f"it does not pin `{claim}`, which lets in {LETS_IN[claim]}")
        else:
            found += [f"`{claim}` may be `{value}`" for value in pinned[key] if value not in values]
    return found


def _is_trusted(principal: Any, expected: Mapping[str, str]) -> bool:
    """Whether it is the expected principal, and of an AWS principal, that it is one in particular."""
    if expected.get("AWS") != ANYBODY:
        return isinstance(principal, Mapping) and all(
            _listed(principal.get(kind)) == [expected.get(kind)] for kind in {*principal, *expected}
        )
    if not isinstance(principal, Mapping) or list(principal) != ["AWS"]:
        return False
    return all("*" not in each for each in _listed(principal["AWS"]))


def _pins(statement: Statement) -> Pins:
    """The values that a statement asks for; what it asks for by other operators may be passed without them."""
    conditions = statement.get("Condition") or {}
    return {
        key.lower(): [str(value) for value in _listed(values)]
        for operator in EXACT
        for key, values in conditions.get(operator, {}).items()
    }


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(principal: Any) -> str:
    if not isinstance(principal, Mapping):
        return str(principal)
    return ", ".join(f"{kind} {each}" for kind, values in principal.items() for each in _listed(values))
