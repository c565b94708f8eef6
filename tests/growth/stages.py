"""The stages of the main job, each with the work that it is, at an installation of a size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from reconciler import pipeline
from reconciler.cli.handed import plan_handed
from reconciler.ledger.record import is_run_state
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Plan
from reconciler.model.undo_request import UndoRequest
from tests.growth.work import Work, count
from tests.growth.world import DAY, NOW, Size, World, arn, make, number_of

T = TypeVar("T")
YEAR = 365 * DAY


def works(folder: Path, size: Size) -> dict[str, Work]:
    """Tell, act and look again as separate jobs that hand over a file, then undo: by stage, what each was."""
    done: dict[str, Work] = {}

    def stage(name: str, work: Callable[[], T]) -> T:
        result, done[name] = count(work)
        return result

    world, file = make(folder, size), folder / "plan.json.gz"
    _remember(world, size)
    for name, now in (("tell", NOW), ("act", NOW + 8 * DAY), ("look", NOW + 9 * DAY)):
        repository, connections = stage(f"{name}: load", lambda now=now: world.at(now))
        planned, _ = stage(
            f"{name}: plan", lambda: pipeline.make_plan(repository, connections, now, lambda _seen: None)
        )
        stage(f"{name}: write", lambda: write_plan(planned, file))
        planned = stage(f"{name}: read", lambda: plan_handed(file, planned.digest, repository))
        outcomes = []
        if planned.ready:
            stage(f"{name}: record", lambda: pipeline.record_plan(repository, planned, connections, now))
            outcomes = stage(
                f"{name}: apply",
                lambda: list(pipeline.apply_plan(repository, planned, (1, 1), connections, now)),
            )
        stage(f"{name}: publish", lambda: pipeline.publish_plan(repository, planned, outcomes, connections, now))
    return done
