"""Whether a glob can cover anything: an ARN of a known kind, in an account and region of krampus.yaml. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from reconciler.model.arn_pattern import VARIABLE
from reconciler.model.config import Account, Config
from reconciler.model.regions import REGIONS
from reconciler.model.target import Arn, is_glob, matches
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kind

# What a name may not be (`(?!…$)`) is left aside: too much is taken for possible then, and never too little.
NEVER = re.compile(r"\(\?!.*?\$\)")
ANY = r"[!-~]*"
NO_SYMBOL = -1
FILLED, LONGEST_ROW = "a0", 18  # the digits of an id of EC2 are seventeen
Moves = Mapping[int, Mapping[int, int]]


def kinds_with(resource: str, kinds: Sequence[Kind]) -> list[Kind]:
    """Those of the kinds that have an ARN whose last part a glob (`instance/i-0*`) fits."""
    return [kind for kind in kinds if _begins_alike(resource, kind) and _can_fit(resource, _regex(kind))]


@cache
def kinds_of_glob(service: str) -> tuple[Kind, ...]:
    """The kinds of the services that a glob fits."""
    return tuple(KINDS[name] for name in KINDS if matches_part(service, name.partition(":")[0]))


def has_place(config: Config, arn: Arn, kind: Kind) -> bool:
    """Whether partition, region and account of a glob fit those of an ARN of the kind in one of the accounts."""
    form = kind.arn.parts
    for account in _accounts(config, arn.account if form.account else ""):
        if not matches_part(arn.account, account.id if form.account else ""):
            continue
        every = REGIONS[account.partition].union(config.aws.new_regions)
        regions = (account.regions or every) if form.region else ("",)
        if matches_part(arn.partition, account.partition) and any(matches_part(arn.region, one) for one in regions):
            return True
    return False


def _accounts(config: Config, glob: str) -> Iterable[Account]:
    """The accounts that a glob may fit: of one that names an account whole, only that."""
    if not glob or is_glob(glob):
        return config.accounts.values()
    return [config.accounts[config.names[glob]]] if glob in config.names else []


def matches_part(glob: str, text: str) -> bool:
    """Whether a glob of one part of an ARN fits it."""
    return matches(f"arn:::::{glob}", f"arn:::::{text}")


def _begins_alike(glob: str, kind: Kind) -> bool:
    """Whether what comes before the first wildcard can stand before a name of the kind: `role/` is no user's."""
    fixed, form = re.split("[*?]", glob, maxsplit=1)[0], kind.arn.parts.resource.partition("{")[0]
    return fixed.startswith(form) or form.startswith(fixed)


def _regex(kind: Kind) -> str:
    """What follows the account in an ARN of the kind."""
    values = {"name": f"({NEVER.sub('', kind.pattern)})", "path": f"/({ANY}/)?"}
    texts, names = VARIABLE.split(kind.arn.parts.resource)[::2], VARIABLE.split(kind.arn.parts.resource)[1::2]
    found = [values.get(name, ANY) for name in names]
    return "".join(map("".join, zip(map(re.escape, texts), [*found, ""], strict=True)))


@cache
def _can_fit(glob: str, regex: str) -> bool:
    """Whether one text fits both: all pairs of a place in the glob and a state of the regular expression, each once."""
    if _is_filled(glob, regex):
        return True
    moves, symbols, start, ends = _automaton(regex)
    reached, open_ends = {(0, start)}, [(0, start)]
    while open_ends:
        place, state = open_ends.pop()
        if place == len(glob):
            if state in ends:
                return True
            continue
        nexts = moves.get(state, {})
        if glob[place] == "*":
            found = {(place + 1, state), *((place, after) for after in nexts.values())}
        elif glob[place] == "?":
            found = {(place + 1, after) for after in nexts.values()}
        else:
            after = nexts.get(symbols.get(glob[place], NO_SYMBOL))
            found = {(place + 1, after)} if after is not None else set()
        open_ends.extend(found - reached)
        reached |= found
    return False


def _is_filled(glob: str, regex: str) -> bool:
    """Whether the glob fits with a row of one letter in place of its wildcards, as most do: it is cheap to try."""
    form = re.compile(regex)
    rows = (glob.replace("?", letter).replace("*", letter * size) for letter in FILLED for size in range(LONGEST_ROW))
    return any(map(form.fullmatch, rows))


@cache
def _automaton(regex: str) -> tuple[Moves, Mapping[str, int], int, frozenset[int]]:
    """Its deterministic automaton: state -> symbol -> state; character -> symbol; the first state; the last ones."""
    from interegular import parse_pattern  # slow to import, and most repositories have few globs

    machine = parse_pattern(regex).to_fsm()
    symbols = {character: int(machine.alphabet[character]) for character in map(chr, range(33, 127))}
    moves = {int(state): {int(by): int(to) for by, to in nexts.items()} for state, nexts in machine.map.items()}
    return moves, symbols, machine.initial, frozenset(machine.finals)
