"""Load, observe, decide: the plan of one look, of those of several jobs, or of an undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.connections import Connections
from reconciler.decide.looks import looks
from reconciler.decide.plan_diff import visible, with_the_rest
from reconciler.decide.rules import decide
from reconciler.decide.undo import undo, undoing
from reconciler.decide.undo_scope import in_full
from reconciler.ledger.read import Ledger
from reconciler.load.renamed import called_as
from reconciler.load.unmatched import unmatched
from reconciler.model.looks import Looks
from reconciler.model.plan import Plan, Source, seen_of
from reconciler.model.repository import Repository
from reconciler.model.shard import Shard
from reconciler.model.sighting import Live, Look
from reconciler.model.undo_request import UndoRequest
from reconciler.observe.named import observe
from reconciler.observe.shards import accounts_in, gathered
from reconciler.observe.tags import observe_with_tags
from reconciler.pipeline.basis import dated, read_ledger, with_past

Tick = Callable[[int], None]
See = Callable[[Sequence[Look]], Live]


def make_plan(
    repository: Repository, connections: Connections, now: datetime, tick: Tick, base: Repository | None = None
) -> tuple[Plan, Ledger]:
    """The plan, and the ledger from which it was made; and what `base`, the files before a pull request, came to."""
    return _planned(
        repository, connections, now, lambda wanted: observe_with_tags(wanted, connections.reader(), tick), base
    )


def look(repository: Repository, connections: Connections, now: datetime, shard: Shard, tick: Tick) -> Looks:
    """What a shard sees of its accounts. Nothing is decided by it alone: `merge` takes what all shards saw."""
    accounts = accounts_in((order.target for order in repository.orders), shard)
    wanted = looks(repository, read_ledger(connections, now, None, repository), now)
    live = observe_with_tags([one for one in wanted if one.target.account in accounts], connections.reader(), tick)
    source = Source(commit=connections.report_branch().head())
    return Looks(at=now, repository=source, shard="{}/{}".format(*shard), sightings=seen_of(live))


def merge(repository: Repository, connections: Connections, now: datetime, parts: Sequence[Looks]) -> Plan:
    """The plan of what the shards saw: the very one that a single look would have led to.

    parts: which speak of this commit, each of its own shard, as `cli.shards.looks_handed` has made sure.
    """
    sightings = [seen for part in parts for seen in part.sightings]
    return _planned(repository, connections, now, lambda wanted: gathered(wanted, sightings), None)[0]


def _planned(
    repository: Repository, connections: Connections, now: datetime, see: See, base: Repository | None
) -> tuple[Plan, Ledger]:
    ledger = read_ledger(connections, now, None, repository, base)
    repository = with_past(dated(repository, connections, now), ledger, connections)
    wanted = list(looks(repository, ledger, now))
    if base:
        base = with_past(replace(called_as(base, repository.config), brought=repository.brought), ledger, connections)
        wanted += visible(repository, base, ledger, now)
    live = see(wanted)
    plan = decide(repository, ledger, live, now, connections.report_branch().head())
    if base is not None:
        before = decide(base, ledger, with_the_rest(base, live), now).decisions
        plan = plan.model_copy(update={"before": before, "unmatched": tuple(unmatched(repository, base))})
    return plan, ledger


def plan_undo(
    repository: Repository, connections: Connections, undo_request: UndoRequest, now: datetime
) -> tuple[Plan, Ledger]:
    """The plan that undoes what a task did, and the ledger from which it was made."""
    ledger = read_ledger(connections, now, None)
    undo_request = in_full(ledger, undo_request)
    repository = with_past(repository, ledger, connections, undo_request)
    work = undoing(repository, ledger, undo_request, now)
    live = observe([look for some in work.looks.values() for look in some], connections.reader())
    return undo(work, repository.config, live, now, connections.report_branch().head()), ledger
