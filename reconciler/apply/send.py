"""Plan to outcomes: sends the calls that are due, merges equal ones, and stops a target at its first refusal.

Whatever a plan says: a call that the target's kind does not declare for its action, or for the undo of it, is not sent.
Nor is any once the run's time is over, of which it asks right before each.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.sighting import Problem, Trouble
from reconciler.observe.lanes import side_by_side
from reconciler.resources.catalog import KINDS, resolve

WORKERS = 64  # most of a big run's time each waits for its turn, by AWS's limits of its account
WhyNot = Callable[[], str]  # why no further call may be sent, for a person; "" if it may. Asked in several threads
# One member may have caused these; the others are tried without it. After the rest a smaller call fares no better.
SPLITTING = (
    *(Trouble.GONE, Trouble.MISSING, Trouble.STATE, Trouble.CAPACITY, Trouble.PROTECTED),
    *(Trouble.DENIED, Trouble.MALFORMED, Trouble.OTHER),
)


class Writer(Protocol):
    """What acting needs of AWS."""

    def send(self, account: str, region: str, call: Call, why_not: WhyNot) -> Problem | None:
        """Send one call once; None if AWS accepted it, `late` if by its turn `why_not` says why it may not be sent."""


def send(plan: Plan, writer: Writer, why_not: WhyNot) -> Iterator[Outcome]:
    """An outcome for each target that is due, as they come in, whatever the others' are. It never raises for AWS.

    why_not: asked right before each call; what it holds back is `late`, and says how far it came
    """
    declared = []
    for decision in plan.ready:
        if why := _undeclared(decision):
            yield from _outcomes([decision], 0, Problem(Trouble.MALFORMED, why))
        else:
            declared.append(decision)
    ended = side_by_side(
        _groups(declared),
        lambda group: (group[0].account, group[0].region),
        lambda group: list(_send_group(group, writer, why_not)),
        WORKERS,
    )
    for outcomes in ended:
        yield from outcomes


def _groups(ready: Iterable[Decision]) -> Iterator[list[Decision]]:
    """Targets whose calls differ in nothing but the listed resource go together, as many as the calls allow."""
    alike: dict[tuple[str, str, str, str], list[Decision]] = defaultdict(list)
    for decision in ready:
        shape = json.dumps([_shape(decision, call) for call in decision.calls], sort_keys=True)
        alike[decision.account, decision.region, decision.kind, shape].append(decision)
    for members in alike.values():
        size = min(_operation(members[0], call).batch[1] for call in members[0].calls)
        for start in range(0, len(members), size):
            yield members[start : start + size]


def _undeclared(decision: Decision) -> str:
    """Which of its calls cannot be one of its target's, for a person; "" if all may be."""
    try:
        kind, name = resolve(decision.target)
    except ValueError:
        return f"{decision.target} is of no kind that Krampus knows, so nothing was sent; plan again"
    if (kind.name, name) != (decision.kind, decision.name):
        return f"the plan calls {decision.target} the {decision.kind} {decision.name}, so nothing was sent; plan again"
    undo = bool(decision.undo_progress)
    for call in decision.calls:
        if kind.operation(call, decision.action, name, undo=undo) is None:
            what = f"{'the undo of ' if undo else ''}`{decision.action}` of {kind.name}"
            return f"{call.service}.{call.operation} is no call of {what} on {name}, so nothing was sent; plan again"
    return ""


def _operation(decision: Decision, call: Call) -> Operation:
    undo = bool(decision.undo_progress)
    operation = KINDS[decision.kind].operation(call, decision.action, decision.name, undo=undo)
    if operation is None:
        raise ValueError(f"{call.service}.{call.operation} is not declared by {decision.kind}")
    return operation


def _shape(decision: Decision, call: Call) -> list[object]:
    field, _ = _operation(decision, call).batch
    return [call.service, call.operation, {key: value for key, value in call.arguments.items() if key != field}]


def _send_group(
    group: list[Decision], writer: Writer, why_not: WhyNot, start: int = 0, changed: bool = False
) -> Iterator[Outcome]:
    """Call by call from the `start`-th on, each for all members at once; halved where one of them may be refused.

    changed: whether one of those before changed anything
    """
    first = group[0]
    for step in range(start, len(first.calls)):
        operation = _operation(first, first.calls[step])
        call = _merged([decision.calls[step] for decision in group], operation.batch[0])
        if why := why_not():
            yield from _outcomes(group, step, Problem(Trouble.LATE, f"{why}; the next run plans again"))
            return
        problem = writer.send(first.account, first.region, call, why_not)
        if problem is None:
            changed = True
            continue
        if len(group) > 1 and problem.trouble in SPLITTING:
            half = len(group) // 2
            yield from _send_group(group[:half], writer, why_not, step, changed)
            yield from _send_group(group[half:], writer, why_not, step, changed)
            return
        if not (problem.trouble is Trouble.GONE and operation.gone_is_done):
            yield from _outcomes(group, step, problem)
            return
    yield from _outcomes(group, len(first.calls), None, nothing_left=not changed)


def _outcomes(
    group: list[Decision], sent: int, problem: Problem | None, *, nothing_left: bool = False
) -> Iterator[Outcome]:
    for decision in group:
        yield Outcome(task=decision.task, target=decision.target, sent=sent, problem=problem, nothing_left=nothing_left)


def _merged(calls: list[Call], field: str) -> Call:
    if len(calls) == 1:
        return calls[0]
    members = [member for call in calls for member in call.arguments[field]]
    return calls[0].model_copy(update={"arguments": {**calls[0].arguments, field: members}, "undo": None})
