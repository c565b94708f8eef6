"""A bucket's policy: what S3 calls public in it, what would refuse a deletion, and how it is sealed. It calls nothing.

Sources: the Amazon S3 User Guide, "The meaning of public"; the IAM User Guide, "Principal" (an account in a denial is
everybody in it) and "Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from reconciler.resources.shared.resource_policy import TIES, fixed, is_public, listed, names_everybody, statements

# S3 trusts no role's sessions as a whole (`AROAEXAMPLE:*`), and does trust one key of KMS.
S3_TIES = {**TIES, "aws:userid": fixed, "s3:x-amz-server-side-encryption-aws-kms-key-id": fixed}
public_for_s3 = partial(is_public, ties=S3_TIES)

SEAL = "KrampusSeal"
# Replication into the bucket is no PutObject; everything else that writes is, multipart uploads too.
WRITES = ["s3:PutObject", "s3:ReplicateDelete", "s3:ReplicateObject"]
DELETIONS = ("s3:deletebucket", "s3:deleteobject", "s3:deleteobjectversion")
# What a kill sends, the last step among it.
STEPS = ("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration")


def sealed(policy: Mapping[str, Any] | None, arn: str, account: str) -> Mapping[str, Any]:
    """The policy with which nobody writes any more; the very same if it is one. Protections are lifted: ask before.

    What else denies stays, as it may protect what is still inside. What allows goes: nobody needs it any more, and S3
    refuses to write a policy with public statements in it while public access is blocked.
    """
    lifted = forbidding(policy, arn, account)
    denials = [each for each in statements(policy) if each["Effect"] == "Deny" and each not in lifted]
    lock = {"Sid": SEAL, "Effect": "Deny", "Principal": "*", "Action": WRITES, "Resource": f"{arn}/*"}
    if policy and not lifted and lock in denials:
        return policy
    return {**(policy or {"Version": "2012-10-17"}), "Statement": [*(each for each in denials if each != lock), lock]}


def forbidding(policy: Mapping[str, Any] | None, arn: str, account: str) -> list[Mapping[str, Any]]:
    """The statements that forbid to delete the bucket of this ARN: to everybody, or to a role of its account."""
    return [each for each in statements(policy) if is_guard(each) or _refused_by(each, arn, account)]


def why_not(statement: Mapping[str, Any], arn: str, account: str) -> str:
    """What one of these forbids, for a person."""
    name = f"statement {statement.get('Sid', 'without a Sid')}"
    if is_guard(statement):
        return f"its policy forbids everybody to delete ({name})"
    on = ", on a condition" if "Condition" in statement else ""
    steps = " and ".join(_refused_by(statement, arn, account))
    return f"its policy may refuse {steps} to Krampus ({name}{on})"


def is_guard(statement: Mapping[str, Any]) -> bool:
    """Whether it forbids deleting to everybody, whatever the request: somebody's protection of the bucket."""
    # A denial on a condition (no TLS, not from our VPC) does not aim at deleting, and AWS still enforces it.
    if statement["Effect"] != "Deny" or "Condition" in statement or not names_everybody(statement):
        return False
    return any(_names(statement, deletion) for deletion in DELETIONS)


def _refused_by(statement: Mapping[str, Any], arn: str, account: str) -> list[str]:
    """Which of a kill's steps AWS may refuse because of it: it does, unless something in it rules that out for sure."""
    if statement["Effect"] != "Deny" or not _may_be_us(statement, account) or not _covers(statement, arn):
        return []
    if any(_never_holds(*condition, account) for condition in _conditions(statement)):
        return []
    return [step for step in STEPS if _names(statement, step.lower())]


def _names(statement: Mapping[str, Any], action: str) -> bool:
    patterns = [one.lower() for one in listed(statement.get("Action", statement.get("NotAction", [])))]
    return any(fnmatchcase(action, pattern) for pattern in patterns) is ("Action" in statement)


def _covers(statement: Mapping[str, Any], arn: str) -> bool:
    patterns = listed(statement.get("Resource", statement.get("NotResource", [])))
    return any(fnmatchcase(arn, pattern) for pattern in patterns) is ("Resource" in statement)


def _may_be_us(statement: Mapping[str, Any], account: str) -> bool:
    """Krampus acts as a role of the bucket's account; which one, a policy that names others need not say."""
    if names_everybody(statement):
        return True
    principal = statement.get("Principal", {})
    named = listed(principal.get("AWS", [])) if isinstance(principal, Mapping) else []
    return any(name == account or re.match(rf"arn:[^:]+:(iam|sts)::{account}:", name) for name in named)


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            name = operator.lower().removesuffix("ifexists")
            yield name, key.lower(), [str(value).lower() for value in listed(values)]


def _never_holds(operator: str, key: str, values: list[str], account: str) -> bool:
    """Whether no request of Krampus meets it: it speaks TLS 1.2 or newer, for itself, as a role of the account."""
    known = {
        ("bool", "aws:securetransport"): values == ["false"],
        ("bool", "aws:principalisawsservice"): values == ["true"],
        ("bool", "aws:viaawsservice"): values == ["true"],
        ("numericlessthan", "s3:tlsversion"): values in (["1"], ["1.0"], ["1.1"], ["1.2"]),
        ("stringequals", "aws:principalaccount"): account not in values,
        ("stringnotequals", "aws:principalaccount"): account in values,
    }
    return known.get((operator, key), False)
