"""Plan to session policies: in each account the act role may do what this plan takes there, and no more. PURE.

What a session may is what both its role's policies and the session policy allow. Sources: the STS API reference
(`Policy`: 2,048 characters, and a packed size that only STS knows), and the IAM user guide, "Session policies".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from reconciler.model.operation import permissions
from reconciler.model.plan import Decision, Plan
from reconciler.model.target import Arn, matches
from reconciler.resources.catalog import KINDS

LONGEST = 2048
# What a service asks KMS in the caller's name, with disks under a customer's key. Whether the role may is the owner's
# affair; that it may must not be taken away here.
KEYS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*")
# CloudTrail shows the policy with the call of STS, so its reader learns from this name why it says more than the plan.
EXACT, WIDER, WIDEST = "OnlyWhatThePlanTakes", "ByServiceBecauseTheListIsTooLong", "ByServiceBecauseStsFoundItTooLarge"


def session_policies(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """For each account (its name) in which something is due: its policies, the narrowest first.

    The next one is for where STS finds one too large. The calls of the plan have no say in any of them.
    """
    due: dict[str, list[Decision]] = defaultdict(list)
    for decision in plan.ready:
        due[decision.account].append(decision)
    return {account: _policies(decisions) for account, decisions in due.items()}


def _policies(decisions: Sequence[Decision]) -> tuple[str, ...]:
    lending = sorted({kind.kms_via for kind in (KINDS[one.kind] for one in decisions) if kind.kms_via})
    uses: dict[str, set[str]] = defaultdict(set)
    for decision in decisions:
        for action, arns in _uses(decision):
            uses[action].update(arns)
    narrow = _on_targets(uses, lending)
    wider = (_fitting(uses, lending), _policy(WIDEST, map(_whole, uses), lending))
    return (narrow, *wider) if len(narrow) <= LONGEST else wider


def _uses(decision: Decision) -> Iterator[tuple[str, Iterable[str]]]:
    """The IAM actions of the second look and of what the action sends, as its kind declares them, and on what."""
    kind = KINDS[decision.kind]
    for action in permissions(kind.reads_for(decision.action, undo=bool(decision.undo_progress))):
        yield action, ("*",)
    for operation in kind.sends(decision.action, undo=bool(decision.undo_progress)):
        for scope in operation.scopes:
            for action in scope.actions:
                yield action, [_narrowed(arn, decision.target) for arn in scope.arns]


def _narrowed(arn: str, target: str) -> str:
    """What an operation is used on, as wide as its kind declares it: the target itself, where that is among it."""
    own = Arn.parse(target)
    wide = "*" if arn == "*" else arn.format(partition=own.partition, account=own.account or "*")
    inside = (each for each in (target, f"{target}/*") if wide != "*" and matches(wide, each))
    return next(inside, wide)


def _on_targets(uses: Mapping[str, Set[str]], lending: Sequence[str]) -> str:
    """Each action on the targets that it is for, and on whatever else its kind declares."""
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, arns in uses.items():
        together[("*",) if "*" in arns else tuple(sorted(arns))].append(action)
    stated = [
        _statement(f"{EXACT}{number or ''}", actions, arns) for number, (arns, actions) in enumerate(together.items())
    ]
    return _text([*stated, *_keys(lending)])


def _fitting(actions: Collection[str], lending: Sequence[str]) -> str:
    """The policy on everything, whole services allowed, those with most actions first, until it is short enough."""
    text = _policy(EXACT, actions, lending)
    for service in sorted({_whole(action) for action in actions}, key=lambda service: -_length(service, actions)):
        if len(text) <= LONGEST:
            break
        actions = {service if _whole(action) == service else action for action in actions}
        text = _policy(WIDER, actions, lending)
    return text


def _length(service: str, actions: Collection[str]) -> int:
    return sum(len(action) for action in actions if _whole(action) == service)


def _whole(action: str) -> str:
    return f"{action.partition(':')[0]}:*"


def _policy(sid: str, actions: Iterable[str], lending: Sequence[str]) -> str:
    return _text([_statement(sid, actions, ("*",)), *_keys(lending)])


def _statement(sid: str, actions: Iterable[str], arns: Sequence[str]) -> dict[str, Any]:
    on = arns[0] if len(arns) == 1 else list(arns)
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": on}


def _keys(lending: Sequence[str]) -> list[dict[str, Any]]:
    """`lending`: the services that may use keys in the session's name."""
    via = {"StringLike": {"kms:ViaService": [f"{service}.*" for service in lending]}}
    return [{**_statement("DisksUnderAKey", (), ("*",)), "Action": list(KEYS), "Condition": via}] if lending else []


def _text(stated: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": stated}, separators=(",", ":"))
