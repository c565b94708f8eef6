"""Resource policies: what counts as public, and that nothing else is taken out."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import pytest

from reconciler.resources.shared.resource_policy import is_public, parse, without_public

ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def allow(principal: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", **more}


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::111122223333:root", "*"]}, {"Service": "*"}]
)
def test_everybody_is_public(principal: Any) -> None:
    assert is_public(allow(principal))


@pytest.mark.parametrize(
    "principal", [{"AWS": "arn:aws:iam::111122223333:root"}, {"Service": ["sns.amazonaws.com"]}, {"CanonicalUser": "7"}]
)
def test_somebody_is_not_public(principal: Any) -> None:
    assert not is_public(allow(principal))


def test_allowing_all_but_a_few_is_public_and_denying_everybody_is_not() -> None:
    few = {"AWS": "arn:aws:iam::111122223333:root"}

    assert is_public({"Effect": "Allow", "NotPrincipal": few, "Action": "*", "Resource": "*"})
    assert not is_public(allow(Effect="Deny"))


@pytest.mark.parametrize(
    "condition",
    [
        ORG,
        {"StringEquals": {"AWS:SourceOwner": "111122223333"}},
        {"stringequals": {"AWS:SOURCEACCOUNT": ["111122223333", "444455556666"]}},
        {"StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/*"]}},
        {"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:acme-assets"}},
        {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::acme-assets"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32", "198.51.100.7"]}},
        {"Bool": {"aws:SecureTransport": "true"}, **ORG},
    ],
)
def test_a_condition_that_ties_it_to_somebody_makes_it_private(condition: dict[str, Any]) -> None:
    assert not is_public(allow(Condition=condition))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalAccount", "111122223333"),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/admin"),
        ("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"),
        ("aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
        ("aws:SourceAccount", "111122223333"),
        ("aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:news"),
        ("aws:SourceOrgID", "o-a1b2c3d4e5"),
        ("aws:SourceOrgPaths", "o-a1b2c3d4e5/r-ab12/"),
        ("aws:SourceOwner", "111122223333"),
        ("aws:SourceVpc", "vpc-1a2b3c4d"),
        ("aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1a2b3c4d"),
        ("aws:SourceVpce", "vpce-1a2b3c4d"),
        ("aws:userid", "AIDAEXAMPLEID"),
        ("kms:CallerAccount", "111122223333"),
        ("s3:DataAccessPointAccount", "111122223333"),
        ("s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:111122223333:accesspoint/ours"),
    ],
)
def test_each_key_that_tells_who_asks_ties_a_statement(key: str, value: str) -> None:
    assert not is_public(allow(Condition={"StringEquals": {key: value}}))
    assert is_public(allow(Condition={"StringEquals": {key: [value, "*"]}}))


@pytest.mark.parametrize(("address", "widest"), [("203.0.113.7", 8), ("2001:db8::7", 32)])
def test_addresses_tie_a_statement_from_one_length_of_their_network_on(address: str, widest: int) -> None:
    lengths = range(ip_address(address).max_prefixlen + 1)

    tied = [n for n in lengths if not is_public(allow(Condition={"IpAddress": {"aws:SourceIp": f"{address}/{n}"}}))]

    assert tied == list(lengths[widest:])


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:Referer": "https://example.com/page"}},
        {"StringEquals": {"aws:PrincipalTag/team": "web"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"StringNotEquals": {"aws:SourceAccount": "111122223333"}},
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringLike": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-*"]}},
        {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"StringLike": {"aws:userid": "*:session"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"}},
        {"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/open"}},
        {"ArnLike": {"aws:SourceArn": "arn:*"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}},
        {"IpAddress": {"aws:SourceIp": "::/0"}},
        {"IpAddress": {"aws:SourceIp": "everywhere"}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}},
        {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}},
    ],
)
def test_a_condition_that_anybody_can_meet_leaves_it_public(condition: dict[str, Any]) -> None:
    assert is_public(allow(Condition=condition))


def test_only_the_public_statements_go() -> None:
    mine, denial = allow({"AWS": "arn:aws:iam::111122223333:root"}, Sid="same"), allow(Effect="Deny")
    policy = {"Version": "2008-10-17", "Id": "kept", "Statement": [mine, allow(Sid="same"), denial]}

    assert without_public(policy) == {"Version": "2008-10-17", "Id": "kept", "Statement": [mine, denial]}


def test_a_policy_without_public_statements_stays_the_very_same() -> None:
    for statement in (allow(Condition=ORG), [allow(Effect="Deny")], []):
        policy = {"Statement": statement}
        assert without_public(policy) is policy


def test_nothing_is_left_of_a_policy_that_was_all_public() -> None:
    assert without_public({"Version": "2012-10-17", "Statement": allow()}) is None
    assert without_public({"Version": "2012-10-17", "Statement": [allow(), allow()]}) is None


def test_two_spellings_of_one_policy_are_equal() -> None:
    one = {"Statement": [allow({"AWS": ["b", "a"]}, Action=["s3:GetObject"]), allow(Effect="Deny")]}
    two = {"Statement": [allow({"AWS": ["a", "b"]}), allow(Effect="Deny")]}

    assert parse(json.dumps(one)) == parse(json.dumps(two)) == two
