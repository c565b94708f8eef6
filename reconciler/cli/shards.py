"""--shard and `krampus merge`: several jobs look side by side, each at its accounts, and one decides for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import typer

from reconciler.cli.handed import read_as, refused_file
from reconciler.cli.progress import progress
from reconciler.cli.show import write
from reconciler.connections import Connections
from reconciler.model.looks import Looks
from reconciler.model.repository import Repository
from reconciler.model.shard import Shard, parsed
from reconciler.observe.shards import accounts_in, why_not_of
from reconciler.pipeline import plan as planning

# A job may wait for a runner. What was seen longer ago may be another day's.
OLDEST = timedelta(hours=1)
AHEAD = timedelta(minutes=5)  # by which the clocks of two machines may differ


def shard_of(said: str) -> Shard:
    """(2, 8) for "2/8"; BadParameter otherwise."""
    try:
        return parsed(said)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def look_at_shard(repository: Repository, connections: Connections, at: datetime, shard: Shard, out: Path) -> int:
    """Look at the shard's accounts, write what was seen to a file, and return how many targets could not be seen."""
    number, count = shard
    targets = {order.target for order in repository.orders}
    accounts = accounts_in(targets, shard)
    with progress("looking", sum(target.account in accounts for target in targets)) as tick:
        looks = planning.look(repository, connections, at, shard, tick)
    write(out, looks.model_dump_json(indent=1) + "\n")
    unseen = sum(seen.problem is not None for seen in looks.sightings)
    print(f"Shard {number} of {count}: looked at {len(looks.sightings)}, {unseen} of them could not be seen")
    return unseen


def looks_handed(files: Sequence[Path], repository: Repository, commit: str, at: datetime) -> list[Looks]:
    """What shards saw, one of each; InvalidInput if a file is not of this commit, too old, or not what its shard is.

    Of a shard that handed over twice, since its job was run anew, the later look counts.
    """
    by_shard: dict[Shard, tuple[Path, Looks]] = {}
    targets = [order.target for order in repository.orders]
    for file in files:
        looks = read_as(file, Looks)
        shard = _shard_in(file, looks)
        if why := _why_not(looks, commit, at):
            raise refused_file(file, why, "look again: `krampus plan --shard`")
        if why := why_not_of(targets, shard, looks.sightings):
            raise refused_file(file, why, "give what `krampus plan --shard` wrote, unchanged")
        if shard not in by_shard or by_shard[shard][1].at <= looks.at:
            by_shard[shard] = file, looks
    _ensure_of_one_count(by_shard.items())
    return [looks for _, looks in by_shard.values()]


def missing_shards(parts: Iterable[Looks]) -> list[str]:
    """The shards of which nothing was handed over, as "K/N"."""
    handed = {parsed(looks.shard) for looks in parts}
    return [
        f"{number}/{count}"
        for count in {n for _, n in handed}
        for number in range(1, count + 1)
        if (number, count) not in handed
    ]


def _shard_in(file: Path, looks: Looks) -> Shard:
    try:
        return parsed(looks.shard)
    except ValueError as error:
        raise refused_file(file, str(error), "give what `krampus plan --shard` wrote, unchanged") from None


def _why_not(looks: Looks, commit: str, at: datetime) -> str:
    if looks.repository.commit != commit:
        return f"it is of commit {looks.repository.commit[:12]}, but the checkout is at {commit[:12]}"
    if not at - OLDEST <= looks.at <= at + AHEAD:
        return (
            f"it was seen at {looks.at:%Y-%m-%d %H:%M} UTC, and it is {at:%Y-%m-%d %H:%M} UTC: too long ago, or ahead"
        )
    return ""


def _ensure_of_one_count(handed: Iterable[tuple[Shard, tuple[Path, Looks]]]) -> None:
    counts: dict[int, Path] = {}
    for (_, count), (file, _) in handed:
        counts.setdefault(count, file)
    if len(counts) > 1:
        first, *others = counts.items()
        why = f"it is of {others[0][0]} shards, and {first[1]} of {first[0]}"
        raise refused_file(others[0][1], why, "give the files of one matrix")
