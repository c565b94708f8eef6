"""Checks tasks, exemptions and configuration against each other: orders, and faults that span several files. PURE."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any

from reconciler.errors import Fault, nearest
from reconciler.load.document import Document
from reconciler.load.guard_arns import Checked, check_exemption, check_protection
from reconciler.load.orders import end_of, orders, repeated
from reconciler.load.region_checks import in_doubt, region_faults
from reconciler.load.targets import TargetError, Targets
from reconciler.load.teams import team_fault
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.repository import Repository
from reconciler.model.task import Order, Task

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
    ordered: list[tuple[int, Order]] = []
    targets = Targets(config.content)
    for task in tasks:
        faults.extend(_task_faults(task, config))
        ordered.extend(orders(task, config, targets, faults))
    check = Checked(config.content, check_exemption)
    for exemption in exemptions:
        faults.extend(_exemption_faults(exemption, config, known_tasks, check))
    repository = Repository(
        config.content,
        {task.id: task.content for task in tasks},
        {exemption.file: exemption.content for exemption in exemptions},
        tuple(order for _, order in ordered),
    )
    faults.extend(repeated(tasks, ordered, repository.spelt))
    return repository, faults


def faults_without_config(
    tasks: Sequence[Document[Task]], exemptions: Sequence[Document[Exemption]], known_tasks: Set[str]
) -> Iterator[Fault]:
    """What shows where krampus.yaml is not usable: faults that concern nothing of it."""
    yield from _id_faults(tasks)
    for exemption in exemptions:
        yield from _unknown_tasks(exemption, known_tasks)


def _config_faults(config: Document[Config]) -> Iterator[Fault]:
    content = config.content
    for name, account in content.accounts.items():
        yield from team_fault(config, ("accounts", name, "team"), account.team, config)
    yield from team_fault(config, ("defaults", "team"), content.defaults.team, config)
    yield from team_fault(config, ("operators",), content.operators, config)
    ids = Counter(account.id for account in content.accounts.values())
    for name, account in content.accounts.items():
        if ids[account.id] > 1:
            path = ("accounts", name, "id")
            yield config.fault(path, f"the account id {account.id} appears twice", "give each account one name")
        if ids[name] and account.id != name:
            message = f"the name '{name}' is the id of another account"
            yield config.fault(("accounts", name), message, "give the account a name that means no other", key=True)
    check = Checked(content, check_protection)
    yield from _arn_faults(config, ("guardrails", "protected"), content.guardrails.protected, config, check)
    yield from region_faults(config)
    yield from _belief_faults(config)


def _belief_faults(config: Document[Config]) -> Iterator[Fault]:
    """On GitHub others can push to the report branch too, and what Krampus reads there must be its own."""
    if config.content.report.keys and config.content.report.prefix:
        message = "people merge to `main`, so its last commit is not signed by Krampus"
        yield config.fault(("report", "signers"), message, "give the report a branch of its own, or `protected-branch`")
    if config.content.issues.tracker != "github" or config.content.report.signers or "report" in config.lacking:
        return
    for name, account in config.content.accounts.items():
        if account.enforce:
            message = f"'{name}' is enforced, but nothing tells who wrote the report branch"
            help = 'set `report: {signers: ["ssh-ed25519 AAAA…"]}`, or `signers: protected-branch`; docs/safety.md'
            yield config.fault(("accounts", name, "enforce"), message, help)


def _id_faults(tasks: Sequence[Document[Task]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for task in tasks:
        if not ID.fullmatch(task.id):
            yield Fault(
                task.file, 1, 1, f"'{task.id}' cannot be a task's id", "use a-z, 0-9 and dashes in the file's name"
            )
        elif (first := seen.setdefault(task.id, task.file)) != task.file:
            yield Fault(task.file, 1, 1, f"the id '{task.id}' is already used by {first}", "give the file another name")


def _task_faults(task: Document[Task], config: Document[Config]) -> Iterator[Fault]:
    content = task.content
    yield from team_fault(task, ("team",), content.team, config)
    if content.select is not None:
        yield task.fault(("select",), "`select` is not yet supported", "name the targets one by one", key=True)
    if content.after and content.until and content.after >= end_of(content):
        yield task.fault(("until",), "the task would end before it begins", "make `until` later than `after`")
    count, limit = len(content.targets or ()), config.content.guardrails.per_run.of(content.action)
    if content.expect is not None and content.targets and content.expect != count and not task.gaps:
        yield task.fault(("expect",), f"the task has {count} targets, not {content.expect}", f"write `expect: {count}`")
    if content.expect is None and count > limit:
        many = f"{count} targets are more than guardrails.per_run.{content.action} ({limit})"
        yield task.fault(("targets",), many, f"add `expect: {count}`, so that a reviewer sees the size", key=True)


def _exemption_faults(
    exemption: Document[Exemption], config: Document[Config], tasks: Set[str], check: Callable[[str], None]
) -> Iterator[Fault]:
    content = exemption.content
    yield from team_fault(exemption, ("owner",), content.owner, config)
    yield from _unknown_tasks(exemption, tasks)
    yield from _arn_faults(exemption, ("resources",), content.resources, config, check)


def _unknown_tasks(exemption: Document[Exemption], tasks: Set[str]) -> Iterator[Fault]:
    for index, task in enumerate(exemption.content.tasks or ()):
        if task not in tasks:
            yield exemption.fault(("tasks", index), f"there is no task '{task}'", nearest(task, tasks))


def _arn_faults(
    document: Document[Any],
    path: tuple[str | int, ...],
    patterns: Sequence[str],
    config: Document[Config],
    check: Callable[[str], None],
) -> Iterator[Fault]:
    """A fault for each ARN of a list."""
    for index, pattern in enumerate(patterns):
        try:
            check(pattern)
        except TargetError as error:
            if error.of not in config.lacking and not in_doubt(config, error.of):
                yield document.fault((*path, index), error.message, error.help)
