"""Parts of a resource that are written as a whole, resource policies above all: changed, and put back exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Refused, UndoStep, undo_of
from reconciler.resources.shared.resource_policy import is_public, without_public


@dataclass(frozen=True)
class Setting:
    """One such part.

    fact: the fact that holds its value, None if the resource has none
    put, clear: the operations that write it and take it away, None where something empty is written instead; both
    declare what may put it back
    argument: of `put`, that which takes the value, as `encode` makes it of (resource, value), and `decode` reads it;
    "" where the value is a mapping of several arguments, and `decode` reads it from all that there are
    public: of a policy, which statements let everybody in
    """

    fact: str
    put: Operation
    clear: Operation | None
    argument: str
    encode: Callable[[Resource, Any], Any] = lambda _, value: value
    decode: Callable[[Any], Any] = lambda given: given
    public: Callable[[Mapping[str, Any]], bool] = is_public

    def change(self, resource: Resource, to: Any) -> list[Call]:
        """The call that writes this value, with the one that puts back what stood there; none if it stands."""
        before = resource.facts[self.fact]
        if to == before:
            return []
        operation, arguments = self._write(resource, to)
        back, restored = self._write(resource, before)
        return [operation(resource, replace(back, undo=())(resource, **restored), **arguments)]

    def writes(self, call: Call) -> bool:
        """Whether it is one of its calls."""
        return call.operation in (self.put.name, self.clear and self.clear.name)

    def written(self, call: Call) -> Any:
        """The value after one of its calls."""
        if not self.argument:
            return self.decode(call.arguments) if call.operation == self.put.name else None
        return self.decode(call.arguments[self.argument]) if self.argument in call.arguments else None

    def _write(self, resource: Resource, value: Any) -> tuple[Operation, Mapping[str, Any]]:
        if value is None and self.clear:
            return self.clear, {}
        encoded = self.encode(resource, value)
        return self.put, {self.argument: encoded} if self.argument else encoded


def close(resource: Resource, policy: Setting) -> list[Call]:
    """Take the statements that let everybody in out of its policy; a policy that has no others goes."""
    before = resource.facts[policy.fact]
    return policy.change(resource, before and without_public(before, policy.public))


def stood(call: Call, *settings: Setting) -> Mapping[str, Any]:
    """Of a kind's `before`, for these: what stood there, as the undo of one of their calls writes it."""
    return {each.fact: each.written(call.undo) for each in settings if each.writes(call) and call.undo}


def undo_settings(*settings: Setting) -> Callable[[Resource, Sequence[Call]], UndoStep]:
    """A kind's `undo_calls` for these: put back what stood there, unless somebody has written something else since."""

    def undo_calls(resource: Resource, calls: Sequence[Call]) -> UndoStep:
        standing = [call for setting in settings for call in _standing(setting, resource, calls)]
        return undo_of(call for call in calls if call in standing)

    return undo_calls


def _standing(setting: Setting, resource: Resource, calls: Sequence[Call]) -> list[Call]:
    """Of a setting's calls, newest first, those that still stand: each wrote over what the one before it had left.

    Refused if its value is none that they wrote or found.
    """
    chain: list[Call] = []
    for call in filter(setting.writes, calls):
        if chain and setting.written(call) != _found(setting, chain[-1]):
            break  # somebody else wrote between the two
        chain.append(call)
    for number, call in enumerate(chain):
        if resource.facts[setting.fact] == setting.written(call):
            return chain[number:]
    if chain and resource.facts[setting.fact] != _found(setting, chain[-1]):
        part = setting.fact.replace("_", " ")
        raise Refused(f"its {part} changed since; restore it by hand if it should be as before")
    return []


def _found(setting: Setting, call: Call) -> Any:
    """The value before one of its calls."""
    return setting.written(call.undo or call)
