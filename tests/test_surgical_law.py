"""A surgical `disable` takes away what it names and nothing else: what is left is what was there but for that."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from hypothesis import given

from reconciler.resources.catalog import KINDS
from reconciler.resources.shared.s3_grants import GROUPS
from tests.aws import Here, send
from tests.resources import drawn_bucket, drawn_security_group
from tests.resources.example import Drawn, Facts
from tests.test_undo_law import disabled, look, over_http, sent

PUBLIC = (GROUPS["AllUsers"], GROUPS["AuthenticatedUsers"])
PARTS = ("READ", "WRITE", "READ_ACP", "WRITE_ACP")


def meant(rule: Facts, options: dict[str, Any]) -> Any:
    """Whether a rule is what the options name, written down anew from what the README of the kind says."""
    source = rule["source"]
    cidr = source.get("CidrIp") or source.get("CidrIpv6")
    if rule["direction"] != options.get("direction", "ingress"):
        return False
    if "prefix_list" in options:
        named = source.get("PrefixListId") == options["prefix_list"]
    elif "group" in options:
        named = source.get("GroupId") == options["group"]
    else:
        wanted = [options["cidr"]] if "cidr" in options else ["0.0.0.0/0", "::/0"]
        named = cidr is not None and ip_network(cidr) in [ip_network(one) for one in wanted]
    everything, ported = rule["protocol"] == "-1", rule["protocol"] in ("tcp", "udp")
    if "from_port" in options:
        exact = ported and rule["from"] == options["from_port"] and rule["to"] == options["to_port"]
        return named and exact and options.get("protocol", rule["protocol"]) == rule["protocol"]
    if "protocol" in options and rule["protocol"] != options["protocol"] and not everything:
        return False
    if "port" in options:
        return named and (everything or (ported and rule["from"] <= options["port"] <= rule["to"]))
    return named


def left(grants: list[Facts], options: dict[str, Any]) -> set[tuple[str, str]]:
    """(who, permission) of the grants that the options leave; FULL_CONTROL less a part is the other parts."""
    kept = set()
    for grant in grants:
        who, permission = grant["Grantee"].get("ID") or grant["Grantee"]["URI"], grant["Permission"]
        wanted = GROUPS.get(options.get("principal", ""), options.get("principal"))
        if who != wanted if wanted else who not in PUBLIC:
            kept.add((who, permission))
        elif wanted and "permissions" in options and permission not in options["permissions"]:
            parts = set(PARTS) - set(options["permissions"])
            kept |= {(who, part) for part in (parts if permission == "FULL_CONTROL" else {permission})}
    return kept


def pairs(grants: list[Facts]) -> set[tuple[str, str]]:
    return {(one["Grantee"].get("ID") or one["Grantee"]["URI"], one["Permission"]) for one in grants}


@given(drawn_security_group.drawn())
def test_what_is_left_of_a_security_group_is_all_but_what_is_named(drawn: Drawn) -> None:
    facts, options = drawn

    after = sent("ec2:security-group", facts, disabled("ec2:security-group", facts, options))

    assert after["rules"] == [rule for rule in facts["rules"] if not meant(rule, options)]


@given(drawn_bucket.drawn())
def test_what_is_left_of_an_acl_is_all_but_what_is_named(drawn: Drawn) -> None:
    facts, options = drawn
    calls = disabled("s3:bucket", facts, options)

    after = sent("s3:bucket", facts, calls)

    acl = options.get("mode") == "acl" or "principal" in options
    if acl and calls:
        assert pairs(after["grants"]) == left(facts["grants"], options)
    assert {key: after[key] for key in facts if key != "grants"} == {
        key: facts[key] for key in facts if key != "grants"
    } or not acl


@given(drawn_bucket.drawn())
def test_what_is_left_of_a_bucket_policy_is_every_statement_that_names_somebody(drawn: Drawn) -> None:
    facts, _ = drawn

    after = sent("s3:bucket", facts, disabled("s3:bucket", facts, {"mode": "policy"}))

    before = facts["policy"]["Statement"] if facts["policy"] else []
    kept = after["policy"]["Statement"] if after["policy"] else []
    assert kept == [one for one in before if one["Principal"] not in ("*", {"AWS": "*"})]
    assert {**after, "policy": None} == {**facts, "policy": None}


@over_http
@given(drawn=drawn_security_group.drawn(drawn_security_group.IN_MOTO))
def test_a_security_group_in_aws_keeps_all_but_what_is_named(here: Here, drawn: Drawn) -> None:
    name, options = drawn_security_group.make_drawn(here, drawn)
    before = look(here, "ec2:security-group", name)

    verb = KINDS["ec2:security-group"].verbs["disable"]
    send(here, verb.calls(before, verb.options.model_validate(options)))

    after = look(here, "ec2:security-group", name)
    assert after.facts["rules"] == [rule for rule in before.facts["rules"] if not meant(rule, options)]


@over_http
@given(drawn=drawn_bucket.drawn())
def test_a_bucket_in_aws_keeps_all_grants_but_those_named(here: Here, drawn: Drawn) -> None:
    facts, options = drawn
    if not ("principal" in options or options.get("mode") == "acl"):
        options = {"mode": "acl"}
    name, _ = drawn_bucket.make_drawn(here, ({**facts, "access_block": None}, options))
    before = look(here, "s3:bucket", name)
    verb = KINDS["s3:bucket"].verbs["disable"]

    send(here, verb.calls(before, verb.options.model_validate(options)))

    after = look(here, "s3:bucket", name)
    enforced = before.facts["ownership"] == "BucketOwnerEnforced"
    expected = pairs(before.facts["grants"]) if enforced else left(before.facts["grants"], options)
    assert pairs(after.facts["grants"]) == expected
    assert {**after.facts, "grants": []} == {**before.facts, "grants": []}
