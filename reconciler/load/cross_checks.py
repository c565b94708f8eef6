"""Checks tasks, exemptions and configuration against each other: orders, and faults that span several files. PURE."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from reconciler.errors import Fault, nearest
from reconciler.load.document import Document
from reconciler.load.guard_arns import check_exemption, check_protection
from reconciler.load.region_checks import in_doubt, region_faults
from reconciler.load.sentences import sentence
from reconciler.load.targets import TargetError, resolve_target
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.repository import Repository
from reconciler.model.spelling import spelling
from reconciler.model.target import Target
from reconciler.model.task import Order, Task, TaskTarget
from reconciler.resources.catalog import KINDS

ID = re.compile(r"[a-z0-9][a-z0-9-]*")


def resolve(
    config: Document[Config],
    tasks: Sequence[Document[Task]],
    exemptions: Sequence[Document[Exemption]],
    known_tasks: Set[str],
) -> tuple[Repository, list[Fault]]:
    """The repository of these files, complete only if there is no fault, and their faults.

    Documents have gaps where they are faulty; what a gap could explain is not reported as a fault of another file.
    `known_tasks`: the ids of all task files, including the files that are too faulty to have a document.
    """
    faults = [*_config_faults(config), *_id_faults(tasks)]
    orders: list[tuple[int, Order]] = []
    for task in tasks:
        faults.extend(_task_faults(task, config))
        orders.extend(_orders(task, config, faults))
    faults.extend(_repeated(tasks, orders))
    ids = {_id(task): task.content for task in tasks}
    for exemption in exemptions:
        faults.extend(_exemption_faults(exemption, config, known_tasks))
    by_file = {exemption.file: exemption.content for exemption in exemptions}
    return Repository(config.content, ids, by_file, tuple(order for _, order in orders)), faults


def _id(task: Document[Task]) -> str:
    return PurePosixPath(task.file).stem


def _config_faults(config: Document[Config]) -> Iterator[Fault]:
    content = config.content
    for name, account in content.accounts.items():
        yield from _team_fault(config, ("accounts", name, "team"), account.team, config)
    yield from _team_fault(config, ("defaults", "team"), content.defaults.team, config)
    yield from _team_fault(config, ("operators",), content.operators, config)
    ids = Counter(account.id for account in content.accounts.values())
    for name, account in content.accounts.items():
        if ids[account.id] > 1:
            path = ("accounts", name, "id")
            yield config.fault(path, f"the account id {account.id} appears twice", "give each account one name")
        if ids[name] and account.id != name:
            message = f"the name '{name}' is the id of another account"
            yield config.fault(("accounts", name), message, "give the account a name that means no other", key=True)
    yield from _arn_faults(config, ("guardrails", "protected"), content.guardrails.protected, config, check_protection)
    yield from region_faults(config)
    yield from _belief_faults(config)


def _belief_faults(config: Document[Config]) -> Iterator[Fault]:
    """On GitHub others can push to the report branch too, and what Krampus reads there must be its own."""
    if config.content.report.keys and config.content.report.prefix:
        message = "people merge to `main`, so its last commit is not signed by Krampus"
        yield config.fault(("report", "signers"), message, "give the report a branch of its own, or `protected-branch`")
    if config.content.issues.tracker != "github" or config.content.report.signers or "report" in _gaps(config):
        return
    for name, account in config.content.accounts.items():
        if account.enforce:
            message = f"'{name}' is enforced, but nothing tells who wrote the report branch"
            help = 'set `report: {signers: ["ssh-ed25519 AAAA…"]}`, or `signers: protected-branch`; docs/safety.md'
            yield config.fault(("accounts", name, "enforce"), message, help)


def _id_faults(tasks: Sequence[Document[Task]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for task in tasks:
        if not ID.fullmatch(_id(task)):
            yield Fault(
                task.file, 1, 1, f"'{_id(task)}' cannot be a task's id", "use a-z, 0-9 and dashes in the file's name"
            )
        elif (first := seen.setdefault(_id(task), task.file)) != task.file:
            yield Fault(
                task.file, 1, 1, f"the id '{_id(task)}' is already used by {first}", "give the file another name"
            )


def _task_faults(task: Document[Task], config: Document[Config]) -> Iterator[Fault]:
    content = task.content
    yield from _team_fault(task, ("team",), content.team, config)
    if content.select is not None:
        yield task.fault(("select",), "`select` is not yet supported", "name the targets one by one", key=True)
    if content.after and content.until and content.after >= _end(content):
        yield task.fault(("until",), "the task would end before it begins", "make `until` later than `after`")
    count, limit = len(content.targets or ()), config.content.guardrails.per_run.of(content.action)
    if content.expect is not None and content.targets and content.expect != count and not task.gaps:
        yield task.fault(("expect",), f"the task has {count} targets, not {content.expect}", f"write `expect: {count}`")
    if content.expect is None and count > limit:
        many = f"{count} targets are more than guardrails.per_run.{content.action} ({limit})"
        yield task.fault(("targets",), many, f"add `expect: {count}`, so that a reviewer sees the size", key=True)


def _orders(task: Document[Task], config: Document[Config], faults: list[Fault]) -> Iterator[tuple[int, Order]]:
    """Each order, with the place of its target in the task."""
    reported: set[Fault] = set()
    for index, entry in enumerate(task.content.targets or ()):
        path = ("targets", index)
        faults.extend(_team_fault(task, (*path, "team"), entry.team, config))
        try:
            target = resolve_target(config.content, entry, task.content.action)
        except TargetError as error:
            if error.of not in _gaps(config) and not in_doubt(config, error.of):
                faults.append(task.fault((*path, error.key), error.message, error.help))
            continue
        wrong = set(_option_faults(task, path, entry, target.kind)) - reported
        reported |= wrong
        faults.extend(wrong)
        yield index, order_of(task, entry, config.content, target)


def order_of(task: Document[Task], entry: TaskTarget, config: Config, target: Target) -> Order:
    """What a task orders for one of its targets; the team's and the options' faults are not looked for."""
    content = task.content
    return Order(
        task=_id(task),
        title=content.title,
        target=target,
        action=content.action,
        severity=content.severity,
        team=entry.team or content.team or config.accounts[target.account].team,
        grace=content.grace or config.defaults.grace,
        after=entry.after or content.after,
        until=_end(content) if content.until else None,
        options=content.options if entry.options is None else entry.options,
        file=task.file,
        content=task.digest,
    )


def _end(task: Task) -> datetime:
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


def _repeated(tasks: Sequence[Document[Task]], orders: Sequence[tuple[int, Order]]) -> Iterator[Fault]:
    """A fault for each target that appears twice in a task, or for which two tasks order the same: one is a mistake.

    However each spells it. `orders`: with the place of each among the targets of its task.
    """
    documents = {task.file: task for task in tasks}
    named: set[tuple[str, str]] = set()
    first: dict[tuple[str, str, str], str] = {}
    for index, order in orders:
        one = spelling(order.target.arn)
        if (order.file, one) in named:
            message = "the same target appears twice in this task"
            yield documents[order.file].fault(("targets", index), message, "remove one of them")
        named.add((order.file, one))
        other = first.setdefault((one, order.target.account_id, order.digest), order.file)
        if other != order.file:
            message = f"{other} orders the same for this target"
            yield documents[order.file].fault(("targets", index), message, "keep one of the two")


def _exemption_faults(exemption: Document[Exemption], config: Document[Config], tasks: Set[str]) -> Iterator[Fault]:
    content = exemption.content
    yield from _team_fault(exemption, ("owner",), content.owner, config)
    for index, task in enumerate(content.tasks or ()):
        if task not in tasks:
            yield exemption.fault(("tasks", index), f"there is no task '{task}'", nearest(task, tasks))
    yield from _arn_faults(exemption, ("resources",), content.resources, config, check_exemption)


def _arn_faults(
    document: Document[Any],
    path: tuple[str | int, ...],
    patterns: Sequence[str],
    config: Document[Config],
    check: Callable[[Config, str], None],
) -> Iterator[Fault]:
    """A fault for each ARN of a list."""
    for index, pattern in enumerate(patterns):
        try:
            check(config.content, pattern)
        except TargetError as error:
            if error.of not in _gaps(config) and not in_doubt(config, error.of):
                yield document.fault((*path, index), error.message, error.help)


def _team_fault(
    document: Document[Any], path: tuple[str | int, ...], team: str | None, config: Document[Config]
) -> Iterator[Fault]:
    teams = config.content.teams
    if team is not None and team not in teams and "teams" not in _gaps(config):
        yield document.fault(path, f"the team '{team}' is not in krampus.yaml", nearest(team, teams))


def _gaps(config: Document[Config]) -> Set[str | int]:
    """The parts of krampus.yaml from which a faulty entry was left out: a missing name may be that of such an entry."""
    return config.lacking
