"""What tasks ordered at earlier commits of main: the files that git has of them to orders. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from reconciler.load.cross_checks import order_of
from reconciler.load.document import parse
from reconciler.load.targets import TargetError, resolve_target
from reconciler.model.config import Config
from reconciler.model.task import Order, Past, PastKey, Task

Files = Mapping[str, bytes]  # the path of a task's file from the root -> its content


def past_orders(config: Config, wanted: Iterable[PastKey], files: Mapping[str, Files | str]) -> Past:
    """What each ordered, or why that is not known. `files`: by commit, or why git does not show them.

    Accounts are looked up in today's configuration, since it is there that something is to be undone. A file that has a
    fault today ordered nothing that is known for sure.
    """
    return {key: _order(config, key, files[key[0]]) for key in wanted}


def _order(config: Config, key: PastKey, files: Files | str) -> Order | str:
    commit, task, arn = key
    if isinstance(files, str):
        return files
    named = [file for file in files if PurePosixPath(file).stem == task]
    if len(named) != 1:
        return f"{'no file' if not named else 'more than one file'} of the task '{task}' stood at commit {commit[:12]}"
    document, faults = parse(named[0], files[named[0]], Task)
    if document is None or faults:
        return f"{named[0]} has a fault at commit {commit[:12]}: {faults[0].message}"
    entries = [entry for entry in document.content.targets or () if entry.resource == arn]
    if len(entries) != 1:
        return f"{named[0]} does not name it at commit {commit[:12]}"
    try:
        target = resolve_target(config, entries[0], document.content.action)
    except TargetError as error:
        return f"{named[0]} at commit {commit[:12]}: {error.message}"
    return order_of(document, entries[0], config, target)
