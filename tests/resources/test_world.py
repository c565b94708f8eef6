"""What is open to the world: a rule for all of it, and rules that are all of it together, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, collapse_addresses, ip_network
from typing import Any

import pytest

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.ec2_security_group import KIND, Close, disable, undo_calls
from reconciler.resources.shared.world import world

HALVES, QUARTERS = ("0.0.0.0/1", "128.0.0.0/1"), ("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2")
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
NAME, SSH = "sg-0123456789abcdef0", {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
OFFICE, PARTNER = "8.8.8.0/24", "52.0.0.0/10"


def of(names: Iterable[str]) -> set[str]:
    return {str(network) for network in world(ip_network(name) for name in names)}


def all_but(*out: str) -> list[str]:
    left = [IPv4Network("0.0.0.0/0")]
    for name in map(IPv4Network, out):
        parts = [[*one.address_exclude(name)] if name.subnet_of(one) else [one] for one in left]
        left = [part for some in parts for part in some]
    return [str(network) for network in collapse_addresses(left)]


@pytest.mark.parametrize(
    "all_of_it",
    [
        ("0.0.0.0/0",),
        ("::/0",),
        HALVES,
        QUARTERS,
        ("::/1", "8000::/1"),
        ("2000::/3",),
        ("2000::/4",),
        ("2400::/12", "2600::/12", "2800::/12", "2a00::/12", "2c00::/12"),
        tuple(map(str, ip_network("2000::/3").subnets(new_prefix=8))),
        tuple(str(each) for each in ip_network("0.0.0.0/0").subnets(new_prefix=6)),
        tuple(all_but(*PRIVATE)),
        tuple(all_but(*PRIVATE, "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "224.0.0.0/4")),
        tuple(all_but(OFFICE)),
        tuple(all_but("17.0.0.0/8", "3.0.0.0/8")),
    ],
    ids=lambda some: f"{some[0]}-{len(some)}".replace("/", "_"),
)
def test_what_is_the_world_together_is_the_world_part_by_part(all_of_it: tuple[str, ...]) -> None:
    assert of(all_of_it) == set(all_of_it)


def test_what_is_within_is_somebody_and_stays_unless_it_is_a_good_part_itself() -> None:
    assert of((*HALVES, OFFICE, PARTNER, "10.0.0.0/8", "2a05:d000::/29")) == set(HALVES)
    assert of(("0.0.0.0/0", *HALVES, OFFICE)) == {"0.0.0.0/0", *HALVES}
    assert of(("0.0.0.0/2", "64.0.0.0/2", "200.1.0.0/16")) == {"0.0.0.0/2", "64.0.0.0/2"}


@pytest.mark.parametrize(
    "some",
    [
        (),
        PRIVATE,
        (OFFICE, PARTNER, "2600:1f00::/24"),
        ("128.0.0.0/2", "192.0.0.0/2"),  # little of it is given out
        ("3000::/4",),  # nobody is there
        ("fc00::/7", "fe80::/10", "2001:db8::/32"),
        tuple(str(each) for number, each in enumerate(ip_network("0.0.0.0/1").subnets(new_prefix=9)) if number % 2),
        ("2600::/12", "2a00::/12"),
    ],
)
def test_less_than_half_of_it_is_not_the_world(some: tuple[str, ...]) -> None:
    assert of(some) == set()


def test_private_networks_that_complete_it_stay() -> None:
    assert of((*all_but(*PRIVATE), *PRIVATE)) == set(all_but(*PRIVATE))


# --- rules


def rule(cidr: str, low: int = 22, high: int = 22, protocol: str = "tcp", **over: Any) -> dict[str, Any]:
    usual = {"direction": "ingress", "protocol": protocol, "from": low, "to": high, "description": "", "tags": {}}
    return {**usual, "source": {"CidrIpv6" if ":" in cidr else "CidrIp": cidr}, **over}


def closed(rules: Iterable[dict[str, Any]], **options: Any) -> set[tuple[str, int, str]]:
    calls = disable(Resource(NAME, {"group_name": "web", "rules": list(rules)}), Close(**options))
    return {
        (each["CidrIp"], one.get("FromPort", -1), one["IpProtocol"])
        for call in calls
        for one in call.arguments["IpPermissions"]
        for each in one["IpRanges"]
    }


BOTH = {("0.0.0.0/1", 22, "tcp"), ("128.0.0.0/1", 22, "tcp")}
ALL: dict[str, Any] = {"low": -1, "high": -1, "protocol": "-1"}


def test_halves_of_one_port_go_and_the_office_stays() -> None:
    rules = [rule(one) for one in (*HALVES, OFFICE)]

    for options in ({}, {"port": 22}, {"protocol": "tcp"}, {"from_port": 22, "to_port": 22}):
        assert closed(rules, **options) == BOTH
    assert closed(rules, port=23) == closed(rules, protocol="udp") == closed(rules, direction="egress") == set()


@pytest.mark.parametrize(
    "other",
    [rule("192.0.0.0/2", 23, 23), rule("192.0.0.0/2", protocol="udp"), rule("192.0.0.0/2", direction="egress")],
)
def test_parts_for_different_traffic_are_not_the_world_together(other: dict[str, Any]) -> None:
    assert closed([rule("128.0.0.0/2"), rule("0.0.0.0/3"), other]) == set()
    assert closed([rule("128.0.0.0/2"), rule("0.0.0.0/3"), rule("192.0.0.0/2"), rule("64.0.0.0/2")]) != set()


def test_parts_whose_ports_overlap_are_the_world_where_they_do() -> None:
    rules = [rule("0.0.0.0/3", 0, 1023), rule("64.0.0.0/2", 22, 80), rule("192.0.0.0/2", **ALL)]
    all_three = {("0.0.0.0/3", 0, "tcp"), ("64.0.0.0/2", 22, "tcp"), ("192.0.0.0/2", -1, "-1")}

    assert closed(rules) == closed(rules, port=80) == all_three
    assert closed(rules, port=81) == closed(rules, port=21) == set()
    assert closed(rules, from_port=22, to_port=80) == {("64.0.0.0/2", 22, "tcp")}


def test_icmp_of_one_type_is_not_icmp_of_another() -> None:
    echo = [rule(one, 8, 0, "icmp") for one in QUARTERS[:2]]

    assert len(closed(echo)) == len(closed([echo[0], rule(QUARTERS[1], -1, -1, "icmp")])) == 2
    assert closed([echo[0], rule(QUARTERS[1], 3, 4, "icmp")]) == set()


def test_a_network_that_is_named_is_that_one_alone() -> None:
    assert closed([rule(one) for one in HALVES], cidr="128.0.0.0/1") == {("128.0.0.0/1", 22, "tcp")}
    assert closed([rule(one) for one in HALVES], cidr="0.0.0.0/0") == set()


def test_what_went_in_several_calls_for_its_tags_comes_back_all_the_same() -> None:
    rules = [rule(one, tags={"owner": one}) for one in (*QUARTERS, OFFICE)]
    group = Resource(NAME, {"group_name": "web", "rules": rules})
    calls = disable(group, Close())
    after = Resource(group.name, {"group_name": "web", "rules": rules[4:]})

    assert len(calls) == len(QUARTERS)
    assert all(KIND.makes("disable", {}, after, call) for call in calls)
    assert len(undo_calls(after, calls).calls) == len(QUARTERS)


@pytest.mark.parametrize("some", [(OFFICE,), ("10.0.0.0/8",), ("192.168.0.0/16",), (*HALVES, PARTNER)])
def test_no_undo_opens_what_was_no_part_of_the_world(some: tuple[str, ...]) -> None:
    permissions = [{**SSH, "IpRanges": [{"CidrIp": cidr}]} for cidr in some]
    undo = Call(
        service="ec2",
        operation="authorize_security_group_ingress",
        arguments={"GroupId": NAME, "IpPermissions": permissions},
    )
    forged = undo.model_copy(update={"operation": "revoke_security_group_ingress", "undo": undo})

    assert not KIND.makes("disable", {}, Resource(NAME, {"rules": []}), forged)


def test_an_undo_opens_the_world_that_was() -> None:
    (call,) = disable(Resource(NAME, {"group_name": "web", "rules": [rule(one) for one in HALVES]}), Close())

    assert KIND.makes("disable", {}, Resource(NAME, {"rules": []}), call)
