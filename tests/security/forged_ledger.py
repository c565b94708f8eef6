"""Somebody who may push to the report branch: his lines of the ledger are chained as Krampus chains its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from reconciler.ledger.chain import chained, parse
from reconciler.model.call import Call
from reconciler.model.ledger import Entry, Event
from tests.aws import WEB
from tests.desk import START, Desk

BRANCH = "krampus/reports"
TASK = "open"


def line(desk: Desk, event: Event, target: str, **over: Any) -> Entry:
    """A line of the task `open`, as of the main branch of the desk now."""
    given = {
        "at": START,
        "run": "0" * 16,
        "event": event,
        "task": TASK,
        "target": target,
        "account": WEB,
        "action": "disable",
    }
    ordered = {"commit": desk.git("rev-parse", "HEAD").strip()} if event is Event.INTENDED else {}
    return Entry.model_validate({**given, **ordered, **over})


def pair(desk: Desk, target: str, *calls: Call, fate: Event = Event.APPLIED, **over: Any) -> list[Entry]:
    """Two lines by which these calls were intended for a target, and done."""
    done = {key: value for key, value in over.items() if key != "commit"}
    return [line(desk, Event.INTENDED, target, calls=calls, **over), line(desk, fate, target, **done)]


def push(desk: Desk, entries: Iterable[Entry], after: timedelta = timedelta()) -> None:
    """Append the lines to the report branch of the remote, or begin one with them; each is of `after` START."""
    dated = [entry.model_copy(update={"at": START + after}) for entry in entries]
    if desk.tip():
        desk.git("fetch", "--quiet", "origin", f"+{BRANCH}:refs/forged")
        names = desk.git("ls-tree", "--name-only", "refs/forged", "ledger/").split()
        files = {name: desk.git("show", f"refs/forged:{name}").encode() for name in names}
    else:
        files = {}
    known = parse(files)
    written = chained(files, known[-1] if known else None, dated)
    index = {"GIT_INDEX_FILE": str(desk.root.parent / "forged-index")}
    parents = ["-p", "refs/forged"] if files else []
    tree = _tree(desk, written, index, "refs/forged" if files else "")
    commit = desk.git("commit-tree", tree, *parents, "-m", "Record run 0000000000000000").strip()
    desk.git("push", "--quiet", "origin", f"{commit}:refs/heads/{BRANCH}")


def _tree(desk: Desk, files: dict[str, bytes], index: dict[str, str], onto: str) -> str:
    desk.git("read-tree", *([onto] if onto else ["--empty"]), more=index)
    for name, content in files.items():
        scratch = desk.root.parent / "forged-file"
        scratch.write_bytes(content)
        blob = desk.git("hash-object", "-w", "--no-filters", str(scratch)).strip()
        desk.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}", more=index)
    return desk.git("write-tree", more=index).strip()
