"""What tasks ordered at earlier commits of main: the files that git has of them to orders. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from reconciler.load.document import Document, parse
from reconciler.load.look_alikes import CONFIG
from reconciler.load.orders import order_of
from reconciler.load.targets import TargetError, account_named, resolve_target
from reconciler.model.config import Config
from reconciler.model.target import Arn
from reconciler.model.task import Order, Past, PastKey, Task, TaskTarget

Files = Mapping[str, bytes]  # the path from the root of a task's file, and of krampus.yaml -> its content
Accounts = Callable[[], Config | str]  # krampus.yaml of a commit; or why it does not tell


def past_orders(config: Config, wanted: Iterable[PastKey], files: Mapping[str, Files | str]) -> Past:
    """What each ordered, or why that is not known. `files`: by commit, or why git does not show them.

    An account is the one that its name meant at that commit, called as it is called today, since it is there that
    something is to be undone. A file that has a fault today ordered nothing that is known for sure.
    """
    keys = list(wanted)
    stood = {commit: _by_task(files[commit]) for commit in dict.fromkeys(commit for commit, _, _ in keys)}
    called = {commit: _accounts(files[commit]) for commit in stood}
    said = {
        about: _said(*about, stood[about[0]]) for about in dict.fromkeys((commit, task) for commit, task, _ in keys)
    }
    return {key: _order(config, key, said[key[:2]], called[key[0]]) for key in keys}


@dataclass(frozen=True)
class _Said:
    """What a task's file said at a commit, with its targets by what they name."""

    document: Document[Task]
    targets: Mapping[str, Sequence[TaskTarget]]


def _by_task(files: Files | str) -> Mapping[str, Mapping[str, bytes]] | str:
    """The files of each task; or why git does not show them."""
    if isinstance(files, str):
        return files
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for file, content in files.items():
        if file.startswith("tasks/"):
            found[PurePosixPath(file).stem][file] = content
    return found


def _said(commit: str, task: str, stood: Mapping[str, Mapping[str, bytes]] | str) -> _Said | str:
    """What a task said; or why that is not known. It is read once, however many of its targets are asked for."""
    if isinstance(stood, str):
        return stood
    named = stood.get(task, {})
    if len(named) != 1:
        return f"{'no file' if not named else 'more than one file'} of the task '{task}' stood at commit {commit[:12]}"
    ((file, content),) = named.items()
    document, faults = parse(file, content, Task)
    if document is None or faults:
        return f"{file} has a fault at commit {commit[:12]}: {faults[0].message}"
    targets: dict[str, list[TaskTarget]] = defaultdict(list)
    for entry in document.content.targets or ():
        targets[entry.resource].append(entry)
    return _Said(document, targets)


def _order(config: Config, key: PastKey, said: _Said | str, called: Accounts) -> Order | str:
    commit, _, arn = key
    if isinstance(said, str):
        return said
    file, entries = said.document.file, said.targets.get(arn, ())
    if len(entries) != 1:
        return f"{file} does not name it at commit {commit[:12]}"
    try:
        entry = _as_called_now(config, entries[0], called)
        target = resolve_target(config, entry, said.document.content.action)
    except TargetError as error:
        return f"{file} at commit {commit[:12]}: {error.message}"
    return order_of(said.document, entry, config, target)


def _accounts(files: Files | str) -> Accounts:
    """What krampus.yaml of a commit said of its accounts, read when the first target asks, and once."""

    @cache
    def read() -> Config | str:
        content = b"" if isinstance(files, str) else files.get(CONFIG, b"")
        document, faults = parse(CONFIG, content, Config)
        return document.content if document and not faults else faults[0].message

    return read


def _as_called_now(config: Config, entry: TaskTarget, called: Accounts) -> TaskTarget:
    """The target with today's name of the account that it named; TargetError if it is not known which that was."""
    if entry.account is None or _names_account(entry.resource):
        return entry.model_copy(update={"account": None})
    then = called()
    if isinstance(then, str):
        why = f"{CONFIG} of that commit does not tell which account '{entry.account}' was: {then}"
        raise TargetError(why, "undo it by hand", "account")
    was = account_named(then, entry.account)
    number = then.accounts[was].id if was else ""
    if number not in config.names:
        raise TargetError(f"the account {number or repr(entry.account)} is not in {CONFIG}", "add it again", "account")
    return entry.model_copy(update={"account": config.names[number]})


def _names_account(resource: str) -> bool:
    try:
        return Arn.parse(resource).account != ""
    except ValueError:
        return False  # no target, as will be said
