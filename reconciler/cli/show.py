"""Plans and outcomes as people read them, and files written whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.github_summary import LARGEST, append, summarises
from reconciler.cli.schedule import day_lines
from reconciler.errors import DoorClosed
from reconciler.model.notice import Delivery, PlainData
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.repository import Repository
from reconciler.publish.coming import coming_data, next_days
from reconciler.publish.views import decision_view, notes
from reconciler.render.escape import json_lines, log_line, log_text, one_line

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

SHOWN = 5  # issues that are deferred, by name
MOST_DAYS = 200  # lines of the coming days
PIECE = 1_000  # targets that are rendered at a time
LONGEST_ARGUMENTS = 2_000  # a bucket policy may have twenty thousand characters
ORDER = (
    Verdict.READY,
    Verdict.SCHEDULED,
    Verdict.HELD,
    Verdict.UNDERWAY,
    Verdict.UNSEEN,
    Verdict.REFUSED,
    Verdict.EXEMPT,
    Verdict.EXPIRED,
    Verdict.SATISFIED,
)


class PlanFormat(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def show_plan(plan: Plan, repository: Repository, form: PlanFormat, renderer: Callable[[], Renderer]) -> None:
    """Print a plan to standard output; `renderer` is asked for only where it is Markdown."""
    if form is PlanFormat.JSON:
        print(json_lines(plan.model_dump_json(indent=1)))
    elif form is PlanFormat.MARKDOWN:
        print(log_text(markdown(plan, repository, renderer())))
    else:
        print(log_text("\n".join(_lines(plan, repository))))


def markdown(plan: Plan, repository: Repository, renderer: Renderer) -> str:
    """A plan as Markdown: a table for each account, and every call."""
    return "".join(text for text, _ in _pieces(plan, repository, renderer))


def _pieces(plan: Plan, repository: Repository, renderer: Renderer) -> Iterator[tuple[str, int]]:
    """The same in pieces, none of which is more than a template may make; and how many targets each has."""
    watched = {name for name, account in repository.config.accounts.items() if not account.enforce}
    head = {"summary": summary(plan), **coming_data(next_days(plan.forecast), MOST_DAYS)}
    for accounts in _shares(plan.decisions) or [[]]:
        shown: list[PlainData] = [
            {"name": name, "watched": name in watched, "decisions": [decision_view(one) for one in decisions]}
            for name, decisions in accounts
        ]
        yield (
            renderer.text("plan.md.j2", {**head, "accounts": shown}),
            sum(len(decisions) for _, decisions in accounts),
        )
        head = {"summary": "", **coming_data([])}


def _shares(decisions: Iterable[Decision]) -> list[list[tuple[str, Sequence[Decision]]]]:
    """The targets by account, in pieces of at most PIECE; an account that has more of them is in several."""
    shares: list[list[tuple[str, Sequence[Decision]]]] = []
    room = 0
    for name, found in groupby(decisions, key=lambda decision: decision.account):
        ordered = _ordered(found)
        while ordered:
            if not room:
                shares.append([])
                room = PIECE
            taken, ordered = ordered[:room], ordered[room:]
            shares[-1].append((name, taken))
            room -= len(taken)
    return shares


def summary(plan: Plan) -> str:
    """The one line that sums a plan up, wherever it is shown."""
    counts = [f"{plan.summary[verdict]} {verdict}" for verdict in ORDER if verdict in plan.summary]
    return " · ".join(counts) or "no targets"


def summarise(plan: Plan, repository: Repository, renderer: Callable[[], Renderer]) -> None:
    """Append the plan to the job's summary; outside of GitHub Actions, nothing."""
    if not summarises():
        return
    text, shown = "", 0
    for piece, targets in _pieces(plan, repository, renderer()):
        text, shown = text + piece, shown + targets
        if len(text) > LARGEST:
            break
    append(text, len(plan.decisions) - shown)


def show_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print a line for each outcome, failures last."""
    for outcome in sorted(outcomes, key=lambda outcome: (outcome.problem is not None, outcome.key)):
        word = "left alone" if outcome.stale else "failed"
        result = f"{word}: {outcome.problem.message}" if outcome.problem else "done"
        print(log_line(f"{outcome.task}: {outcome.target}: {result}"))


def show_undelivered(delivery: Delivery) -> None:
    """Log which teams could not be notified in this run and why, and what is deferred to later runs."""
    lines = [f"a team could not be notified: {refused}" for refused in delivery.refused]
    lines += [f"deferred to a later run: {deferred}" for deferred in delivery.deferred[:SHOWN]]
    if len(delivery.deferred) > SHOWN:
        lines.append(f"deferred to a later run: {len(delivery.deferred) - SHOWN} more")
    for line in lines:
        print(log_line(f"krampus: {line}"), file=sys.stderr)


def show_broken(broken: Mapping[str, str]) -> None:
    """Log which templates of the repository could not be rendered, and why."""
    for why in broken.values():
        print(log_line(f"krampus: {why}; Krampus' own took its place"), file=sys.stderr)


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all: under another name first, then moved into place. DoorClosed if it cannot be."""
    write_pieces(file, (text.encode(),))


def write_pieces(file: Path, content: Iterable[bytes]) -> None:
    """The same for what is made while it is written."""
    half = file.with_name(f".{file.name}.half")
    try:
        half.unlink(missing_ok=True)
        with half.open("xb") as out:  # a link that a branch has put there is not followed
            out.writelines(content)
        half.replace(file)
    except OSError as error:
        raise DoorClosed(f"{file} cannot be written: {error.strerror}") from None


def _lines(plan: Plan, repository: Repository) -> list[str]:
    commit = f" · {plan.repository.commit[:7]}" if plan.repository.commit else ""
    lines = [f"Plan for {plan.at:%Y-%m-%d %H:%M} UTC{commit}"]
    for name, decisions in groupby(plan.decisions, key=lambda decision: decision.account):
        account = repository.config.accounts.get(name)
        watched = "" if account is None or account.enforce else ", only watched: nothing is done here"
        lines += ["", f"{name}{f' ({account.id})' if account else ''}{watched}"]
        for decision in _ordered(decisions):
            lines += _decision_lines(decision)
    coming = next_days(plan.forecast)
    return [*lines, "", summary(plan), *(["", "Coming days", *day_lines(coming)] if coming else [])]


def _decision_lines(decision: Decision) -> list[str]:
    due = f"{decision.due:%Y-%m-%d %H:%M}" if decision.due and decision.verdict is Verdict.SCHEDULED else ""
    thaws = ", when a freeze ends" if due and decision.frozen_from else ""
    name = f" ({one_line(decision.display_name)})" if decision.display_name else ""
    head = f"  {decision.verdict:9} {decision.action:7} {one_line(decision.target)}{name}"
    lines = [head, f"{'':12}{decision.task}: {one_line(decision.why)}{f'; due {due} UTC' if due else ''}{thaws}"]
    lines += [f"{'':12}note: {one_line(note)}" for note in notes(decision)]
    shown = decision.verdict in (Verdict.READY, Verdict.SCHEDULED)
    return [*lines, *(call_lines(decision, 14) if shown else ())]


def call_lines(decision: Decision, indent: int) -> Iterator[str]:
    """A line for each call of a decision, with its arguments."""
    for call in decision.calls:
        back = "" if call.undo else "  (cannot be undone)"
        arguments = json.dumps(call.arguments, sort_keys=True)  # ASCII, so harmless to a terminal
        if len(arguments) > LONGEST_ARGUMENTS:
            arguments = f"{arguments[:LONGEST_ARGUMENTS]}… ({len(arguments)} characters; --format json has them all)"
        yield f"{'':{indent}}{call.service}.{call.operation} {arguments}{back}"


def _ordered(decisions: Iterable[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda decision: (ORDER.index(decision.verdict), decision.task, decision.target))
