"""Plan to outcomes: sends the calls that are due, merges equal ones, and stops a target at its first refusal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Protocol

from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.sighting import Problem, Trouble
from reconciler.resources.catalog import KINDS

WORKERS = 16
# One member may have caused these; the others are tried without it. After the rest a smaller call fares no better.
SPLITTING = (Trouble.GONE, Trouble.STATE, Trouble.PROTECTED, Trouble.DENIED, Trouble.MALFORMED, Trouble.OTHER)


class Writer(Protocol):
    """What acting needs of AWS."""

    def send(self, account: str, region: str, call: Call) -> Problem | None:
        """Send one call once; None if AWS accepted it."""


def act(plan: Plan, writer: Writer) -> Iterator[Outcome]:
    """An outcome for each target that is due, as they come in, whatever the others' are."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        carried = [pool.submit(_carried, chain, writer) for chain in _chains(plan.ready)]
        for future in as_completed(carried):
            yield from future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _chains(ready: Iterable[Decision]) -> Iterator[list[Decision]]:
    """Targets whose calls differ in nothing but the listed resource go together."""
    alike: dict[tuple[str, str, str, str], list[Decision]] = defaultdict(list)
    for one in ready:
        shape = json.dumps([_shape(one, call) for call in one.calls], sort_keys=True)
        alike[one.account, one.region, one.kind, shape].append(one)
    for chain in alike.values():
        size = min(_operation(chain[0], call).batch[1] for call in chain[0].calls)
        for start in range(0, len(chain), size):
            yield chain[start : start + size]


def _operation(one: Decision, call: Call) -> Operation:
    return KINDS[one.kind].operation(call)


def _shape(one: Decision, call: Call) -> list[object]:
    field, _ = _operation(one, call).batch
    return [call.service, call.operation, {key: value for key, value in call.arguments.items() if key != field}]


def _carried(chain: list[Decision], writer: Writer) -> list[Outcome]:
    return list(_carry_out(chain, writer, 0))


def _carry_out(chain: list[Decision], writer: Writer, start: int) -> Iterator[Outcome]:
    first = chain[0]
    for step in range(start, len(first.calls)):
        operation = _operation(first, first.calls[step])
        call = _merged([one.calls[step] for one in chain], operation.batch[0])
        problem = writer.send(first.account, first.region, call)
        if problem is None:
            continue
        if len(chain) > 1 and problem.trouble in SPLITTING:
            half = len(chain) // 2
            yield from _carry_out(chain[:half], writer, step)
            yield from _carry_out(chain[half:], writer, step)
            return
        if not (problem.trouble is Trouble.GONE and operation.gone_is_done):
            yield from (Outcome(task=one.task, target=one.target, sent=step, problem=problem) for one in chain)
            return
    yield from (Outcome(task=one.task, target=one.target, sent=len(first.calls)) for one in chain)


def _merged(calls: list[Call], field: str) -> Call:
    if len(calls) == 1:
        return calls[0]
    members = [member for call in calls for member in call.arguments[field]]
    return calls[0].model_copy(update={"arguments": {**calls[0].arguments, field: members}, "undo": None})
