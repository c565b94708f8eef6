"""krampus plan, record, apply, publish, reconcile: the main job, in one process or as separate jobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from reconciler import pipeline
from reconciler.cli.allow import Allow, allowing
from reconciler.cli.common import Exit, Now, Root, clock, ends, open_repository, session
from reconciler.cli.progress import progress
from reconciler.cli.show import PlanFormat, show_outcomes, show_plan, summarise, write
from reconciler.cli.untold import say_untold
from reconciler.doors import Doors
from reconciler.errors import Fault, InvalidInput
from reconciler.model.notice import Told
from reconciler.model.outcome import Outcome, Outcomes
from reconciler.model.plan import Plan, Verdict

M = TypeVar("M", bound=BaseModel)
PlanFile = Annotated[Path, typer.Argument(help="A plan.json that `krampus plan --out` wrote.")]


def plan(  # noqa: PLR0913, PLR0917  a command takes the options that it takes
    root: Root = Path(),
    now: Now = None,
    form: Annotated[PlanFormat, typer.Option("--format")] = PlanFormat.TEXT,
    out: Annotated[Path | None, typer.Option(help="Also write the plan to this file, for `krampus record`.")] = None,
    detailed_exitcode: Annotated[bool, typer.Option("--detailed-exitcode", help="Exit 4 when calls are due.")] = False,
    allow: Allow = None,
) -> None:
    """Look at every target and show what is decided, call by call. Changes nothing.

    Exit 0 fine, 1 could not run, 2 invalid input, 3 something could not be seen or is over a limit.
    """
    with ends():
        repository, at = open_repository(root, now), clock(now)
        doors = Doors(root, repository.config, session(at))
        repository = allowing(repository, allow, doors)
        with progress("looking", len(repository.orders)) as tick:
            made, _ = pipeline.make_plan(repository, doors, at, tick)
        if out:
            write(out, made.model_dump_json(indent=1) + "\n")
        show_plan(made, repository, form, doors.renderer)
        summarise(made, repository, doors.renderer)
    troubled = _exit(made, (), Told())
    raise typer.Exit(Exit.CALLS_DUE if detailed_exitcode and made.ready and troubled is Exit.FINE else troubled)


def record(plan_file: PlanFile, root: Root = Path()) -> None:
    """Commit and push the calls that are due, with the undo of each. Prints the plan's digest."""
    with ends():
        repository = open_repository(root)
        made = _read(plan_file, Plan)
        pipeline.record_plan(made, Doors(root, repository.config, session(made.at)))
        print(made.digest)


def apply(
    plan_file: PlanFile,
    root: Root = Path(),
    now: Now = None,
    out: Annotated[Path | None, typer.Option(help="Write the outcomes to this file, for `krampus publish`.")] = None,
) -> None:
    """Send the calls of a recorded plan, once, as far as AWS still looks as it did.

    Exit 0 fine, 1 could not run, 2 the plan is not the recorded one or was carried out before, 3 something failed.
    """
    with ends():
        repository = open_repository(root)
        made = _read(plan_file, Plan)
        outcomes = pipeline.apply_plan(repository, made, Doors(root, repository.config, session(made.at)), clock(now))
        if out:
            write(out, Outcomes(plan=made.digest, outcomes=tuple(outcomes)).model_dump_json(indent=1) + "\n")
        show_outcomes(outcomes)
    raise typer.Exit(Exit.IN_PART if any(outcome.failed for outcome in outcomes) else Exit.FINE)


def publish(
    plan_file: PlanFile,
    outcome_files: Annotated[list[Path] | None, typer.Argument(help="What `krampus apply --out` wrote.")] = None,
    root: Root = Path(),
) -> None:
    """Tell the teams, and write ledger and report."""
    with ends():
        repository = open_repository(root)
        made = _read(plan_file, Plan)
        found = [outcome for file in outcome_files or () for outcome in _outcomes(file, made)]
        # A plan that was applied twice is stale the second time; what the first did is what became of it.
        outcomes = list({one.key: one for one in sorted(found, key=lambda one: not one.stale)}.values())
        told = pipeline.publish_plan(repository, made, outcomes, Doors(root, repository.config, session(made.at)))
    say_untold(told)
    raise typer.Exit(_exit(made, outcomes, told))


def reconcile(root: Root = Path(), now: Now = None, allow: Allow = None) -> None:
    """The main job: plan, record, apply and publish.

    Exit 0 fine, 1 could not run (nothing was touched), 2 invalid input (nothing was touched), 3 ran, but something
    failed, was unseen, or was held by a limit.
    """
    with ends():
        repository, at = open_repository(root, now), clock(now)
        doors = Doors(root, repository.config, session(at))
        repository = allowing(repository, allow, doors)
        with progress("reconciling", len(repository.orders)) as tick:
            result = pipeline.reconcile(repository, doors, at, tick)
        show_plan(result.plan, repository, PlanFormat.TEXT, doors.renderer)
        show_outcomes(result.outcomes)
        summarise(result.plan, repository, doors.renderer)
    say_untold(result.told)
    raise typer.Exit(_exit(result.plan, result.outcomes, result.told))


def _exit(made: Plan, outcomes: Sequence[Outcome], told: Told) -> Exit:
    unseen = any(one.verdict is Verdict.UNSEEN or one.over_limit for one in made.decisions)
    failed = any(outcome.failed for outcome in outcomes)
    return Exit.IN_PART if unseen or failed or told.refused or told.deferred else Exit.FINE


def _outcomes(file: Path, made: Plan) -> tuple[Outcome, ...]:
    handed = _read(file, Outcomes)
    if handed.plan != made.digest:
        raise InvalidInput([Fault(str(file), 1, 1, "these are the outcomes of another plan", "give the plan's own")])
    return handed.outcomes


def _read(file: Path, model: type[M]) -> M:
    try:
        return model.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InvalidInput([Fault(str(file), 1, 1, f"cannot be read: {error.strerror}", "give a file")]) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidInput([Fault(str(file), 1, 1, f"{where}: {first['msg']}", "write it anew with --out")]) from None
