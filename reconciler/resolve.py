"""Tasks, exemptions and configuration held against each other: orders, and faults that no file shows alone. PURE."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError

from reconciler.aim import Missed, account_named, aim
from reconciler.document import Document, nearest
from reconciler.errors import Fault
from reconciler.model.config import Config, arn_glob
from reconciler.model.exemption import Exemption
from reconciler.model.repository import Repository
from reconciler.model.target import Target
from reconciler.model.task import Order, Task, TaskTarget
from reconciler.resources.catalog import KINDS

ID = re.compile(r"[a-z0-9][a-z0-9-]*")


def resolve(
    config: Document[Config], tasks: Sequence[Document[Task]], exemptions: Sequence[Document[Exemption]]
) -> tuple[Repository, list[Fault]]:
    """The repository that these files make, and their faults; without a fault it is whole."""
    faults = [*_config_faults(config), *_id_faults(tasks)]
    orders: list[Order] = []
    for task in tasks:
        faults.extend(_task_faults(task, config.content))
        orders.extend(_orders(task, config.content, faults))
    faults.extend(_repeated(tasks, orders))
    ids = {_id(task): task.content for task in tasks}
    for exemption in exemptions:
        faults.extend(_exemption_faults(exemption, config.content, ids))
    by_file = {exemption.file: exemption.content for exemption in exemptions}
    return Repository(config.content, ids, by_file, tuple(orders)), faults


def _id(task: Document[Task]) -> str:
    return PurePosixPath(task.file).stem


def _config_faults(config: Document[Config]) -> Iterator[Fault]:
    teams = config.content.teams
    for name, account in config.content.accounts.items():
        if account.team not in teams:
            yield _unknown_team(config, ("accounts", name, "team"), account.team, teams)
    if config.content.defaults.team not in teams:
        yield _unknown_team(config, ("defaults", "team"), config.content.defaults.team, teams)
    if config.content.operators and config.content.operators not in teams:
        yield _unknown_team(config, ("operators",), config.content.operators, teams)
    ids = Counter(account.id for account in config.content.accounts.values())
    for name, account in config.content.accounts.items():
        if ids[account.id] > 1:
            path = ("accounts", name, "id")
            yield config.fault(path, f"the account id {account.id} stands twice", "give each account one name")


def _id_faults(tasks: Sequence[Document[Task]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for task in tasks:
        if not ID.fullmatch(_id(task)):
            yield Fault(
                task.file, 1, 1, f"'{_id(task)}' cannot be a task's id", "use a-z, 0-9 and dashes in the file's name"
            )
        elif (first := seen.setdefault(_id(task), task.file)) != task.file:
            yield Fault(task.file, 1, 1, f"the id '{_id(task)}' is taken by {first}", "give the file another name")


def _task_faults(task: Document[Task], config: Config) -> Iterator[Fault]:
    content = task.content
    if content.team and content.team not in config.teams:
        yield _unknown_team(task, ("team",), content.team, config.teams)
    if content.select is not None:
        yield task.fault(("select",), "`select` is not yet supported", "name the targets one by one", key=True)
    if content.after and content.until and content.after >= _end(content):
        yield task.fault(("until",), "the task would end before it begins", "put `until` behind `after`")
    count, limit = len(content.targets or ()), config.guardrails.per_run.of(content.action)
    if content.expect is not None and content.targets and content.expect != count:
        yield task.fault(("expect",), f"the task has {count} targets, not {content.expect}", f"write `expect: {count}`")
    if content.expect is None and count > limit:
        many = f"{count} targets are more than guardrails.per_run.{content.action} ({limit})"
        yield task.fault(("targets",), many, f"add `expect: {count}`, so that a reviewer sees the size", key=True)


def _orders(task: Document[Task], config: Config, faults: list[Fault]) -> Iterator[Order]:
    said: set[Fault] = set()
    for index, entry in enumerate(task.content.targets or ()):
        path = ("targets", index)
        if entry.team and entry.team not in config.teams:
            faults.append(_unknown_team(task, (*path, "team"), entry.team, config.teams))
        try:
            target = aim(config, entry, task.content.action)
        except Missed as missed:
            faults.append(task.fault((*path, missed.key), missed.message, missed.help))
            continue
        wrong = set(_option_faults(task, path, entry, target.kind)) - said
        said |= wrong
        faults.extend(wrong)
        yield _order(task, entry, config, target)


def _order(task: Document[Task], entry: TaskTarget, config: Config, target: Target) -> Order:
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
    )


def _end(task: Task) -> datetime:
    """The first moment at which it is out of force: its last day counts whole."""
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
            inner = detail["loc"]
            if detail["type"] == "extra_forbidden":
                unknown = f"'{task.content.action}' of {kind} takes no option '{inner[-1]}'"
                yield task.fault((*base, *inner), unknown, nearest(inner[-1], model.model_fields), key=True)
            else:
                said = detail["msg"].removeprefix("Value error, ")
                where = f"option '{inner[0]}'" if inner else "the options"
                yield task.fault((*base, *inner), f"{where}: {said}", f"see `krampus kinds {kind}`")


def _repeated(tasks: Sequence[Document[Task]], orders: Sequence[Order]) -> Iterator[Fault]:
    """The same resource twice in one task, or ordered the same by two tasks: one of them is not what was meant."""
    for task in tasks:
        named: set[str] = set()
        for index, entry in enumerate(task.content.targets or ()):
            if entry.resource in named:
                yield task.fault(("targets", index), "the same target stands twice in this task", "remove one of them")
            named.add(entry.resource)
    documents = {task.file: task for task in tasks}
    first: dict[tuple[str, str, str], str] = {}
    for order in orders:
        other = first.setdefault((order.target.arn, order.target.account, order.digest), order.file)
        if other != order.file:
            entries = documents[order.file].content.targets or ()
            index = next(index for index, entry in enumerate(entries) if entry.resource == order.target.arn)
            message = f"{other} orders the same for this target"
            yield documents[order.file].fault(("targets", index), message, "keep one of the two")


def _exemption_faults(exemption: Document[Exemption], config: Config, tasks: dict[str, Task]) -> Iterator[Fault]:
    content = exemption.content
    if content.owner not in config.teams:
        yield _unknown_team(exemption, ("owner",), content.owner, config.teams)
    for index, task in enumerate(content.tasks or ()):
        if task not in tasks:
            yield exemption.fault(("tasks", index), f"there is no task '{task}'", nearest(task, tasks))
    for index, pattern in enumerate(content.resources):
        wrong = _glob_fault(pattern, config)
        if wrong:
            yield exemption.fault(("resources", index), *wrong)
    if content.restore:
        yield exemption.fault(("restore",), "`restore: true` is not yet supported", "leave it out")


def _glob_fault(pattern: str, config: Config) -> tuple[str, str] | None:
    try:
        arn = arn_glob(pattern)
    except ValueError as error:
        context = getattr(error, "context", None) or {}
        return str(context.get("message", error)), str(context.get("help", ""))
    if re.search(r"[*?]", arn.service + arn.account) or not arn.service:
        return (
            "the glob leaves the service or the account open",
            "write both out: arn:aws:ec2:*:111122223333:instance/*",
        )
    if not arn.account and arn.service != "s3":
        return "the ARN names no account", "write the twelve digits of the account"
    if arn.account and account_named(config, arn.account) is None:
        known = [account.id for account in config.accounts.values()]
        return f"the account {arn.account} is not in krampus.yaml, so this protects nothing", nearest(
            arn.account, known
        )
    return None


def _unknown_team(document: Document[Any], path: tuple[str | int, ...], team: str, teams: Any) -> Fault:
    return document.fault(path, f"the team '{team}' is not in krampus.yaml", nearest(team, teams))
