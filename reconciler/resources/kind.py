"""What a kind is made of: how it is seen, and verbs that return the calls still needed. It sends nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.model.task import Action


class Place(Protocol):
    """One account in one region: what a kind looks through."""

    @property
    def account(self) -> str:
        """The account's twelve digits."""

    @property
    def region(self) -> str:
        """Where regional services are asked, as AWS writes it."""

    @property
    def partition(self) -> str:
        """aws, aws-cn, or aws-us-gov."""

    @property
    def not_offered(self) -> tuple[type[Exception], ...]:
        """The errors by which an emulator says that it lacks an operation. AWS itself lacks none, so there: none."""

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client for reading; `region` only where it differs from the place's (a bucket's)."""


class Refused(Exception):  # noqa: N818  a verdict, not an error
    """The verb must not be carried out, or a person must act first. Says why, and what to do."""


class Underway(Exception):  # noqa: N818  a verdict, not an error
    """AWS is still working on what was asked. Says on what."""


class Options(BaseModel):
    """What a verb takes from a task's `options`. Every field is optional: a verb is safe without any."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Kill(Options):
    """Options of a `kill` that knows no others. `skip_backup`: what AWS or the task keeps no backup of may be lost."""

    skip_backup: bool = False


@dataclass(frozen=True)
class UndoStep:
    """What takes calls back: those to be sent now, and why others must wait until these are through ("" if none)."""

    calls: Sequence[Call]
    later: str = ""


def undo_of(calls: Iterable[Call], later: str = "") -> UndoStep:
    """The undo of each of these calls."""
    return UndoStep([back for call in calls if (back := call.reversed)], later)


@dataclass(frozen=True)
class Scope:
    """What IAM actions may be used on: ARNs with `{partition}` and `{account}` in them, and IAM's conditions on that.

    An action that AWS knows no resource for has no scope: it is allowed on everything, as AWS wants it.
    """

    actions: tuple[str, ...]
    arns: tuple[str, ...]
    when: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)


Observe = Callable[[Place, Sequence[str]], Iterator[Resource]]


PLANNED = "{calls}"


@dataclass(frozen=True)
class Verb:
    """One action on one kind.

    calls: (resource, options) -> the calls still needed, none when it stands as asked; may raise Refused or Underway
    does: what it does, after "Krampus will …" ("stop the instance")
    yourself: the commands with which a team does it before Krampus does; `{name}` and `{region}` stand for the
    target's, PLANNED for the calls that are planned. Each word is one argument, whatever the name holds
    permissions: the IAM actions of its calls; undo: those of the calls that take it back
    backup: what keeps the data of a `kill`, which takes it or refuses; "" if AWS has none for this kind
    observe, reads: its own look and the IAM actions for that, where the verb must know more than the kind's facts
    scopes: those that take the place of the kind's for the actions that they name
    stuck_after: how long AWS may be underway before a person should look
    """

    calls: Callable[[Resource, Any], list[Call]]
    does: str
    manual_commands: tuple[str, ...]
    permissions: tuple[str, ...]
    undo: tuple[str, ...] = ()
    backup: str = ""
    options: type[Options] = Options
    observe: Observe | None = None
    reads: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    stuck_after: timedelta = timedelta(hours=1)

    def needed(self, resource: Resource, options: Options) -> list[Call]:
        """The calls still needed. Refused too where they end what no backup keeps, and the task does not allow it."""
        calls = self.calls(resource, options)
        if calls and isinstance(options, Kill) and not (self.backup or options.skip_backup):
            raise Refused(
                "AWS keeps no backup of it, so that it would be lost for good; if it may be, set `skip_backup: true` "
                "in the task's options"
            )
        return calls


@dataclass(frozen=True)
class Kind:
    """One type of AWS resource.

    name: as the Resource Groups Tagging API writes it, `service:type`; title: for people ("EC2 instance")
    pattern: a whole name; anything else is refused at loading, since AWS reads `*` in a filter as a wildcard
    observe: (place, at most `batch` names) -> those that exist; permissions: the IAM actions that this takes
    scopes: what the IAM actions of the kind and its verbs may be used on; an action may have several
    dated: AWS tells when it was created; if not, the rule against re-used names cannot speak, and docs say so
    back: (resource, calls that were made and can be undone, newest first) -> what takes back those that still stand;
    may raise Refused, if somebody has changed since what would be overwritten, or Underway
    called: what people call it, beside the name that AWS gave it; "" if nothing is known
    """

    name: str
    title: str
    pattern: str
    observe: Observe
    permissions: tuple[str, ...]
    verbs: Mapping[Action, Verb] = field(default_factory=dict)
    scopes: tuple[Scope, ...] = ()
    batch: int = 200
    dated: bool = True
    undo_calls: Callable[[Resource, Sequence[Call]], UndoStep] = lambda _resource, calls: undo_of(calls)
    display_name: Callable[[Resource], str] = lambda resource: resource.tags.get("Name", "")


def tags(entries: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """AWS's list of {Key, Value} (or none) as a mapping."""
    return {entry["Key"]: entry["Value"] for entry in entries or ()}
