"""Rules of a security group that are open to the world: by one network, or by many that are it together. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from reconciler.resources.shared.ec2_rules import EVERY, PORTED, protocol_name
from reconciler.resources.shared.world import Network, is_private, world

Rule = Mapping[str, Any]
Traffic = tuple[str, int, int]  # protocol, and a port twice, or ICMP's type and code
Ports = tuple[int | None, int | None]
LEAST = {4: 16, 6: 32}
ANY = -1  # all ports, all types of ICMP


def network_of(rule: Rule) -> Network | None:
    """The network that a rule is for, None if it is for something else."""
    cidr = rule["source"].get("CidrIp") or rule["source"].get("CidrIpv6")
    return ip_network(cidr, strict=False) if cidr else None


def is_part(rule: Rule) -> bool:
    """Whether others may have made its network the world: of a /16, or IPv6's /32, at least, and reachable."""
    network = network_of(rule)
    return network is not None and network.prefixlen <= LEAST[network.version] and not is_private(network)


def open_to_world(rules: Sequence[Rule], protocol: str | None, ports: Ports) -> list[Rule]:
    """Those of these rules, of one direction, that let the world in for some traffic, in their order.

    Rules are the world together only where all of them admit the same traffic. protocol, ports: of that alone
    """
    found = [(rule, network) for rule in rules if (network := network_of(rule))]
    if not world(network for _, network in found):  # as of most groups
        return []
    opening: set[int] = set()
    for traffic in _traffic([rule for rule, _ in found], protocol, ports):
        through = [(number, network) for number, (rule, network) in enumerate(found) if _lets(rule, traffic)]
        parts = world(network for _, network in through)
        opening |= {number for number, network in through if network in parts}
    return [found[number][0] for number in sorted(opening)]


def _traffic(rules: Iterable[Rule], protocol: str | None, ports: Ports) -> Iterator[Traffic]:
    """A sample of each sort of traffic that the rules tell apart."""
    of: dict[str, set[tuple[int, int]]] = {}
    for rule in rules:
        of.setdefault(protocol_name(rule["protocol"]), set()).add((rule["from"], rule["to"]))
    low, high = ports
    for name in sorted({*of, protocol} if protocol else of):
        if protocol not in (None, name):
            continue
        if name == EVERY:
            yield EVERY, ANY, ANY
        elif name in PORTED:
            # Which rules admit a port changes only where one begins.
            starts = {max(0, start) for start, _ in of.get(name, ())} | {low or 0}
            yield from ((name, port, port) for port in sorted(starts) if low is None or low <= port <= (high or 0))
        elif low is None:
            yield from ((name, *numbers) for numbers in sorted(of.get(name, {(ANY, ANY)})))


def _lets(rule: Rule, traffic: Traffic) -> bool:
    name, first, second = traffic
    own = protocol_name(rule["protocol"])
    if own == EVERY or own != name:
        return own == EVERY
    if name in PORTED:
        return bool(rule["from"] == ANY or rule["from"] <= first <= rule["to"])
    return rule["from"] in (ANY, first) and rule["to"] in (ANY, second)
