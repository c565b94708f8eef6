"""IAM users: denied and deactivated, or deleted; and their access keys, one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.iam_user import KIND, Delete, Disable, disable, kill
from tests.aws import Here, seen_by, send
from tests.resources.iam_user import KEY, READ, make, make_where_aws_denies, rename_a_key

OTHER_KEY = "AKIAI44QH8DHBEXAMPLE"


def look(here: Here, verb: Action = "disable") -> Resource:
    (seen,) = seen_by(KIND, verb, here, ["bob", "nobody"])
    return seen


def test_a_user_is_seen_with_what_it_has(here: Here) -> None:
    make(here)
    seen = look(here, "kill")

    facts = dict(seen.facts)
    assert len(facts.pop("id")) > 15
    found = {noun: sorted(facts.pop(noun).values()) for noun in ("access_key", "signing_certificate", "ssh_public_key")}
    assert found == {
        "access_key": ["Active", "Inactive"],
        "signing_certificate": ["Active"],
        "ssh_public_key": ["Active"],
    }
    assert facts == {
        "path": "/people/",
        "inline": {"inline": READ},
        "attached": [f"arn:aws:iam::{here.account}:policy/read"],
        "groups": ["staff"],
        "deny_all": "",
        "service_specific_credential": {"ACCA00000000000000000": "Active"},
        "password": True,
        "mfa": [f"arn:aws:iam::{here.account}:mfa/bob"],
    }
    assert seen.tags == {"team": "web"}
    assert seen.created
    assert seen.created.tzinfo


def test_a_namesake_created_later_is_another_user(here: Here) -> None:
    make(here)
    before = look(here, "kill")
    send(here, kill(before, Delete()))
    here.client("iam").create_user(UserName="bob", Path="/people/")

    assert look(here).facts["id"] != before.facts["id"]


@pytest.mark.parametrize("world", [make, make_where_aws_denies])
@pytest.mark.parametrize("options", [Disable(), Disable(credentials_only=True), Disable(access_key_id=KEY)])
def test_disable_is_undone_exactly(here: Here, world: Callable[[Here], str], options: Disable) -> None:
    world(here)
    rename_a_key(here)
    before = look(here)
    calls = disable(before, options)
    send(here, calls)
    assert disable(look(here), options) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    assert look(here) == before
