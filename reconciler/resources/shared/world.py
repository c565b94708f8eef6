"""Which networks are the internet, whether one of them is or many are together. PURE.

Together they are the world if they hold at least half of the addresses that anybody can be reached at: 0.0.0.0/0, its
halves, its quarters, everything but the private ranges, everything but one country. Sources: IANA's registries of
special-purpose addresses; for IPv6 its registry of unicast space, which says what has been given out (December 2024).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network
Range = tuple[int, int]  # first and last address


@dataclass(frozen=True)
class Space:
    """All addresses of one version.

    reachable: where those of the internet are, as far as they are given out; private: that nobody on the internet has,
    so that a rule for one of them is for somebody within; unrouted: the rest that nobody has (multicast)
    parts: what goes of a union that is the world: first all in ranges of at least so many addresses; what is in smaller
    ones, a partner's, goes only if a good part of the world (`LEFT`) is left without it
    """

    reachable: tuple[str, ...]
    private: tuple[str, ...]
    unrouted: tuple[str, ...]
    parts: tuple[int, ...]


HALF, LEFT = 2, 16  # the world begins with one half of it; less than a sixteenth is no part of it any more
SPACES = {
    4: Space(
        reachable=("0.0.0.0/0",),
        private=(
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        ),
        unrouted=("224.0.0.0/3",),
        parts=(2**24, 2**16, 1),  # /8, /16
    ),
    6: Space(
        reachable=(
            *("2001::/16", "2003::/18", "2400::/11", "2600::/12", "2610::/23", "2620::/23", "2630::/12", "2800::/12"),
            *("2a00::/11", "2c00::/12"),
        ),
        private=("2001:db8::/32", "fc00::/7", "fe80::/10"),
        unrouted=(),
        parts=(2**112, 2**96, 1),  # /16, /32
    ),
}


def world(networks: Iterable[Network]) -> frozenset[Network]:
    """Those of them that are open to the world, by themselves or together.

    One that lies within another of them names somebody (an office), and is none of them unless a good part of the world
    is left without the other.
    """
    return _open(frozenset(networks))


@lru_cache(maxsize=1 << 12)  # most groups are open to the same few
def _open(networks: frozenset[Network]) -> frozenset[Network]:
    of = {version: {network for network in networks if network.version == version} for version in SPACES}
    return frozenset(part for version, space in SPACES.items() if of[version] for part in _parts(space, of[version]))


def is_private(network: Network) -> bool:
    """Whether nobody on the internet has an address in it."""
    first, last = _span(network)
    private, _, _ = _layout(SPACES[network.version])
    return any(begin <= first and last <= end for begin, end in private)


def _parts(space: Space, networks: Collection[Network]) -> Iterator[Network]:
    _, hidden, public = _layout(space)
    left = {network: _span(network) for network in networks if not is_private(network)}
    if HALF * _size(_common(_union(left.values()), public)) < _size(public):
        return
    for least in space.parts:
        while LEFT * _size(_common(_union(left.values()), public)) >= _size(public):
            # Ranges between which there are only addresses that nobody has are one.
            joined, held = _union([*left.values(), *hidden]), _union(left.values())
            large = [one for one in joined if _size(_common(held, [one])) >= least]
            outer = [n for n in _outermost(left) if any(a <= left[n][0] <= b for a, b in large)]
            if not outer:
                break
            yield from outer
            for network in outer:
                del left[network]


@cache
def _layout(space: Space) -> tuple[list[Range], list[Range], list[Range]]:
    private = _ranges(space.private)
    hidden = _union([*private, *_ranges(space.unrouted)])
    return private, hidden, _without(_ranges(space.reachable), hidden)


def _ranges(networks: Iterable[str]) -> list[Range]:
    return _union(_span(ip_network(network)) for network in networks)


def _span(network: Network) -> Range:
    return int(network.network_address), int(network.broadcast_address)


def _outermost(spans: dict[Network, Range]) -> list[Network]:
    """Those that lie within no other."""
    found, end = [], -1
    for network in sorted(spans, key=lambda one: (spans[one][0], -spans[one][1])):
        if spans[network][1] > end:
            found.append(network)
            end = spans[network][1]
    return found


def _union(ranges: Iterable[Range]) -> list[Range]:
    """In order, those that touch made one."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _common(some: list[Range], others: list[Range]) -> list[Range]:
    pairs = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return [(first, last) for first, last in pairs if first <= last]


def _without(some: list[Range], others: list[Range]) -> list[Range]:
    found = []
    for first, last in some:
        start = first
        for a, b in _common([(first, last)], others):
            if start < a:
                found.append((start, a - 1))
            start = b + 1
        if start <= last:
            found.append((start, last))
    return found


def _size(ranges: Iterable[Range]) -> int:
    return sum(last - first + 1 for first, last in ranges)
