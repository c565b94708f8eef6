"""What tasks order: one order for each target, or the faults of the targets and of their options. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from pydantic import ValidationError

from reconciler.errors import Fault
from reconciler.load.document import Document
from reconciler.load.region_checks import in_doubt
from reconciler.load.sentences import sentence
from reconciler.load.targets import TargetError, Targets
from reconciler.load.teams import team_fault
from reconciler.model.config import Config
from reconciler.model.target import Target
from reconciler.model.task import Order, Task, TaskTarget
from reconciler.resources.catalog import KINDS


def orders(
    task: Document[Task], config: Document[Config], targets: Targets, faults: list[Fault]
) -> Iterator[tuple[int, Order]]:
    """Each order of a task, with the place of its target there. `faults`: filled in with those of the others."""
    make, action = maker(task, config.content), task.content.action
    reported: set[Fault] = set()
    checked: set[str] = set()  # the kinds with which the task's own options were held
    for index, entry in enumerate(task.content.targets or ()):
        if entry.team is not None:
            faults.extend(team_fault(task, ("targets", index, "team"), entry.team, config))
        try:
            target = targets.resolve(entry, action)
        except TargetError as error:
            if error.of not in config.lacking and not in_doubt(config, error.of):
                faults.append(task.fault(("targets", index, error.key), error.message, error.help))
            continue
        if entry.options is not None or target.kind not in checked:
            wrong = set(_option_faults(task, ("targets", index), entry, target.kind)) - reported
            reported |= wrong
            faults.extend(wrong)
            checked |= {target.kind} if entry.options is None else set()
        yield index, make(entry, target)


def order_of(task: Document[Task], entry: TaskTarget, config: Config, target: Target) -> Order:
    """What a task orders for one of its targets; the team's and the options' faults are not looked for."""
    return maker(task, config)(entry, target)


def maker(task: Document[Task], config: Config) -> Callable[[TaskTarget, Target], Order]:
    """What makes the orders of a task: what its targets have in common is looked up once."""
    content, name, file, digest = task.content, task.id, task.file, task.digest
    title, action, severity, options = content.title, content.action, content.severity, content.options
    team, accounts, grace = content.team, config.accounts, content.grace or config.defaults.grace
    after, until = content.after, end_of(content) if content.until else None

    def make(entry: TaskTarget, target: Target) -> Order:
        return Order(
            name,
            title,
            target,
            action,
            severity,
            entry.team or team or accounts[target.account].team,
            grace,
            entry.after or after,
            until,
            options if entry.options is None else entry.options,
            file,
            digest,
        )

    return make


def end_of(task: Task) -> datetime:
    """The first moment at which the task is no longer in force: its last day is included."""
    if task.until is None:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(task.until + timedelta(days=1), time(), tzinfo=UTC)


def _option_faults(task: Document[Task], path: tuple[str | int, ...], entry: TaskTarget, kind: str) -> Iterator[Fault]:
    options, base = (
        (entry.options, (*path, "options")) if entry.options is not None else (task.content.options, ("options",))
    )
    model = KINDS[kind].verbs[task.content.action].options
    try:
        model.model_validate(dict(options))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            inner, unknown = detail["loc"], detail["type"] == "extra_forbidden"
            message, help = sentence(detail, model)
            where = f"option '{inner[0]}'" if inner else "the options"
            message = (
                f"'{task.content.action}' of {kind} has no option '{inner[-1]}'" if unknown else f"{where}: {message}"
            )
            yield task.fault((*base, *inner), message, help, key=unknown)


def repeated(
    tasks: Sequence[Document[Task]], ordered: Sequence[tuple[int, Order]], spelt: Mapping[str, Sequence[int]]
) -> Iterator[Fault]:
    """A fault for each target that appears twice in a task, or for which two tasks order the same: one is a mistake.

    However each spells it. `ordered`: each order with the place of its target in its task; `spelt`: the places among
    them of those for one resource
    """
    documents = {task.file: task for task in tasks}
    for places in spelt.values():
        if len(places) > 1:
            yield from _repeated(documents, [ordered[place] for place in places])


def _repeated(documents: Mapping[str, Document[Task]], ordered: Sequence[tuple[int, Order]]) -> Iterator[Fault]:
    """The same for the orders for one resource."""
    named: set[str] = set()
    first: dict[tuple[str, str], str] = {}
    for index, order in ordered:
        if order.file in named:
            message = "the same target appears twice in this task"
            yield documents[order.file].fault(("targets", index), message, "remove one of them")
        named.add(order.file)
        other = first.setdefault((order.target.account_id, order.digest), order.file)
        if other != order.file:
            message = f"{other} orders the same for this target"
            yield documents[order.file].fault(("targets", index), message, "keep one of the two")
