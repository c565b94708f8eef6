"""Which resources of exemptions cover no target, and which targets they may have meant. PURE."""

from __future__ import annotations

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import takewhile
from operator import eq

from reconciler.model.repository import Repository
from reconciler.model.spelling import spelling
from reconciler.model.target import COLONS
from reconciler.model.unmatched import Unmatched

MOST = 3  # nearest targets


def unmatched(repository: Repository, before: Repository | None = None) -> Iterator[Unmatched]:
    """The resources of exemptions that cover no target of the tasks and actions that theirs are for.

    `before`: only what these files do not exempt in the same file.
    """
    found = [
        (file, resource)
        for file, exemption in repository.exemptions.items()
        for resource in exemption.resources
        if (file, resource) not in repository.met
        and not (before and file in before.exemptions and resource in before.exemptions[file].resources)
    ]
    if not found:
        return
    targets = sorted({order.target.arn for order in repository.orders})
    by_name = _by_name(targets, {_name(resource) for _, resource in found})
    for file, resource in found:
        yield Unmatched(file=file, resource=resource, nearest=_nearest(resource, targets, by_name))


def _by_name(targets: Sequence[str], names: Set[str]) -> Mapping[str, Sequence[str]]:
    """The targets of these names, by them."""
    named: dict[str, list[str]] = defaultdict(list)
    for arn in targets:
        if (name := _name(arn)) in names:
            named[name].append(arn)
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
