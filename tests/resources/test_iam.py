"""What the IAM kinds share: a policy survives being taken away and put back, and a denial always fits."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from reconciler.model.sighting import Resource
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Refused
from reconciler.resources.shared.iam import DENY, QUARANTINE, Who, deny, deny_all, details, seen, strip, text
from tests import moto_iam
from tests.aws import Here
from tests.stubbed import Stubbed

AWS_DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
ROOM = 2048


def allow(resource: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]}


def user(**facts: object) -> Resource:
    return Resource("bob", {"deny_all": AWS_DENY_ALL, "attached": [], "inline": {}, **facts})


def attached(count: int) -> list[str]:
    return [f"arn:aws:iam::123456789012:policy/p{number:02}" for number in range(count)]


def test_details_come_in_pages_and_with_url_encoded_documents() -> None:
    usual = {"CreateDate": "2026-01-05T00:00:00Z", "Path": "/", "Arn": "arn:aws:iam::123456789012:group/one"}
    encoded = quote(json.dumps(allow("a%41 +")), safe="")
    one = {
        **usual,
        "GroupName": "one",
        "GroupId": "AGPA1234567890123ONE",
        "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": encoded}],
    }
    two = {**usual, "GroupName": "two", "GroupId": "AGPA1234567890123TWO"}
    with Stubbed("iam") as place:
        place.answers(
            "get_account_authorization_details",
            {"Filter": ["Group"], "MaxItems": 1000},
            {"GroupDetailList": [one], "IsTruncated": True, "Marker": "more"},
        )
        place.answers(
            "get_account_authorization_details",
            {"Filter": ["Group"], "MaxItems": 1000, "Marker": "more"},
            {"GroupDetailList": [two], "IsTruncated": False},
        )

        found = [seen(detail, "group").facts for detail in details(place, "group", None)]

    assert found[0] == {"path": "/", "id": "AGPA1234567890123ONE", "inline": {"p": allow("a%41 +")}, "attached": []}
    assert found[1] == {"path": "/", "id": "AGPA1234567890123TWO", "inline": {}, "attached": []}


@pytest.mark.parametrize("resource", ["plain", "ä in Latin-1", "語 beyond it", 'quoted " and \\', "a%41 +"])
def test_a_document_written_and_read_is_the_same(resource: str) -> None:
    written = text(allow(resource))

    assert json.loads(written) == allow(resource)
    assert max(written) <= "\xff"


def test_a_denial_is_attached_where_aws_has_one(here: Here) -> None:
    assert deny_all(here) == ""
    moto_iam.deny_all(here.account)
    assert deny_all(here) == AWS_DENY_ALL


def test_an_error_is_not_taken_for_a_missing_policy() -> None:
    with Stubbed("iam") as place:
        place.fails("get_policy", "AccessDenied", status=403)

        with pytest.raises(place.client("iam").exceptions.ClientError, match="AccessDenied"):
            deny_all(place)


def test_aws_own_policy_is_preferred_and_undone() -> None:
    (call,) = deny(user(attached=attached(9)), "user", ROOM, "")

    assert (call.operation, call.arguments) == ("attach_user_policy", {"UserName": "bob", "PolicyArn": AWS_DENY_ALL})
    assert call.undo
    assert (call.undo.operation, call.undo.arguments) == ("detach_user_policy", call.arguments)


@pytest.mark.parametrize("facts", [{"attached": attached(10)}, {"deny_all": ""}])
def test_where_it_cannot_be_attached_an_inline_policy_denies(facts: dict[str, object]) -> None:
    (call,) = deny(user(**facts), "user", ROOM, "")

    assert call.operation == "put_user_policy"
    assert call.arguments == {"UserName": "bob", "PolicyName": QUARANTINE, "PolicyDocument": text(DENY)}
    assert call.undo
    assert call.undo.operation == "delete_user_policy"
    assert call.undo.arguments == {"UserName": "bob", "PolicyName": QUARANTINE}


def test_an_inline_denial_has_to_fit_to_the_last_character() -> None:
    room = len(text(allow("x"))) + len(text(DENY))
    full = user(deny_all="", inline={"p": allow("x")})

    assert len(deny(full, "user", room, "")) == 1
    with pytest.raises(Refused, match=r"less than 2,047 .* remove one"):
        deny(user(deny_all="", inline={"p": allow("x" * 2000)}), "user", 2047, "remove one")
    with pytest.raises(Refused):
        deny(full, "user", room - 1, "")


def test_a_denial_that_stands_is_not_repeated() -> None:
    assert deny(user(attached=[AWS_DENY_ALL]), "user", ROOM, "") == []
    assert deny(user(inline={QUARANTINE: DENY}), "user", ROOM, "") == []
    assert deny(user(deny_all="", inline={QUARANTINE: DENY}), "user", ROOM, "") == []


def test_a_policy_of_the_same_name_that_denies_less_is_neither_trusted_nor_overwritten() -> None:
    changed = user(deny_all="", inline={QUARANTINE: allow("*")})

    with pytest.raises(Refused, match="not the one that Krampus writes"):
        deny(changed, "user", ROOM, "")
    assert deny(user(inline={QUARANTINE: allow("*")}), "user", ROOM, "")[0].operation == "attach_user_policy"


@pytest.mark.promise(5)
@pytest.mark.parametrize("who", ["user", "role"])
def test_an_undo_deletes_no_denial_that_somebody_changed_since(who: Who) -> None:
    calls = deny(user(deny_all=""), who, ROOM, "")
    undo = KINDS[f"iam:{who}"].undo_calls

    assert undo(user(inline={QUARANTINE: DENY}), calls).calls == [call.reversed for call in calls]
    assert not undo(user(inline={"other": DENY}), calls).calls
    with pytest.raises(Refused, match=f"{QUARANTINE} was changed since; remove it by hand"):
        undo(user(inline={QUARANTINE: allow("*")}), calls)


def test_denials_are_taken_away_last() -> None:
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    calls = strip(user(attached=[AWS_DENY_ALL, other], inline={QUARANTINE: DENY, "Zoo": allow("*")}), "user")

    assert [call.arguments.get("PolicyName", call.arguments.get("PolicyArn")) for call in calls] == [
        other,
        AWS_DENY_ALL,
        QUARANTINE,
    ]
