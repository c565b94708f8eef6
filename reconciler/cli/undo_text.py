"""What an undo would do, for who asks first: it must not be taken for something that was done."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from reconciler.cli.show import call_lines
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.undo_request import UndoRequest
from reconciler.render.escape import one_line

UNDONE, ALREADY, HELD, NOT = "would be undone", "is undone already", "would only be held", "would not be undone"


def dry_run_text(plan: Plan, repository: Repository) -> str:
    """By target what would be sent, what cannot be undone and why; the totals; and the command that does it."""
    request = plan.undo_request or UndoRequest(task="nothing")
    lines = [f"Nothing is done: this is what undoing {subject(request)} would do at {plan.at:%Y-%m-%d %H:%M} UTC."]
    for name, decisions in groupby(plan.decisions, key=lambda decision: decision.account):
        account = repository.config.accounts.get(name)
        lines += ["", f"{name}{f' ({account.id})' if account else ''}"]
        for decision in decisions:
            lines += _of_target(decision)
    lines += ["", _totals(plan), f"To do it: {shlex.join(command(request))}"]
    return "\n".join(lines)


def subject(request: UndoRequest) -> str:
    """What is asked to be undone, in words."""
    if request.since is not None:
        return f"all since {request.since:%Y-%m-%d %H:%M} UTC"
    if request.run:
        return f"the run {one_line(request.run)}"
    return one_line(request.task) + (f", {one_line(request.target)}" if request.target else "")


def command(request: UndoRequest) -> list[str]:
    """The words of the command that does what is asked."""
    what = [each for each in (request.task, request.target) if each]
    if request.run:
        what = ["--run", request.run]
    if request.since is not None:
        what = ["--all-since", f"{request.since:%Y-%m-%dT%H:%M:%SZ}"]
    return ["krampus", "undo", *what, *(["--while-paused"] if request.while_paused else [])]


def _of_target(decision: Decision) -> Iterator[str]:
    name = f" ({one_line(decision.display_name)})" if decision.display_name else ""
    yield f"  {one_line(decision.target)}{name}"
    yield f"    {_word(decision)}: {one_line(decision.task)}: {one_line(decision.why)}"
    if decision.verdict is Verdict.READY:
        yield from call_lines(decision, 6)


def _word(decision: Decision) -> str:
    if decision.verdict is Verdict.READY:
        return UNDONE
    if decision.verdict is Verdict.SATISFIED:
        return ALREADY
    return HELD if decision.reason is Reason.TAKEN_BACK else NOT


def _totals(plan: Plan) -> str:
    counts = Counter(_word(decision) for decision in plan.decisions)
    calls = sum(len(decision.calls) for decision in plan.ready)
    sent = {UNDONE: f", with {calls} {'call' if calls == 1 else 'calls'}"}
    said = [f"{counts[word]} {word}{sent.get(word, '')}" for word in (UNDONE, ALREADY, HELD, NOT) if counts[word]]
    return f"Of {len(plan.decisions)} {'target' if len(plan.decisions) == 1 else 'targets'}: {'; '.join(said)}."
