"""The stages of the main job, each with the work that it is, at an installation of a size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.cli.handed import plan_handed
from reconciler.cli.plan_file import write_plan
from reconciler.ledger.read import read
from reconciler.ledger.record import is_run_state
from reconciler.model.ledger import Entry, Event
from reconciler.model.outcome import Outcome
from reconciler.model.undo_request import UndoRequest
from reconciler.pipeline import plan as planning
from reconciler.pipeline import run as running
from tests.growth.work import Count, Work
from tests.growth.world import DAY, NOW, Size, World, arn, make

YEAR = 365 * DAY
Stage = Callable[[str, Callable[[], Any]], Any]


def works(folder: Path, size: Size, count: Count) -> dict[str, Work]:
    """Tell and act as separate jobs that hand over a file, then undo: by stage, what `count` says of each."""
    done: dict[str, Work] = {}

    def stage(name: str, work: Callable[[], Any]) -> Any:
        result, done[name] = count(work)
        return result

    world, file = make(folder, size), folder / "plan.json.gz"
    _remember(world, size)
    _jobs(world, "tell", NOW, file, stage)
    _held(world, NOW + 7.1 * DAY, stage)
    _jobs(world, "act", NOW + 8 * DAY, file, stage)
    now = NOW + 9 * DAY
    repository, connections = world.at(now)
    paused = replace(repository, config=repository.config.model_copy(update={"paused": True}))
    asked = UndoRequest(since=NOW, by="Ada", while_paused=True)
    planned, ledger = stage("undo: plan", lambda: planning.plan_undo(paused, connections, asked, now))
    assert len(planned.ready) == size.targets
    stage("undo: carry out", lambda: running.carry_out(paused, planned, ledger, connections, now))
    return done


def _held(world: World, now: datetime, stage: Stage) -> None:
    """A run in which the limit of each account holds all that is due there."""
    repository, connections = world.at(now)
    rails = repository.config.guardrails
    rails = rails.model_copy(update={"per_account": rails.per_account.model_copy(update={"disable": 0})})
    repository = replace(repository, config=repository.config.model_copy(update={"guardrails": rails}))
    planned, _ = stage("held: plan", lambda: planning.make_plan(repository, connections, now, lambda _seen: None))
    assert all(decision.over_limit for decision in planned.decisions)
    stage("held: publish", lambda: running.publish_plan(repository, planned, (), connections, now))


def _jobs(world: World, name: str, now: datetime, file: Path, stage: Stage) -> None:
    repository, connections = stage(f"{name}: load", lambda: world.at(now))
    planned, _ = stage(f"{name}: plan", lambda: planning.make_plan(repository, connections, now, lambda _seen: None))
    stage(f"{name}: write", lambda: write_plan(planned, file))
    handed = stage(f"{name}: read", lambda: plan_handed(file, planned.digest, repository))
    outcomes: list[Outcome] = []
    if handed.ready:
        assert len(handed.ready) == len(handed.decisions)
        stage(f"{name}: record", lambda: running.record_plan(repository, handed, connections, now))
        outcomes = stage(
            f"{name}: apply", lambda: list(running.apply_plan(repository, handed, (1, 1), connections, now))
        )
        assert not any(outcome.problem for outcome in outcomes)
    stage(f"{name}: publish", lambda: running.publish_plan(repository, handed, outcomes, connections, now))


def _remember(world: World, size: Size) -> None:
    """Let the ledger tell of months in which groups of other numbers were told of, and were found gone."""
    if not size.remembered:
        return
    repository, connections = world.at(NOW)
    first = NOW - YEAR
    entries = [
        Entry(
            at=first + number * YEAR / size.remembered,
            run="former",
            event=Event.SETTLED if number % 2 else Event.REMINDED,
            task="task-0",
            target=arn(0, 10**9 + number // 2),
            account=repository.config.accounts["account-0"].id,
            action="disable",
        )
        for number in range(size.remembered)
    ]
    connections.report_branch().push(lambda snapshot: read(snapshot, NOW).with_lines(entries), "Remember", is_run_state)
