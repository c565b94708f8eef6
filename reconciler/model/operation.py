"""An operation of AWS as a kind declares it, once: calls, permissions, batches and undo follow from that. PURE."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NamedTuple

from reconciler.model.call import Call
from reconciler.model.sighting import Resource, Trouble

NOT_SEEN = object()  # in the place of a fact that nobody has looked at
Conditions = Mapping[str, Mapping[str, str | tuple[str, ...]]]


class Meaning(NamedTuple):
    """What an error means: its whole code, and a piece of its message, as regular expressions; the first fit counts.

    trouble: its class, None where the code alone tells it; hint: what a person can do, after "; "
    passes: it is over in seconds, and nothing has happened: the same call may be sent again
    """

    code: str
    message: str
    trouble: Trouble | None
    hint: str = ""
    passes: bool = False


@dataclass(frozen=True)
class Scope:
    """IAM actions, and what they may be used on: ARNs with `{partition}` and `{account}` in them, and conditions.

    An action that AWS knows no resource for is allowed on everything, as AWS wants it.
    """

    actions: tuple[str, ...]
    arns: tuple[str, ...] = ("*",)
    when: Conditions = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One operation, called on a resource: `STOP(instance)` is the `Call` that stops it, with the call that undoes it.

    service, name: as boto3 has them ("ec2", "stop_instances")
    target: the argument that names the resource ("FunctionName"), or what makes such arguments of it; "" for none
    batch: the argument that lists resources, and how many go into one call: far below AWS's bound, so that one refused
    member costs little. It names the resource itself, unless it is `of_others` (a spot request)
    given: arguments that are always the same
    undo: the operations that may take a call back. A single one is called with the arguments that the call got, unless
    the call is given its undo; without any, there is no way back
    iam: the IAM actions that AWS asks for, if it is not one of the operation's own name ("ec2:StopInstances")
    on, when: what these may be used on, and IAM's conditions on that (`Scope`); also: what AWS asks for besides
    none: of a look, the codes by which AWS says that there is none; other errors are no absence
    errors: what AWS's errors mean here alone
    gone: the codes by which AWS says that the very resource which `target` or `batch` names does not exist, or stands
    as asked: then there is nothing left to do. Any other "not found" may speak of another thing, and is a failure
    Of what a `kill` sends, each says what becomes of what was there, in one of three ways:
    undo: there is a way back; what would be put back is among the call's arguments or the kind's facts
    adds: it takes nothing away, but makes something besides (a backup), and so needs no way back
    destroys: nothing brings back what it takes. The first such call is the point of no return: a run's calls with a way
    back come before it, and what would make AWS refuse the last call is looked for by `observe` before the first
    """

    service: str
    name: str
    target: str | Callable[[Resource], Mapping[str, Any]] = ""
    _: KW_ONLY
    batch: tuple[str, int] = ("", 1)
    of_others: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)
    undo: tuple[Operation, ...] = ()
    iam: str | tuple[str, ...] = ()
    on: tuple[str, ...] = ("*",)
    when: Conditions = field(default_factory=dict)
    also: tuple[Scope, ...] = ()
    none: tuple[str, ...] = ()
    errors: tuple[Meaning, ...] = ()
    gone: tuple[str, ...] = ()
    adds: bool = False
    destroys: bool = False

    def __call__(self, resource: Resource, undo: Call | None = None, /, **arguments: Any) -> Call:
        """The call on this resource. ValueError for an undo that is not declared, or that is missing."""
        if undo is None and len(self.undo) == 1:
            undo = self.undo[0](resource, **arguments)
        declared = [inverse.key for inverse in self.undo]
        if (undo or declared) and (not undo or (undo.service, undo.operation) not in declared):
            raise ValueError(f"{self.key} is taken back by one of {declared}, not by {undo}")
        whole = {**self._itself(resource), **arguments, **self.given}
        return Call(service=self.service, operation=self.name, arguments=whole, undo=undo)

    def fits(self, call: Call, name: str) -> bool:
        """Whether a call may be one of this operation on the resource of this name, as far as the call alone tells."""
        said = call.arguments
        if self.batch[0]:
            listed = said.get(self.batch[0])
            named = isinstance(listed, list) and len(listed) == 1 and (self.of_others or listed == [name])
        else:
            itself = self._itself(Resource(name, defaultdict(lambda: NOT_SEEN)))
            named = all(key in said and value in (said[key], NOT_SEEN) for key, value in itself.items())
        alike = all(key in said and said[key] == value for key, value in self.given.items())
        return named and alike and self.key == (call.service, call.operation)

    @property
    def key(self) -> tuple[str, str]:
        """What a `Call` has of it."""
        return self.service, self.name

    @property
    def actions(self) -> tuple[str, ...]:
        """The IAM actions for the operation itself."""
        words = "".join(word.capitalize() for word in self.name.split("_"))
        named = self.iam or f"{self.service}:{words}"
        return (named,) if isinstance(named, str) else named

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """All that IAM is asked."""
        return (Scope(self.actions, self.on, self.when), *self.also)

    @property
    def gone_is_done(self) -> bool:
        """Whether AWS may say of it that nothing is left to do (`Trouble.GONE`)."""
        return any(meaning.trouble is Trouble.GONE for meaning in self.meanings)

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        """What AWS's errors mean of it alone, those in `gone` among them."""
        return (*self.errors, *(Meaning(re.escape(code), "", Trouble.GONE) for code in self.gone))

    def _itself(self, resource: Resource) -> Mapping[str, Any]:
        if self.batch[0]:
            return {self.batch[0]: [resource.name]}
        if isinstance(self.target, str):
            return {self.target: resource.name} if self.target else {}
        return self.target(resource)


def permissions(operations: Iterable[Operation]) -> tuple[str, ...]:
    """The IAM actions of all of them, each once, in order."""
    return tuple(
        dict.fromkeys(action for operation in operations for scope in operation.scopes for action in scope.actions)
    )


@dataclass(frozen=True)
class Known:
    """actions: the IAM actions that AWS asks for ("ec2:StopInstances"); meanings: what only its errors mean."""

    actions: tuple[str, ...] = ()
    meanings: tuple[Meaning, ...] = ()


# (service, operation) -> what is known; the operation as boto3 or as the API names it, the service "" if unknown.
Knowledge = Callable[[str, str], Known]
