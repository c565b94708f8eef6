"""IAM users: the rules of both verbs, on users as AWS describes them and moto does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.model.sighting import Resource
from reconciler.resources.iam_user import KIND, Delete, Disable, disable, kill
from reconciler.resources.kind import Refused
from tests.aws import seen_by
from tests.stubbed import Stubbed

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
KEY = "AKIAIOSFODNN7EXAMPLE"
OTHER_KEY = "AKIAI44QH8DHBEXAMPLE"


def user(**facts: object) -> Resource:
    usual = {
        "id": "AIDA1",
        "inline": {},
        "attached": [],
        "groups": [],
        "deny_all": "arn:aws:iam::aws:policy/AWSDenyAll",
        "access_key": {},
        "signing_certificate": {},
        "ssh_public_key": {},
        "service_specific_credential": {},
        "password": False,
        "mfa": [],
    }
    return Resource("bob", {**usual, **facts})


def sent(calls: list[Any]) -> list[tuple[str, ...]]:
    return [(call.operation, *call.arguments.values()) for call in calls]


def test_disable_denies_first_and_takes_back_only_what_was_active() -> None:
    calls = disable(
        user(
            access_key={KEY: "Active", OTHER_KEY: "Inactive"},
            signing_certificate={"C1": "Active"},
            ssh_public_key={"APKA1": "Active"},
            service_specific_credential={"ACCA1": "Active", "ACCA2": "Expired"},
        ),
        Disable(),
    )

    assert sent(calls) == [
        ("attach_user_policy", "bob", "arn:aws:iam::aws:policy/AWSDenyAll"),
        ("update_access_key", "bob", KEY, "Inactive"),
        ("update_signing_certificate", "bob", "C1", "Inactive"),
        ("update_ssh_public_key", "bob", "APKA1", "Inactive"),
        ("update_service_specific_credential", "bob", "ACCA1", "Inactive"),
    ]
    assert sent([call.undo for call in calls]) == [
        ("detach_user_policy", "bob", "arn:aws:iam::aws:policy/AWSDenyAll"),
        ("update_access_key", "bob", KEY, "Active"),
        ("update_signing_certificate", "bob", "C1", "Active"),
        ("update_ssh_public_key", "bob", "APKA1", "Active"),
        ("update_service_specific_credential", "bob", "ACCA1", "Active"),
    ]


def test_disable_says_what_to_do_where_no_denial_fits() -> None:
    full = user(deny_all="", inline={"big": {**READ, "Id": "x" * 2000}}, access_key={KEY: "Active"})

    with pytest.raises(Refused, match="credentials_only: true"):
        disable(full, Disable())
    assert sent(disable(full, Disable(credentials_only=True))) == [("update_access_key", "bob", KEY, "Inactive")]


def test_one_access_key_is_all_that_its_id_names() -> None:
    two = user(access_key={KEY: "Active", OTHER_KEY: "Active"}, ssh_public_key={"APKA1": "Active"})

    assert sent(disable(two, Disable(access_key_id=KEY))) == [("update_access_key", "bob", KEY, "Inactive")]
    assert sent(kill(two, Delete(access_key_id=KEY, force=True))) == [("delete_access_key", "bob", KEY)]


def test_a_key_that_the_user_has_not_needs_nothing() -> None:
    one = user(access_key={OTHER_KEY: "Active"})

    assert disable(one, Disable(access_key_id=KEY)) == []
    assert kill(one, Delete(access_key_id=KEY)) == []


def test_an_active_key_is_not_deleted_unless_forced() -> None:
    with pytest.raises(Refused, match="disable it first"):
        kill(user(access_key={KEY: "Active"}), Delete(access_key_id=KEY))
    assert kill(user(access_key={KEY: "Inactive", OTHER_KEY: "Active"}), Delete(access_key_id=KEY))


def test_kill_sends_what_aws_wants_gone_in_order() -> None:
    calls = kill(
        user(
            password=True,
            access_key={OTHER_KEY: "Active", KEY: "Inactive"},
            signing_certificate={"C1": "Active"},
            ssh_public_key={"APKA1": "Active"},
            service_specific_credential={"ACCA1": "Expired"},
            mfa=["arn:aws:iam::123456789012:mfa/bob", "arn:aws:iam::123456789012:u2f/user/bob/key-ABC", "GAHT12345678"],
            groups=["staff", "web"],
            inline={"inline": READ},
            attached=["arn:aws:iam::123456789012:policy/read"],
        ),
        Delete(),
    )

    assert sent(calls) == [
        ("delete_user_policy", "bob", "inline"),
        ("remove_user_from_group", "staff", "bob"),
        ("remove_user_from_group", "web", "bob"),
        ("delete_login_profile", "bob"),
        ("delete_access_key", "bob", OTHER_KEY),
        ("delete_access_key", "bob", KEY),
        ("delete_signing_certificate", "bob", "C1"),
        ("delete_ssh_public_key", "bob", "APKA1"),
        ("delete_service_specific_credential", "bob", "ACCA1"),
        ("deactivate_mfa_device", "bob", "arn:aws:iam::123456789012:mfa/bob"),
        ("delete_virtual_mfa_device", "arn:aws:iam::123456789012:mfa/bob"),
        ("deactivate_mfa_device", "bob", "arn:aws:iam::123456789012:u2f/user/bob/key-ABC"),
        ("deactivate_mfa_device", "bob", "GAHT12345678"),
        ("detach_user_policy", "bob", "arn:aws:iam::123456789012:policy/read"),
        ("delete_user", "bob"),
    ]
    assert [bool(call.undo) for call in calls] == [True] * 3 + [False] * (len(calls) - 3)


def test_a_bare_user_takes_one_call() -> None:
    assert sent(kill(user(), Delete())) == [("delete_user", "bob")]


@pytest.mark.parametrize("model", [Disable, Delete])
@pytest.mark.parametrize(
    ("key", "why"),
    [("ASIAIOSFODNN7EXAMPLE", "is a session"), ("access-key-1", "match pattern"), ("AKIA", "match pattern")],
)
def test_an_option_that_names_no_access_key_is_refused(model: type[Disable | Delete], key: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        model(access_key_id=key)


def test_force_without_a_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="name it with `access_key_id"):
        Delete(force=True)


@contextmanager
def stubbed(answers: Mapping[str, Any] | None = None) -> Iterator[Stubbed]:
    """AWS up to the lists of one user; moto pages none of them and leaves out what AWS leaves out."""
    arn = "arn:aws:iam::aws:policy/AWSDenyAll"
    detail = {
        "Path": "/",
        "UserName": "bob",
        "UserId": "AIDA1234567890123BOB",
        "CreateDate": datetime(2020, 1, 1, tzinfo=UTC),
    }
    asked = {"Filter": ["User"], "MaxItems": 1000}
    with Stubbed("iam") as place:
        place.answers("get_account_authorization_details", asked, {"UserDetailList": [detail], "IsTruncated": False})
        place.answers("get_policy", {"PolicyArn": arn}, {"Policy": {"Arn": arn}})
        for operation, answer in (answers or {}).items():
            place.answers(operation, {"UserName": "bob"}, answer)
        yield place


LISTS = {
    "list_access_keys": {"AccessKeyMetadata": [{"AccessKeyId": KEY, "Status": "Active"}], "IsTruncated": False},
    "list_signing_certificates": {"Certificates": []},
    "list_ssh_public_keys": {"SSHPublicKeys": []},
}


def test_lists_that_aws_cuts_into_pages_are_read_to_the_end() -> None:
    entry = {
        "UserName": "bob",
        "Status": "Active",
        "ServiceUserName": "bob-at-123456789012",
        "CreateDate": datetime(2020, 1, 1, tzinfo=UTC),
        "ServiceName": "codecommit.amazonaws.com",
    }
    operation, ids = "list_service_specific_credentials", ("ACCA1234567890123ONE", "ACCA1234567890123TWO")
    one, two = ({"ServiceSpecificCredentials": [{**entry, "ServiceSpecificCredentialId": id_}]} for id_ in ids)
    with stubbed(LISTS) as place:
        place.answers(operation, {"UserName": "bob"}, {**one, "IsTruncated": True, "Marker": "more"})
        place.answers(operation, {"UserName": "bob", "Marker": "more"}, {**two, "IsTruncated": False})

        (seen,) = seen_by(KIND, "disable", place, ["bob"])

    assert seen.facts["access_key"] == {KEY: "Active"}
    assert seen.facts["service_specific_credential"] == dict.fromkeys(ids, "Active")


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ServiceFailure", "InvalidAction"])
def test_credentials_that_cannot_be_read_are_not_taken_for_none(code: str) -> None:
    with stubbed(LISTS) as place:
        place.fails("list_service_specific_credentials", code)

        with pytest.raises(place.client("iam").exceptions.ClientError, match=code):
            seen_by(KIND, "disable", place, ["bob"])


@pytest.mark.parametrize("since", range(4))
def test_a_user_deleted_in_the_meantime_is_not_there(since: int) -> None:
    listings = [*LISTS, "list_service_specific_credentials"]
    with stubbed({listing: LISTS[listing] for listing in listings[:since]}) as place:
        place.fails(listings[since], "NoSuchEntity", status=404)

        assert seen_by(KIND, "disable", place, ["bob"]) == []


def test_a_password_that_cannot_be_read_is_not_taken_for_none() -> None:
    with stubbed({**LISTS, "list_service_specific_credentials": {"ServiceSpecificCredentials": []}}) as place:
        place.fails("get_login_profile", "AccessDenied", status=403)
        with pytest.raises(place.client("iam").exceptions.ClientError, match="AccessDenied"):
            seen_by(KIND, "kill", place, ["bob"])
