"""What a kind is made of: how it is seen, and verbs that return the calls still needed. It sends nothing itself.

A kind is one file. In its order: the ARN pattern; the operations that it reads and sends; the options of its verbs;
`observe`, which reads AWS into a `Resource` whose `facts` are all that the verbs go by; a `Part` for facts that cost
calls of their own, if there are any; `disable` and `kill`, which come from facts to calls; and `KIND`, which ties them
together. Permissions, scopes, batches, session policies and
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

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import PLANNED, Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.place import Place

# Up to a hundred resources of a region at a time, by their ARNs. Source: the Resource Groups Tagging API Reference,
# GetResources; what was tagged a moment ago may not be told yet.
TAGS_OF = Operation("resourcegroupstaggingapi", "get_resources", iam="tag:GetResources")
# How a call that no kind made ends what would read it.
SHAPELESS = (AttributeError, LookupError, TypeError, ValueError)


class Refused(Exception):  # noqa: N818  a verdict, not an error
    """The verb must not be carried out, or a person must act first. Says why, and what to do."""


class Underway(Exception):  # noqa: N818  a verdict, not an error
    """AWS is still working on what was asked. Says on what."""


class Options(BaseModel):
    """What a verb takes from a task's `options`. Every field is optional: a verb is safe without any."""

    # To build what validates takes longest of all that a kind's import does, and few commands need it of few kinds.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


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


@dataclass(frozen=True, eq=False)
class Part:
    """Facts that cost calls of their own: they are read of what needs them, and of nothing else.

    facts: their names, also of what the look tells besides and nobody else goes by; reads: the operations it takes
    read: (place, resources of one look) -> the same with these facts, but for those that are gone meanwhile
    """

    facts: tuple[str, ...]
    reads: tuple[Operation, ...]
    read: Callable[[Place, Sequence[Resource]], Iterable[Resource]]


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
    parts: which it, its notes and its undo may go by, beside the kind's other facts; needs: options -> those of them
    that it goes by with these options. None: all. It is shown no others
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
    parts: tuple[Part, ...] = ()
    needs: Callable[[Any], Collection[Part]] | None = None
    stuck_after: timedelta = timedelta(hours=1)
    notes: Callable[[Resource, Any], Iterable[str]] = nothing_else

    @property
    def reads(self) -> tuple[Operation, ...]:
        """The operations that reading its parts takes."""
        return tuple(operation for part in self.parts for operation in part.reads)

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
    tagged: "seen": its look brings the tags that tell of its owners; "apart": they would cost calls of their own, and
    are read in bulk of what there is something left to do about; "never": AWS has no tags for the kind
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
    tagged: Literal["seen", "apart", "never"] = "seen"
    kms_via: str = ""
    identity: Callable[[Resource], str] = created

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All that it reads and sends, whatever the verb, and all that takes that back."""
        of_verbs = (
            each for verb in self.verbs.values() for each in (*verb.reads, *verb.operations, *verb.undo_operations)
        )
        return (*self.reads, *self.lists, *self.shown_by, *of_verbs)

    @property
    def shown_by(self) -> tuple[Operation, ...]:
        """The operations that bring what is only shown: nobody acts by it, and the second look does without."""
        return (TAGS_OF,) if self.tagged == "apart" else ()

    def sends(self, action: Action, *, undo: bool) -> tuple[Operation, ...]:
        """All that an action may send, or the undo of it; none if it has no such action.

        With a `kill` goes the undo of a `disable`: a task may have been raised from the one to the other.
        """
        if not undo:
            return self.verbs[action].operations if action in self.verbs else ()
        undone = [verb for name, verb in self.verbs.items() if action in (name, "kill")]
        return tuple(operation for verb in undone for operation in verb.undo_operations)

    def reads_for(self, action: Action, *, undo: bool) -> tuple[Operation, ...]:
        """All that looking takes before an action, or before the undo of it, which may be of a `disable` too."""
        verbs = [verb for name, verb in self.verbs.items() if name == action or (undo and action == "kill")]
        return (*self.reads, *(operation for verb in verbs for operation in verb.reads))

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

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Those of all its verbs, none of them twice."""
        return tuple({part: None for verb in self.verbs.values() for part in verb.parts})

    def parts_for(self, action: Action, options: Mapping[str, Any] | None) -> Collection[Part]:
        """What an action goes by with a task's options; without any (None) what its undo does."""
        verb = self.verbs[action]
        if options is None or verb.needs is None:
            return verb.parts
        return verb.needs(verb.options.model_validate(dict(options)))

    def look(
        self, place: Place, names: Sequence[str], needed: Callable[[Resource], Collection[Part]]
    ) -> list[Resource]:
        """Those of these names that exist, each with the parts that `needed` says of it as its look shows it."""
        found = {resource.name: resource for resource in self.observe(place, names)}
        parts = {name: set(needed(resource)) for name, resource in found.items()}
        for part in self.parts:
            lacking = [resource for name, resource in found.items() if part in parts[name]]
            read = {resource.name: resource for resource in part.read(place, lacking)} if lacking else {}
            gone = {resource.name for resource in lacking} - read.keys()
            found = {name: read.get(name, resource) for name, resource in found.items() if name not in gone}
        return [self.narrowed(resource, parts[name]) for name, resource in found.items()]

    def narrowed(self, resource: Resource, parts: Collection[Part]) -> Resource:
        """The same without the facts of other parts than these, which others needed: it looks as if they never had."""
        others = {fact for part in self.parts if part not in parts for fact in part.facts}
        if others.isdisjoint(resource.facts):
            return resource
        return replace(resource, facts={name: fact for name, fact in resource.facts.items() if name not in others})

    def find(self, place: Place) -> Iterator[Resource]:
        """All of the kind in a place, without any parts, and with the time of creation where AWS tells it."""
        return (self.narrowed(resource, ()) for resource in self.observe(place, None))
