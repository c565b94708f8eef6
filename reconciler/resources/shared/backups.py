"""Which backups count: those that keep all that was written, and were taken for what its team was told now. PURE.

A backup that a campaign of last spring took knows nothing of what was written since; deleting on its word loses that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.model.sighting import Resource
from reconciler.resources.shared.guards import COMPLETE, FAILED

# AWS tells of no volume when it was last attached: one that was attached, written and detached between two runs looks
# as before. So what is complete is trusted no longer than two runs a day apart need; a further snapshot is quick, since
# it holds only what has changed. Whatever AWS is still at is waited for, however long that takes.
FRESH = timedelta(hours=36)
# In the recycle bin, or switched off: nothing can be made of it as it is.
VOID = ("deregistered", "disabled", "recoverable", "recovering")


def counted(resource: Resource, fact: str, since: datetime | None, now: datetime) -> Resource:
    """The same resource, with those of its backups alone that count.

    fact: the one that holds them, a list or lists by name; each has `state` and `begun`, UTC in ISO 8601
    since: what was begun at that moment or before does not count; None if no notice stands: then nothing does
    """
    if fact not in resource.facts:
        return resource
    found = resource.facts[fact]
    if isinstance(found, Mapping):
        return _with(resource, fact, {name: _counted(some, since, now) for name, some in found.items()})
    return _with(resource, fact, _counted(found, since, now))


def _with(resource: Resource, fact: str, backups: Any) -> Resource:
    return replace(resource, facts={**resource.facts, fact: backups})


def _counted(backups: Sequence[Mapping[str, str]], since: datetime | None, now: datetime) -> list[Mapping[str, str]]:
    return [backup for backup in backups if since and _counts(backup, since, now)]


def _counts(backup: Mapping[str, str], since: datetime, now: datetime) -> bool:
    begun, state = _begun(backup), backup["state"]
    if begun is None or begun <= since or state in VOID:
        return False
    return now - begun <= FRESH or state not in (*COMPLETE, *FAILED)


def _begun(backup: Mapping[str, str]) -> datetime | None:
    """None where AWS did not tell: such a one may be of any age."""
    try:
        begun = datetime.fromisoformat(backup.get("begun", ""))
    except ValueError:
        return None
    return begun if begun.tzinfo else None
