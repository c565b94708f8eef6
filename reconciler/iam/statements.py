"""The kinds' declarations as statements of a policy: which IAM actions, on what, and on which conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reconciler.iam.scope import Wanted
from reconciler.model.operation import Conditions, Operation, Scope
from reconciler.model.target import matches
from reconciler.resources.catalog import KINDS
from reconciler.resources.shared.protected import ROLES

Purpose = Literal["read", "act"]
# Managed policies are kept under this path, by which the act role is denied to change them.
PATH = "/krampus/"
# Nobody can lift these in Krampus either. Roles may have a path.
OUT_OF_REACH = (
    *(f"role/{path}{role}" for role in ("{read_role}", "{act_role}", *ROLES) for path in ("", "*/")),
    *("role/aws-service-role/*", "role/aws-reserved/*"),
    *("oidc-provider/*", "saml-provider/AWSSSO_*"),
    f"policy{PATH}*",
)


@dataclass(frozen=True)
class Statement:
    """One statement. ARNs and conditions have `{partition}`, `{account}` and the like in them, to be filled in."""

    actions: tuple[str, ...]
    arns: tuple[str, ...] = ("*",)
    when: Conditions = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"

    @property
    def written(self) -> dict[str, Any]:
        """As IAM writes it."""
        stated = {"Effect": self.effect, "Action": list(self.actions), "Resource": list(self.arns)}
        if not self.when:
            return stated
        return {**stated, "Condition": {name: _plain(keys) for name, keys in sorted(self.when.items())}}


def statements(purpose: Purpose, wanted: Wanted) -> tuple[Statement, ...]:
    """What the role for this purpose is allowed, none of it twice; the act role looks again before it acts.

    The act role is denied to touch the two roles and what else keeps an account in hand: no other policy lifts that.
    """
    scopes: dict[str, list[Scope]] = defaultdict(list)
    for action, scope in _needed(purpose, wanted):
        if scope not in scopes[action]:
            scopes[action].append(scope)
    together: dict[str, tuple[Scope, list[str]]] = {}
    for action in sorted(scopes):
        for scope in _least(scopes[action]):
            together.setdefault(repr((scope.arns, scope.when)), (scope, []))[1].append(action)
    allowed = (Statement(tuple(actions), scope.arns, scope.when) for scope, actions in together.values())
    return (*allowed, *([_keep_out()] if purpose == "act" else []))


def _needed(purpose: Purpose, wanted: Wanted) -> Iterator[tuple[str, Scope]]:
    for operation in operations(purpose, wanted):
        for scope in operation.scopes:
            yield from ((action, Scope((), scope.arns, scope.when)) for action in scope.actions)


def operations(purpose: Purpose, wanted: Wanted) -> Iterator[Operation]:
    """What the role for this purpose calls, by the declarations of the kinds; the same one may come more than once."""
    for name, actions in wanted.items():
        yield from KINDS[name].reads
        if purpose == "read":
            yield from KINDS[name].shown_by
        for verb in (KINDS[name].verbs[action] for action in actions):
            yield from verb.reads
            if purpose == "act":
                yield from (*verb.operations, *verb.undo_operations)


def _least(scopes: list[Scope]) -> list[Scope]:
    """Without those that another one covers."""
    return [scope for scope in scopes if not any(_covers(other, scope) for other in scopes if other is not scope)]


def _covers(wide: Scope, narrow: Scope) -> bool:
    arns = all(any(_wider(pattern, arn) for pattern in wide.arns) for arn in narrow.arns)
    return arns and all(
        set(_listed(values)) >= set(_listed(narrow.when.get(operator, {}).get(key, ("",))))
        for operator, keys in wide.when.items()
        for key, values in keys.items()
    )


def _wider(pattern: str, arn: str) -> bool:
    return pattern == arn or (arn != "*" and matches(pattern, arn))


def _keep_out() -> Statement:
    arns = tuple(f"arn:{{partition}}:iam::{{account}}:{resource}" for resource in OUT_OF_REACH)
    return Statement(("iam:*",), arns, effect="Deny")


def _plain(keys: Mapping[str, str | tuple[str, ...]]) -> dict[str, str | list[str]]:
    return {key: values if isinstance(values, str) else list(values) for key, values in sorted(keys.items())}


def _listed(values: str | tuple[str, ...]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else values
