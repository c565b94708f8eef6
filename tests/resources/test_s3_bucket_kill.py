"""S3 buckets, killed: sealed, emptied by AWS and deleted, never past a protection, and no object is ever named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.call import Call
from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Refused, Underway
from reconciler.resources.s3_bucket import KIND, kill
from reconciler.resources.shared.s3_contents import EMPTYING
from tests.aws import Here, seen_by, send
from tests.resources.bucket_parts import KEEP, MINE, NAME, OPEN, TLS, policy
from tests.resources.example import Example
from tests.resources.s3_bucket import EXAMPLES, lifecycle, make_full
from tests.resources.seen_bucket import WHOSE, bucket


def look(here: Here) -> Any:
    (seen,) = seen_by(KIND, "kill", here, [NAME])
    return seen


def operations(calls: list[Call]) -> list[str]:
    return [call.operation for call in calls]


def sealed(call: Call) -> list[Any]:
    """What else is in the policy that seals."""
    assert call.operation == "put_bucket_policy"
    kept: list[Any]
    *kept, lock = json.loads(call.arguments["Policy"])["Statement"]
    assert (lock["Effect"], lock["Principal"], lock["Resource"]) == ("Deny", "*", f"arn:aws:s3:::{NAME}/*")
    assert "s3:PutObject" in lock["Action"]
    return kept


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.action == "kill"], ids=str)
def test_a_run_seals_it_and_sets_the_rule_another_waits_and_one_deletes_it(here: Here, example: Example) -> None:
    arn = example.make(here)
    options = Delete(**example.options)

    first = kill(look(here), options)
    assert operations(first) == ["put_bucket_policy", "put_bucket_lifecycle_configuration"]
    send(here, first)
    with pytest.raises(Underway, match="AWS empties it by its lifecycle rule"):
        kill(look(here), options)
    lifecycle(here)
    last = kill(look(here), options)
    assert operations(last) == ["delete_bucket"]
    send(here, last)

    assert example.stands(here, arn)
    assert list(seen_by(KIND, "kill", here, [NAME])) == []


def test_no_key_of_an_object_is_in_what_is_seen_and_done(here: Here) -> None:
    make_full(here)
    here.client("s3").delete_bucket_policy(Bucket=NAME)
    here.client("s3").put_object(Bucket=NAME, Key="ann@example.org", Body=b"x")

    seen = look(here)
    written = json.dumps([seen.facts, [call.model_dump() for call in kill(seen, Delete())]], default=str)
    assert "ann@example.org" not in written
    assert "index.html" not in written
    assert len(written) < 5_000


def test_what_goes_on_writing_to_it_changes_nothing_that_is_planned(here: Here) -> None:
    make_full(here)
    s3 = here.client("s3")
    s3.delete_bucket_policy(Bucket=NAME)
    before = look(here)

    for number in range(3):
        s3.put_object(Bucket=NAME, Key=f"log-{number}", Body=b"x")
    s3.create_multipart_upload(Bucket=NAME, Key="another")
    s3.delete_object(Bucket=NAME, Key="log-1")

    assert look(here).digest == before.digest


def test_an_empty_bucket_is_just_deleted() -> None:
    (only,) = kill(bucket(policy=policy(OPEN)), Delete())

    assert (only.operation, only.arguments, only.undo) == ("delete_bucket", WHOSE, None)


def test_all_that_comes_before_the_deletion_can_be_taken_back() -> None:
    rule = {"ID": "to-glacier", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}
    before = {"LifecycleConfiguration": {"Rules": [rule]}}
    seal, empty = kill(bucket(filled=True, policy=policy(OPEN, MINE), lifecycle=before), Delete())

    assert (empty.operation, empty.arguments) == ("put_bucket_lifecycle_configuration", {**WHOSE, **EMPTYING})
    assert seal.undo
    assert empty.undo
    assert (seal.undo.operation, json.loads(seal.undo.arguments["Policy"])) == (
        "put_bucket_policy",
        policy(OPEN, MINE),
    )
    assert (empty.undo.operation, empty.undo.arguments) == (empty.operation, {**WHOSE, **before})


def test_where_nothing_stood_before_nothing_stands_after_an_undo() -> None:
    back = [call.undo for call in kill(bucket(filled=True), Delete())]

    assert [(undo.operation, undo.arguments) for undo in back if undo] == [
        ("delete_bucket_policy", WHOSE),
        ("delete_bucket_lifecycle", WHOSE),
    ]


RULES = (
    {"ID": "z", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}},
    {"ID": "a", "Status": "Disabled", "Filter": {}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
    {
        "ID": "m",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "x/", "Tags": [{"Key": "keep", "Value": "no"}]}},
        "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    },
)


@pytest.mark.promise(5)
@pytest.mark.parametrize("closed", [False, True], ids=["as it was", "after a disable"])
@pytest.mark.parametrize("configured", [(), RULES], ids=["no rules", "rules"])
def test_a_kill_is_taken_back_until_it_is_deleted(here: Here, configured: Any, closed: bool) -> None:
    """The rule first, so that AWS stops deleting; and what a `disable` of the same task wrote before it, too."""
    make_full(here)
    if configured:
        rules = {"Rules": list(configured)}
        here.client("s3").put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration=rules)
    before, sent = look(here), []
    if closed:
        disable = KIND.verbs["disable"]
        sent = disable.needed(before, disable.options.model_validate({"mode": "policy"}))
        assert sent
        send(here, sent)
    calls = kill(look(here), Delete())
    send(here, calls)

    step = KIND.undo_calls(look(here), [*reversed(calls), *reversed(sent)])
    send(here, step.calls)
    assert "lifecycle" in step.calls[0].operation
    assert look(here).facts == before.facts
    assert not KIND.undo_calls(look(here), [*reversed(calls), *reversed(sent)]).calls


def test_what_somebody_changed_since_is_not_overwritten_by_an_undo(here: Here) -> None:
    make_full(here)
    calls = kill(look(here), Delete())
    send(here, calls)
    here.client("s3").put_bucket_lifecycle_configuration(
        Bucket=NAME, LifecycleConfiguration={"Rules": [dict(RULES[0])]}
    )

    with pytest.raises(Refused, match="its lifecycle changed since"):
        KIND.undo_calls(look(here), calls[::-1])


def test_it_is_sealed_once_and_only_what_is_missing_is_done_again() -> None:
    seal, empty = kill(bucket(filled=True), Delete())
    lock = json.loads(seal.arguments["Policy"])
    rule = {"LifecycleConfiguration": empty.arguments["LifecycleConfiguration"]}

    assert operations(kill(bucket(filled=True, policy=lock), Delete())) == [empty.operation]
    assert operations(kill(bucket(filled=True, lifecycle=rule), Delete())) == [seal.operation]
    with pytest.raises(Underway):
        kill(bucket(filled=True, policy=lock, lifecycle=rule), Delete())


def test_a_statement_that_only_bears_the_seals_name_seals_nothing() -> None:
    false = policy(
        {"Sid": "KrampusSeal", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    )

    assert operations(kill(bucket(filled=True, policy=false), Delete()))[0] == "put_bucket_policy"


def test_sealing_keeps_what_denies_and_drops_what_allows() -> None:
    first, *_ = kill(bucket(filled=True, policy=policy(OPEN, MINE, TLS)), Delete())

    assert sealed(first) == [TLS]


def test_a_guard_that_comes_after_the_seal_is_lifted_by_force_too() -> None:
    first, *_ = kill(bucket(filled=True), Delete())
    seal = json.loads(first.arguments["Policy"])["Statement"]

    again, *_ = kill(bucket(filled=True, policy=policy(*seal, KEEP, TLS)), Delete(force=True))
    assert sealed(again) == [TLS]


@pytest.mark.parametrize(
    ("protection", "says"),
    [
        ({"lock": True}, "object lock is on"),
        ({"mfa": True}, "MFA delete is on"),
        ({"replicates_to": ["arn:aws:s3:::copy"]}, "replicates to arn:aws:s3:::copy"),
    ],
)
def test_kill_refuses_what_aws_would_not_empty_unless_nothing_is_left(protection: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        kill(bucket(filled=True, **protection), Delete(force=True))
    assert operations(kill(bucket(**protection), Delete())) == ["delete_bucket"]


def test_access_points_are_named_before_anything_is_done(here: Here) -> None:
    """AWS refuses to delete a bucket that has some (BucketHasAccessPointsAttached), and moto does not."""
    make_full(here)
    here.client("s3control").create_access_point(AccountId=here.account, Name="partner", Bucket=NAME)
    here.client("s3control").create_access_point(AccountId=here.account, Name="of-another", Bucket=f"{NAME}-2")

    seen = look(here)
    assert seen.facts["access_points"] == ["partner"]
    for filled in (True, False):
        with pytest.raises(Refused, match="access points are attached to it: partner"):
            kill(bucket(filled=filled, access_points=["partner"]), Delete(force=True))


def test_an_undo_goes_back_no_further_than_to_where_somebody_else_wrote_between() -> None:
    """Two acts with a third one's between them: what the first of the two found is not what the last one did."""
    close = KIND.verbs["disable"]
    options = close.options.model_validate({"mode": "policy"})
    (first,) = close.needed(bucket(policy=policy(OPEN, MINE)), options)
    (between,) = close.needed(bucket(policy=policy(OPEN, TLS)), options)
    seal, _empty = kill(bucket(filled=True, policy=policy(MINE)), Delete())
    sealed_now = bucket(filled=True, policy=json.loads(seal.arguments["Policy"]))

    assert KIND.undo_calls(sealed_now, [seal, first]).calls == [seal.reversed, first.reversed]
    assert KIND.undo_calls(sealed_now, [seal, between, first]).calls == [seal.reversed]
