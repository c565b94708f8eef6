"""krampus undo: takes back what a task did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler import pipeline
from reconciler.cli.actor import asker
from reconciler.cli.common import Exit, Now, Root, clock, ends, open_doors, open_repository, session
from reconciler.cli.delivery import say_untold
from reconciler.cli.github_outputs import hand_on
from reconciler.cli.show import PlanFormat, show_outcomes, show_plan, write
from reconciler.decide.restore import LASTING
from reconciler.model.plan import Plan, Restores, Verdict
from reconciler.model.undo_request import Wish
from reconciler.render.escape import line


def undo(  # noqa: PLR0913, PLR0917  each is a word of the command line
    task: Annotated[str, typer.Argument(help="The task whose doings are taken back; its file may be gone.")],
    target: Annotated[str, typer.Argument(metavar="ARN", help="Only what it did to this target.")] = "",
    root: Root = Path(),
    now: Now = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    while_paused: Annotated[bool, typer.Option("--while-paused", help="Do it although Krampus is paused.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Only write the plan to this file, for `krampus record`, `apply`, `publish`.")
    ] = None,
) -> None:
    """Take back what a task disabled, from the ledger: shown, recorded, sent. Not while the task is in force for it.

    Only what still stands is taken back, so it may be repeated. Freezes and limits do not hold it.

    Exit 0 all is as before, 1 could not run, 2 invalid input or the task is in force (nothing was touched), 3 something
    could not be taken back, or not yet.
    """
    with ends():
        repository, at = open_repository(root), clock(now)
        doors = open_doors(root, repository.config, session(at))
        if not (out or dry_run):
            doors.tracker()  # a tracker that cannot be opened must stop it before it acts
        wish = Wish(task=task, target=target, by=asker(doors), while_paused=while_paused)
        made, tip = pipeline.plan_undo(repository, doors, wish, at)
        if out:
            write(out, made.model_dump_json(indent=1) + "\n")
            hand_on(made, 1)
        if not made.decisions:
            print(line(f"{task}: nothing is left to take back"))
            raise typer.Exit(Exit.FINE)
        show_plan(made, repository, PlanFormat.TEXT, doors.renderer)
        if out or dry_run:
            raise typer.Exit(_exit(made))
        result = pipeline.carry_undo(repository, made, tip, doors)
        show_outcomes(result.outcomes)
    say_untold(result.told)
    raise typer.Exit(undo_exit(result))


def undo_exit(result: pipeline.Result) -> Exit:
    """Fine if all is as before; what is not is said."""
    failed = any(outcome.problem for outcome in result.outcomes) or result.told.refused or result.told.deferred
    if failed or any(one.restores is Restores.STEP for one in result.plan.decisions):
        print("not all is as before yet; `krampus undo` again takes back the rest", file=sys.stderr)
    return Exit.IN_PART if failed else _exit(result.plan)


def _exit(made: Plan) -> Exit:
    """Fine if the plan takes back everything that was done."""
    whole = (Restores.WHOLE, Restores.FOUND)
    ends = (Verdict.READY, Verdict.SATISFIED)
    good = all(one.verdict in ends and one.restores in whole and LASTING not in one.why for one in made.decisions)
    return Exit.FINE if good else Exit.IN_PART
