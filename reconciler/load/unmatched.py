"""Which resources of exemptions cover no target, and which targets they may have meant. PURE."""

from __future__ import annotations

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from operator import eq

from reconciler.model.repository import Repository
from reconciler.model.spelling import guarding, spelling
from reconciler.model.target import COLONS, is_glob
from reconciler.model.unmatched import Unmatched

MOST = 3  # nearest targets


def unmatched(repository: Repository, before: Repository | None = None) -> Iterator[Unmatched]:
    """The resources of exemptions that cover no target of the tasks and actions that theirs are for.

    `before`: only what these files do not exempt in the same file.
    """
    targets = sorted({order.target.arn for order in repository.orders})
    by_name = _by_name(targets)
    for file, exemption in repository.exemptions.items():
        covered = [order.target.arn for order in repository.covered.get(file, ())]
        whole = {spelling(arn) for arn in covered}
        known = before.exemptions[file].resources if before and file in before.exemptions else ()
        for resource in exemption.resources:
            glob = is_glob(resource)
            met = any(guarding([resource], arn) for arn in covered) if glob else spelling(resource) in whole
            if not met and resource not in known:
                yield Unmatched(file=file, resource=resource, nearest=_nearest(resource, targets, by_name))


def _by_name(targets: Sequence[str]) -> Mapping[str, Sequence[str]]:
    named: dict[str, list[str]] = defaultdict(list)
    for arn in targets:
        named[_name(arn)].append(arn)
    return named


def _name(arn: str) -> str:
    return spelling(arn).rpartition("/")[2].rpartition(":")[2].lower()


def _nearest(resource: str, targets: Sequence[str], by_name: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Those of the same name, in whatever account and region; else those beside it that begin alike, type and all."""
    if same := by_name.get(_name(resource), ()):
        return tuple(same[:MOST])
    # In order, those that have most in common with it stand on both sides of it.
    fixed = re.split("[*?]", resource, maxsplit=1)[0]
    at = bisect(targets, fixed)
    beside = targets[max(0, at - MOST) : at + MOST]
    shared = {arn: sum(1 for _ in takewhile(bool, map(eq, arn, fixed))) for arn in beside}
    kind = min(len(fixed), max(fixed.rfind("/"), fixed.rfind(":")) + 1)
    # One that names no account is near to all there are.
    if fixed.count(":") < COLONS:
        return ()
    near = sorted((arn for arn in beside if shared[arn] >= kind), key=lambda arn: (-shared[arn], arn))
    return tuple(near[:MOST])
