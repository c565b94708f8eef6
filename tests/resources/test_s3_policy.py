"""A bucket's policy: what in it would refuse the last step of a kill, and what in it S3 calls public."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.call import Call
from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Refused
from reconciler.resources.s3_bucket import KIND, kill
from reconciler.resources.shared.resource_policy import is_public
from tests.aws import WEB
from tests.resources.bucket_parts import KEEP, MINE, NAME, OPEN, TLS, policy
from tests.resources.seen_bucket import bucket


def kept(call: Call) -> list[Any]:
    """What else is in the policy that seals."""
    assert call.operation == "put_bucket_policy"
    others: list[Any]
    *others, _seal = json.loads(call.arguments["Policy"])["Statement"]
    return others


ROOT = {"AWS": f"arn:aws:iam::{WEB}:root"}


@pytest.mark.parametrize(
    "denial",
    [
        KEEP,
        {**KEEP, "Action": "s3:deleteobject"},
        {**KEEP, "Action": "*"},
        {**KEEP, "Principal": {"AWS": ["*"]}},
        {"Effect": "Deny", "NotPrincipal": ROOT, "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*", "s3:DeleteObject*"], "Resource": "*"},
    ],
)
def test_a_policy_that_forbids_deleting_is_lifted_by_force_alone(denial: dict[str, Any]) -> None:
    for filled in (False, True):
        seen = bucket(policy=policy(denial, TLS), filled=filled)
        with pytest.raises(Refused, match="forbids everybody to delete"):
            kill(seen, Delete())
        first, *_ = kill(seen, Delete(force=True))
        assert kept(first) == [TLS]
        assert first.undo


ARN = f"arn:aws:s3:::{NAME}"
MFA = {"Null": {"aws:MultiFactorAuthAge": "true"}}
LAST = {"Sid": "last", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": ARN}


@pytest.mark.parametrize(
    "denial",
    [
        {**LAST, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}},
        {**LAST, "Condition": {"StringNotLike": {"aws:userId": ["AROAEXAMPLEID:*", WEB]}}},
        {**LAST, "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{WEB}:role/admin"}}},
        {**LAST, "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {**LAST, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.3"}}},
        {**LAST, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}},
        {**LAST, "Action": "s3:*", "Condition": MFA},
        {**LAST, "Action": ["s3:PutBucketPolicy"]},
        {**LAST, "Action": ["s3:putlifecycle*"]},
        {**LAST, "Principal": ROOT},
        {**LAST, "Principal": {"AWS": [WEB]}},
        {**LAST, "Principal": {"AWS": f"arn:aws:iam::{WEB}:role/krampus-act"}},
        {**LAST, "Principal": {"AWS": f"arn:aws:sts::{WEB}:assumed-role/krampus-act/run"}},
        {**{key: one for key, one in LAST.items() if key != "Resource"}, "NotResource": f"{ARN}/*", "Condition": MFA},
    ],
    ids=json.dumps,
)
def test_a_denial_that_may_meet_the_last_step_is_named_before_the_first(denial: dict[str, Any]) -> None:
    for filled in (False, True):
        seen = bucket(policy=policy(denial, TLS), filled=filled)
        with pytest.raises(Refused, match=r"may refuse s3:.* to Krampus \(statement last.*force: true"):
            kill(seen, Delete())
        first, *_ = kill(seen, Delete(force=True))
        assert kept(first) == [TLS]


@pytest.mark.parametrize(
    "denial",
    [
        TLS,
        {**LAST, "Condition": {"BoolIfExists": {"aws:SecureTransport": ["false"]}}},
        {**LAST, "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}},
        {**LAST, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": [WEB, "444455556666"]}}},
        {**LAST, "Condition": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}},
        {**LAST, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}},
        {**LAST, "Principal": {"AWS": "arn:aws:iam::444455556666:root"}},
        {**LAST, "Principal": {"Service": "logging.s3.amazonaws.com"}},
        {**LAST, "Resource": f"{ARN}-2", "Condition": MFA},
        {**LAST, "Resource": f"{ARN}/*", "Condition": MFA},
        {**KEEP, "Effect": "Allow"},
        {**KEEP, "Action": "s3:PutObject"},
        {"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Delete*", "s3:Put*"], "Resource": "*"},
    ],
    ids=json.dumps,
)
def test_other_statements_do_not_hold_it_up(denial: dict[str, Any]) -> None:
    assert [call.operation for call in kill(bucket(policy=policy(denial)), Delete())] == ["delete_bucket"]


# --- public, as S3 has it


def left(statement: dict[str, Any]) -> list[Any]:
    """The statements of a policy with this one after a `disable` with `mode: policy`."""
    verb = KIND.verbs["disable"]
    calls = verb.needed(bucket(policy=policy(MINE, statement)), verb.options.model_validate({"mode": "policy"}))
    written: list[Any] = json.loads(calls[0].arguments["Policy"])["Statement"] if calls else [MINE, statement]
    return written


def on(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {**OPEN, "Action": "s3:PutObject", "Condition": {operator: {key: list(values)}}}


KEY = f"arn:aws:kms:eu-west-1:{WEB}:key/12345678-1234-1234-1234-123456789012"
ENCRYPTED = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@pytest.mark.parametrize(
    "statement",
    [
        on("StringEquals", ENCRYPTED, KEY),
        on("ArnEquals", "S3:X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", KEY),
        on("StringEquals", "aws:userid", "AIDAEXAMPLEID"),
        on("StringEquals", "aws:SourceVpc", "vpc-91237329"),
        on("StringLike", "s3:DataAccessPointArn", f"arn:aws:s3:us-west-2:{WEB}:accesspoint/*"),
        on("StringEquals", "s3:DataAccessPointAccount", WEB),
        {**OPEN, "Principal": {"Federated": f"arn:aws:iam::{WEB}:saml-provider/okta"}},
    ],
    ids=json.dumps,
)
def test_what_s3_calls_not_public_stays(statement: dict[str, Any]) -> None:
    assert left(statement) == [MINE, statement]


@pytest.mark.parametrize(
    "statement",
    [
        on("StringLike", "aws:userid", "AROAEXAMPLEID:*"),
        on("StringLike", "aws:userId", "AIDAEXAMPLEID", "AROAEXAMPLEID:*"),
        on("StringLike", "aws:userid", "AIDA*"),
        on("StringLike", ENCRYPTED, KEY, "*"),
        on("StringLike", ENCRYPTED, f"arn:aws:kms:*:{WEB}:key/*"),
        on("StringEquals", ENCRYPTED, "${aws:PrincipalTag/key}"),
        on("StringNotEquals", ENCRYPTED, KEY),
        on("StringEqualsIfExists", ENCRYPTED, KEY),
        on("StringLike", "aws:SourceVpc", "vpc-*"),
        {**OPEN, "Principal": {"Federated": "graph.facebook.com"}},
    ],
    ids=json.dumps,
)
def test_what_s3_calls_public_goes(statement: dict[str, Any]) -> None:
    assert left(statement) == [MINE]


def test_other_services_have_no_such_definition_and_a_roles_sessions_are_one_roles() -> None:
    assert not is_public(on("StringLike", "aws:userid", "AROAEXAMPLEID:*"))
