"""krampus ledger verify, show and adopt: the chain proved, a target's story, and what a person vouches for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli.adopt import adopt
from reconciler.cli.common import Now, Root, clock, installed, open_connections, report_errors
from reconciler.cli.exit import Exit
from reconciler.connections import Connections
from reconciler.ledger.audit_trail import facts, tasks_of
from reconciler.ledger.files import ledger_files
from reconciler.ledger.read import read
from reconciler.ledger.record import is_run_state
from reconciler.ledger.times import SKEW
from reconciler.ledger.verified import verified
from reconciler.load.repository import load
from reconciler.model.ledger import Entry, Event
from reconciler.model.provenance import Commit, Provenance
from reconciler.publish.missing_ledger import ensure_whole, telling_operators
from reconciler.render.escape import json_lines, log_line, log_text, one_line

ledger = typer.Typer(
    help="Read the ledger (notices, intended calls, outcomes, observations), or vouch for it.", no_args_is_help=True
)
# How the events of a story are called where no better word is than their own.
TOLD = {Event.NOTICED: "notified", Event.APPLIED: "done", Event.RESTORED: "undone"}


class StoryFormat(StrEnum):
    """How a story is printed."""

    TEXT = "text"
    JSON = "json"


@ledger.command()
def verify(
    root: Root = Path(),
    now: Now = None,
    tell: Annotated[bool, typer.Option("--tell", help="Write the operators' issue if lines are missing.")] = False,
) -> None:
    """Prove that no line was edited, removed, duplicated or moved: each carries the hash of the one before.

    And that none is missing at the end, as far as this clone, the heartbeat or the issues remember more; and that the
    checkpoint, from which runs read on, is what the lines come to. It reads all lines.

    Exit 0 if the chain is intact, with the last line's hash to compare with one noted earlier; 2 with the file and line
    at which it breaks; 1 if lines are missing, or the report branch cannot be reached.
    """
    with report_errors():
        config = installed(load(root).config)
        connections = open_connections(root, config, "", now)
        snapshot = connections.report_branch().fetch(is_run_state)
        whole = read(snapshot, None)
        entries = whole.entries
        with telling_operators(connections, config) if tell else nullcontext():
            why = ensure_whole(whole, connections, config)
        for said in filter(None, (why, verified(whole))):
            print(log_line(said), file=sys.stderr)
    months = len(ledger_files(snapshot.files))
    last = f"; the last is of {entries[-1].at:%Y-%m-%d %H:%M} UTC, {entries[-1].hash}" if entries else ""
    print(f"{len(entries)} lines in {months} files, the chain is intact{last}")
    if entries and entries[-1].at > clock(now) + SKEW:
        print(
            "the last line is dated in the future: no run goes by it, until then or until it is adopted",
            file=sys.stderr,
        )


ledger.command()(adopt)


@ledger.command()
def show(
    arn: Annotated[str, typer.Argument(metavar="ARN", help="The target's ARN, exactly as in its task.")],
    root: Root = Path(),
    form: Annotated[StoryFormat, typer.Option("--format")] = StoryFormat.TEXT,
) -> None:
    """Show a target's history: who asked, who was notified when and where, what was done, with its undo.

    Exit 2 if the ledger does not name it, or is broken.
    """
    with report_errors():
        connections = Connections(root, load(root).config, "")
        snapshot = connections.report_branch().fetch(is_run_state)
        entries = [entry for entry in read(snapshot, None).entries if entry.target == arn]
        asked = {task: connections.history().asked(task) for task in tasks_of(entries)}
    if not entries:
        print(log_line(f"krampus: the ledger has no entry for {arn}; is the ARN complete?"), file=sys.stderr)
        raise typer.Exit(Exit.INVALID)
    if form is StoryFormat.JSON:
        print(json_lines(json.dumps(facts(arn, entries, asked), indent=1)))
    else:
        print(log_text("\n".join(plain_lines(arn, entries, asked))))


def plain_lines(arn: str, entries: list[Entry], asked: Mapping[str, Provenance]) -> Iterator[str]:
    """The story as text, task by task, each in order of time."""
    yield one_line(arn)
    for task, who in asked.items():
        yield f"\n  task {one_line(task)}"
        if not who.commits:
            yield "    asked      git has no commit of its file"
        if not who.whole:
            yield "    asked      this clone is shallow: who asked first may be missing (git fetch --unshallow)"
        for commit in who.commits:
            yield from _commit(commit)
        for entry in entries:
            if entry.task == task:
                yield from _entry(entry)


def _commit(commit: Commit) -> Iterator[str]:
    by = "" if commit.committer == commit.author else f", committed by {commit.committer}"
    yield _line("asked", commit.at, f"{commit.sha[:12]} {commit.subject}, by {commit.author}{by}")
    for key, value in commit.trailers:
        yield f"{'':15}{one_line(f'{key}: {value}')}"


def _entry(entry: Entry) -> Iterator[str]:
    word = TOLD.get(entry.event, entry.event.value)
    said = _told(entry) if entry.event in (Event.NOTICED, Event.REMINDED) and entry.place else entry.detail
    yield _line(word, entry.at, f"{said or entry.action} (run {entry.run})")
    for call in entry.calls:
        yield f"{'':15}{_call(call.service, call.operation, call.arguments)}"
        back = _call(call.undo.service, call.undo.operation, call.undo.arguments) if call.undo else "nothing"
        yield f"{'':17}undo: {back}"
        for anew in call.again:
            yield f"{'':17}to make it again: {_call(anew.service, anew.operation, anew.arguments)}"


def _told(entry: Entry) -> str:
    """What its team was told, and where."""
    change = f"{entry.cause.value.replace('_', ' ')}, " if entry.cause else ""
    date = f"for {entry.due:%Y-%m-%d %H:%M} UTC, " if entry.due else ""
    return f"{change}{date}at {entry.place}"


def _line(word: str, at: Any, said: str) -> str:
    return f"    {word:11}{at:%Y-%m-%d %H:%M} UTC  {one_line(said)}"


def _call(service: str, operation: str, arguments: Mapping[str, Any]) -> str:
    return one_line(f"{service}.{operation} {json.dumps(arguments, sort_keys=True)}")
