"""What tasks ordered at earlier commits of main: the files that git has of them to orders. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from reconciler.load.cross_checks import order_of
from reconciler.load.document import parse
from reconciler.load.look_alikes import CONFIG
from reconciler.load.targets import TargetError, account_named, resolve_target
from reconciler.model.config import Config
from reconciler.model.target import Arn
from reconciler.model.task import Order, Past, PastKey, Task, TaskTarget

Files = Mapping[str, bytes]  # the path from the root of a task's file, and of krampus.yaml -> its content


def past_orders(config: Config, wanted: Iterable[PastKey], files: Mapping[str, Files | str]) -> Past:
    """What each ordered, or why that is not known. `files`: by commit, or why git does not show them.

    An account is the one that its name meant at that commit, called as it is called today, since it is there that
    something is to be undone. A file that has a fault today ordered nothing that is known for sure.
    """
    return {key: _order(config, key, files[key[0]]) for key in wanted}


def _order(config: Config, key: PastKey, files: Files | str) -> Order | str:
    commit, task, arn = key
    if isinstance(files, str):
        return files
    named = [file for file in files if file.startswith("tasks/") and PurePosixPath(file).stem == task]
    if len(named) != 1:
        return f"{'no file' if not named else 'more than one file'} of the task '{task}' stood at commit {commit[:12]}"
    document, faults = parse(named[0], files[named[0]], Task)
    if document is None or faults:
        return f"{named[0]} has a fault at commit {commit[:12]}: {faults[0].message}"
    entries = [entry for entry in document.content.targets or () if entry.resource == arn]
    if len(entries) != 1:
        return f"{named[0]} does not name it at commit {commit[:12]}"
    try:
        entry = _as_called_now(config, entries[0], files)
        target = resolve_target(config, entry, document.content.action)
    except TargetError as error:
        return f"{named[0]} at commit {commit[:12]}: {error.message}"
    return order_of(document, entry, config, target)


def _as_called_now(config: Config, entry: TaskTarget, files: Files) -> TaskTarget:
    """The target with today's name of the account that it named; TargetError if it is not known which that was."""
    if entry.account is None or _names_account(entry.resource):
        return entry.model_copy(update={"account": None})
    document, faults = parse(CONFIG, files.get(CONFIG, b""), Config)
    if document is None or faults:
        why = f"{CONFIG} of that commit does not tell which account '{entry.account}' was: {faults[0].message}"
        raise TargetError(why, "undo it by hand", "account")
    was = account_named(document.content, entry.account)
    number = document.content.accounts[was].id if was else ""
    if number not in config.names:
        raise TargetError(f"the account {number or repr(entry.account)} is not in {CONFIG}", "add it again", "account")
    return entry.model_copy(update={"account": config.names[number]})


def _names_account(resource: str) -> bool:
    try:
        return Arn.parse(resource).account != ""
    except ValueError:
        return False  # no target, as will be said
