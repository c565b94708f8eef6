"""Plan to session policies: in each account the act role may do what this plan takes there, and no more. PURE.

What a session may is what both its role's policies and the session policy allow. Sources: the STS API reference
(`Policy`: 2,048 characters, and a packed size that only STS knows), and the IAM user guide, "Session policies".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from reconciler.model.operation import permissions
from reconciler.model.plan import Decision, Plan
from reconciler.resources.catalog import KINDS

LONGEST = 2048
# What a service asks KMS in the caller's name, with disks under a customer's key. Whether the role may is the owner's
# affair; that it may must not be taken away here.
KEYS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*")
# CloudTrail shows the policy with the call of STS, so its reader learns from this name why it says more than the plan.
EXACT, WIDER, WIDEST = "OnlyWhatThePlanTakes", "ByServiceBecauseTheListIsTooLong", "ByServiceBecauseStsFoundItTooLarge"


def session_policies(plan: Plan) -> Mapping[str, tuple[str, str]]:
    """For each account (its name) in which something is due: the policy, and a wider one if STS finds it too large."""
    due: dict[str, set[str]] = defaultdict(set)
    lending: dict[str, set[str]] = defaultdict(set)
    for decision in plan.ready:
        due[decision.account].update(_actions(decision))
        lending[decision.account].update(filter(None, [KINDS[decision.kind].kms_via]))
    return {account: _policies(actions, sorted(lending[account])) for account, actions in due.items()}


def _actions(decision: Decision) -> Iterable[str]:
    """What the second look at a target and its action take, as its kind declares, whatever calls the plan has."""
    kind = KINDS[decision.kind]
    sent = kind.sends(decision.action, undo=bool(decision.undo_progress))
    return permissions((*kind.reads, *kind.verbs[decision.action].reads, *sent))


def _policies(actions: Collection[str], lending: Sequence[str]) -> tuple[str, str]:
    return _fitting(actions, lending), _policy(WIDEST, map(_whole, actions), lending)


def _fitting(actions: Collection[str], lending: Sequence[str]) -> str:
    """The policy, whole services allowed, those with most actions first, until it is short enough."""
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
    """`lending`: the services that may use keys in the session's name."""
    stated: list[dict[str, Any]] = [{"Sid": sid, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}]
    if lending:
        via = {"StringLike": {"kms:ViaService": [f"{service}.*" for service in lending]}}
        keys = {"Sid": "DisksUnderAKey", "Effect": "Allow", "Action": list(KEYS), "Resource": "*", "Condition": via}
        stated.append(keys)
    return json.dumps({"Version": "2012-10-17", "Statement": stated}, separators=(",", ":"))
