"""For one kind and action: what its generated policies allow, what it was seen to ask, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.iam.placeholders import fill
from reconciler.iam.roles import roles
from reconciler.iam.scope import Wanted
from reconciler.iam.statements import Purpose
from reconciler.model.task import Action
from tests.privilege.ask import Ask
from tests.privilege.evaluate import allowed, applies
from tests.privilege.seen import Seen, seen, seen_in_stub
from tests.resources.examples import CASES
from tests.resources.trial import Trials

ACCOUNT = "123456789012"
NAMES = {"partition": "aws", "account": ACCOUNT, "read_role": "krampus-read", "act_role": "krampus-act"}
# `krampus doctor` has each of the two roles judged by AWS itself, and reads whom it trusts.
EXAMINED = tuple(
    Ask(action, f"arn:aws:iam::{ACCOUNT}:role/krampus-{one}")
    for action in ("iam:GetRole", "iam:SimulatePrincipalPolicy")
    for one in ("read", "act")
)
Document = dict[str, Any]


@dataclass(frozen=True)
class Least:
    """refused: asks that the policies do not allow; idle: actions, and ARNs of actions, that nothing asks for."""

    seen: Seen
    actions: frozenset[str]
    refused: tuple[Ask, ...]
    idle: tuple[str, ...]


def policies(purpose: Purpose, wanted: Wanted) -> list[Document]:
    """The documents of a role, filled in for the tests' account."""
    return [fill(document, NAMES) for role in roles(wanted, [purpose]) for document in role.policies]


def least(trials: Trials, kind: str, action: Action) -> Least:
    """Of every example of it, carried out."""
    cases = CASES[kind]
    found = seen_in_stub(action, cases.not_in_moto) if cases.not_in_moto else Seen()
    for example in (*cases.examples, *cases.more):
        if example.action == action:
            found += seen(trials(example))
    return compared(found, kind, action)


def compared(found: Seen, kind: str, action: Action) -> Least:
    """What was seen against exactly the policies for this kind and action."""
    read, act = (policies(purpose, {kind: (action,)}) for purpose in ("read", "act"))
    looks = (*found.looks, *EXAMINED)
    refused = [ask for ask in looks if not allowed(read, ask)]
    refused += [ask for ask in found.everything if not allowed(act, ask)]
    idle = [f"read: {one}" for one in _idle(read, looks)] + [f"act: {one}" for one in _idle(act, found.everything)]
    actions = {one for document in act for statement in _allowing(document) for one in statement["Action"]}
    return Least(found, frozenset(actions), tuple(refused), tuple(idle))


def _idle(documents: list[Document], asked: Sequence[Ask]) -> Iterator[str]:
    """Actions of statements without which everything that is asked stays allowed; and ARNs likewise."""
    for statement in (one for document in documents for one in _allowing(document)):
        for action in statement["Action"]:
            about = [ask for ask in asked if ask.action == action]
            rest = [{"Statement": [_less(one, statement, action)]} for doc in documents for one in doc["Statement"]]
            if all(allowed(rest, ask) for ask in about):
                yield action
        for arn in statement["Resource"]:
            alone = {**statement, "Resource": [arn]}
            if not any(applies(alone, ask) for ask in asked):
                yield f"{arn} of {', '.join(statement['Action'])}"


def _allowing(document: Document) -> Iterator[Document]:
    return (statement for statement in document["Statement"] if statement["Effect"] == "Allow")


def _less(one: Document, statement: Document, action: str) -> Document:
    return {**one, "Action": [each for each in one["Action"] if each != action]} if one is statement else one
