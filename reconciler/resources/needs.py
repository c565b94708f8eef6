"""What must be read of a resource for an action to speak; nothing more, if it stands as asked by what is seen already.

That is found out by letting the action look: one that asks for nothing, and has looked at no fact of a part, would say
the same whatever these are. PURE.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.kind import Kind, Part, Refused, Underway


class Lacking(Exception):  # noqa: N818  an answer, not an error
    """The action looks at what has not been read."""


@dataclass(frozen=True)
class InPart(Mapping[str, Any]):
    """Facts without those of parts: whoever looks at one of these, or at how many there are, is told that by Lacking.

    `lacking` counts whether or not there is such a fact.
    """

    facts: Mapping[str, Any]
    lacking: Collection[str]

    def __getitem__(self, name: str) -> Any:
        if name in self.lacking:
            raise Lacking(name)
        return self.facts[name]

    def __iter__(self) -> Iterator[str]:
        raise Lacking

    def __len__(self) -> int:
        raise Lacking


def parts_needed(kind: Kind, action: Action, options: Mapping[str, Any] | None, resource: Resource) -> Collection[Part]:
    """The parts that must be read for an action with a task's options; without any options for the undo of it."""
    parts = kind.parts_for(action, options)
    return () if parts and options is not None and _settled(kind, action, options, resource) else parts


def _settled(kind: Kind, action: Action, options: Mapping[str, Any], resource: Resource) -> bool:
    verb = kind.verbs[action]
    lacking = {fact for part in kind.parts for fact in part.facts}
    try:
        return not verb.needed(
            replace(resource, facts=InPart(resource.facts, lacking)), verb.options.model_validate(dict(options))
        )
    except (Lacking, Refused, Underway):
        return False
