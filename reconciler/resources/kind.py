"""What a kind is made of: how it is seen, and verbs that return the calls still needed. It sends nothing itself.

A kind is one file. In its order: the ARN pattern; the operations that it reads and sends; the options of its verbs;
`observe`, which reads AWS into a `Resource` whose `facts` are all that the verbs go by; `disable` and `kill`, which
come from facts to calls; and `KIND`, which ties them together. Permissions, scopes, batches, session policies and
documentation follow from what it declares. `shared/` has what kinds have in common:

- `reads`: reading pages, by filter, or one by one with the code by which AWS says that there is none
- `guards`: states in which to wait or to refuse, protections that `force` lifts, backups that come first
- `backups`: which of them count
- `settings`: parts that are written as a whole, resource policies above all, and put back exactly
- `owners`: who else manages a resource, by its tags and what AWS calls its operator
- `resource_policy`: which statements let everybody in; `arns`: what other kinds' operations are used on

Errors of AWS come through `observe` as they are: a failed look is never taken for an absence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import cached_property
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import PLANNED, Call
from reconciler.model.operation import Operation
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
        """aws, aws-cn, aws-us-gov, or one of the others (`model.regions`)."""

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client for reading; `region` only where it differs from the place's (a bucket's)."""


# How a call that no kind made ends what would read it.
SHAPELESS = (AttributeError, LookupError, TypeError, ValueError)


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


class Forced(Kill):
    """Options of a `kill` before which a protection may stand: `force` lifts it."""

    force: bool = False


@dataclass(frozen=True)
class UndoStep:
    """What takes calls back: those to be sent now, and why others must wait until these are through ("" if none)."""

    calls: Sequence[Call]
    later: str = ""


def undo_of(calls: Iterable[Call], later: str = "") -> UndoStep:
    """The undo of each of these calls."""
    return UndoStep([back for call in calls if (back := call.reversed)], later)


Names = Sequence[str] | None  # the names of resources to be looked at; None: all that there are in the place
Observe = Callable[[Place, Names], Iterator[Resource]]


def nothing_else(_resource: Resource, _options: Any) -> Iterable[str]:
    """No notes: nothing follows but what the calls say."""
    return ()


@dataclass(frozen=True)
class Verb:
    """One action on one kind.

    calls: (resource, options) -> the calls still needed, none when it stands as asked; may raise Refused or Underway
    does: what it does, after "Krampus will …" ("stop the instance")
    operations: what it sends; the ways back are declared by these themselves
    manual_commands: with which a team does it before Krampus does; `{name}` and `{region}` stand for the target's,
    PLANNED for the calls that are planned. Each word is one argument, whatever the name holds
    backup: what keeps the data of a `kill`, which takes it or refuses; "" if AWS has none for this kind
    backups: the fact with those that were taken by a call of their own (`adds`), each with `id`, `state`, and `begun`,
    UTC in ISO 8601: a list, or lists by name. "" if the call that ends it takes the backup. The verb is shown those
    alone that count (`shared/backups`); `quiets`: the operations after which nothing is written any more
    observe, reads: its own look, and the operations that this takes, where it must know more than the kind's facts
    stuck_after: how long AWS may be underway before a person should look
    notes: (resource, options) -> what follows from the calls besides, or what was not looked at, for people: sentences
    without a full stop ("events are kept for six hours"). They are shown in plans, issues and the report
    """

    calls: Callable[[Resource, Any], list[Call]]
    does: str
    operations: tuple[Operation, ...]
    manual_commands: tuple[str, ...] = (PLANNED,)
    backup: str = ""
    backups: str = ""
    quiets: tuple[Operation, ...] = ()
    options: type[Options] = Options
    observe: Observe | None = None
    reads: tuple[Operation, ...] = ()
    stuck_after: timedelta = timedelta(hours=1)
    notes: Callable[[Resource, Any], Iterable[str]] = nothing_else

    @property
    def undo_operations(self) -> tuple[Operation, ...]:
        """The operations that may take its calls back."""
        return tuple(inverse for operation in self.operations for inverse in operation.undo)

    def needed(self, resource: Resource, options: Options) -> list[Call]:
        """The calls still needed. Refused too where they end what no backup keeps, and the task does not allow it."""
        calls = self.calls(resource, options)
        if calls and isinstance(options, Kill) and not (self.backup or options.skip_backup):
            raise Refused(
                "AWS has no backup of it, so it would be lost for good; if that is acceptable, set `skip_backup: true` "
                "in the task's options"
            )
        return calls


def created(resource: Resource) -> str:
    """Its creation time as an identity; "" if AWS does not tell it."""
    return resource.created.astimezone(UTC).isoformat() if resource.created else ""


def unique(resource: Resource) -> str:
    """Its name as an identity, where AWS never gives it to another."""
    return resource.name


def unknown(_resource: Resource) -> str:
    """No identity: AWS tells nothing that a new resource of the same name would not have too."""
    return ""


@dataclass(frozen=True)
class Kind:
    """One type of AWS resource.

    name: as the Resource Groups Tagging API writes it, `service:type`; title: for people ("EC2 instance")
    arn: how AWS writes its ARNs; pattern: a whole name, since AWS reads `*` in a filter as a wildcard, and so that
    kinds whose ARNs are of one form are told apart
    observe: (place, at most `batch` names, or None) -> those that exist, or all; reads: the operations that this takes
    lists: those that only looking for all of them takes
    dated: AWS tells when it was created
    identity: what tells a resource from another of its name; "" if nothing does, and then one that was seen to be gone
    is another one for certain, and docs say that one which was not seen to be gone cannot be told apart
    before: (resource as it stands, a call that was made) -> the facts that were others before it, as far as the call
    and its undo tell: of these its verb makes this very call again. What is not made again is not undone, for somebody
    may have forged the ledger. None where nothing has an undo
    undo_calls: (resource, calls that were made and can be undone, newest first) -> what takes back those that still
    stand; may raise Refused, if somebody has changed since what would be overwritten, or Underway
    display_name: what people call it, beside the name that AWS gave it; "" if nothing is known
    tagged: its look brings the tags that tell of its owners; False where AWS has no tags for the kind
    kms_via: the service that asks KMS in the caller's name where its disks are encrypted ("ec2"); "" if none does
    """

    name: str
    title: str
    arn: ArnPattern
    pattern: str
    observe: Observe
    reads: tuple[Operation, ...]
    verbs: Mapping[Action, Verb] = field(default_factory=dict)
    lists: tuple[Operation, ...] = ()
    batch: int = 200
    dated: bool = True
    before: Callable[[Resource, Call], Mapping[str, Any]] | None = None
    undo_calls: Callable[[Resource, Sequence[Call]], UndoStep] = lambda _resource, calls: undo_of(calls)
    display_name: Callable[[Resource], str] = lambda resource: resource.tags.get("Name", "")
    tagged: bool = True
    kms_via: str = ""
    identity: Callable[[Resource], str] = created

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All that it reads and sends, whatever the verb, and all that takes that back."""
        of_verbs = (
            each for verb in self.verbs.values() for each in (*verb.reads, *verb.operations, *verb.undo_operations)
        )
        return (*self.reads, *self.lists, *of_verbs)

    def sends(self, action: Action, *, undo: bool) -> tuple[Operation, ...]:
        """All that an action may send, or the undo of it; none if it has no such action.

        With a `kill` goes the undo of a `disable`: a task may have been raised from the one to the other.
        """
        if not undo:
            return self.verbs[action].operations if action in self.verbs else ()
        undone = [verb for name, verb in self.verbs.items() if action in (name, "kill")]
        return tuple(operation for verb in undone for operation in verb.undo_operations)

    def operation(self, call: Call, action: Action, name: str, *, undo: bool) -> Operation | None:
        """What is declared of a call that an action, or its undo, sends on the resource of this name; else None."""
        return next((one for one in self.sends(action, undo=undo) if one.fits(call, name)), None)

    def makes(self, action: Action, options: Mapping[str, Any], resource: Resource, call: Call) -> bool:
        """Whether the action makes this very call, undo included, of how the resource stood before it (`before`).

        `call` may be anything that somebody wrote.
        """
        if action not in self.verbs or self.before is None:
            return False
        verb = self.verbs[action]
        try:
            facts = {**resource.facts, **self.before(resource, call)}
            made = verb.needed(replace(resource, facts=facts), verb.options.model_validate(dict(options)))
        except (*SHAPELESS, Refused, Underway):
            return False
        return call.canonical in [one.canonical for one in made]

    def find(self, place: Place) -> Iterator[Resource]:
        """All of the kind in a place, with tags, and with the time of creation where AWS tells it."""
        return self.observe(place, None)
