"""Plan to session policies: in each account the act role is let do what this plan takes there, and no more. PURE.

What a session may is what both its role's policies and the session policy allow. Sources: the STS API reference
(`Policy`: 2,048 characters, and a packed size that only STS knows), and the IAM user guide, "Session policies".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from reconciler.iam.actions import actions_of
from reconciler.model.plan import Decision, Plan
from reconciler.resources.catalog import KINDS

LONGEST = 2048
# With disks under a customer's key, EC2 and RDS ask KMS in the caller's name. Whether the role may is the owner's
# affair; that it may must not be taken away here.
KEYS = {
    "Sid": "DisksUnderAKey",
    "Effect": "Allow",
    "Action": [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncrypt*",
    ],
    "Resource": "*",
    "Condition": {"StringLike": {"kms:ViaService": ["ec2.*", "rds.*"]}},
}
# CloudTrail shows the policy with the call of STS, so its reader learns from this name why it says more than the plan.
EXACT, WIDER, WIDEST = "OnlyWhatThePlanTakes", "ByServiceBecauseTheListIsTooLong", "ByServiceBecauseStsFoundItTooLarge"


def session_policies(plan: Plan) -> Mapping[str, tuple[str, str]]:
    """For each account (its name) in which something is due: the policy, and a wider one if STS finds it too large."""
    due: dict[str, set[str]] = defaultdict(set)
    for one in plan.ready:
        due[one.account].update(_actions(one))
    return {account: (_fitting(actions), _policy(WIDEST, map(_whole, actions))) for account, actions in due.items()}


def _actions(one: Decision) -> Iterable[str]:
    """What the second look at a target and its calls take, as its kind declares."""
    kind = KINDS[one.kind]
    verb = kind.verbs[one.action]
    declared = verb.undo if one.undo_progress else verb.permissions
    return (*kind.permissions, *verb.reads, *declared, *(action for call in one.calls for action in actions_of(call)))


def _fitting(actions: Collection[str]) -> str:
    """The policy, whole services allowed, those with most actions first, until it is short enough."""
    text = _policy(EXACT, actions)
    for service in sorted({_whole(action) for action in actions}, key=lambda one: -_length(one, actions)):
        if len(text) <= LONGEST:
            break
        actions = {service if _whole(action) == service else action for action in actions}
        text = _policy(WIDER, actions)
    return text


def _length(service: str, actions: Collection[str]) -> int:
    return sum(len(action) for action in actions if _whole(action) == service)


def _whole(action: str) -> str:
    return f"{action.partition(':')[0]}:*"


def _policy(sid: str, actions: Iterable[str]) -> str:
    allowed = {"Sid": sid, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed, KEYS]}, separators=(",", ":"))
