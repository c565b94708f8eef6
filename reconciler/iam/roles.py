"""The IAM roles of an account: what each may do, and who may assume it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.iam.documents import documents
from reconciler.iam.placeholders import fill
from reconciler.iam.scope import Wanted
from reconciler.iam.statements import Purpose, Statement, statements
from reconciler.iam.trust import GITHUB, PINS, assumed, web_identity

PURPOSES: tuple[Purpose, ...] = ("read", "act")
DOES = {"read": "Krampus' read role", "act": "Krampus' act role"}
# For `krampus doctor`, which simulates whether the roles have the permissions that they need, and reads their trust.
EXAMINE = Statement(
    ("iam:GetRole", "iam:SimulatePrincipalPolicy"),
    tuple(f"arn:{{partition}}:iam::{{account}}:role/{role}" for role in ("{read_role}", "{act_role}")),
)
Way = Literal["oidc", "role", "ambient"]


@dataclass(frozen=True)
class Role:
    """One role. With `ambient` credentials it is not assumed, and only its policies are of use."""

    purpose: Purpose
    does: str
    policies: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """The placeholder of its name."""
        return f"{{{self.purpose}_role}}"


def roles(wanted: Wanted, purposes: Sequence[Purpose] = PURPOSES) -> tuple[Role, ...]:
    """A role for each purpose. Raises TooMuch if its policies exceed AWS's quotas."""
    return tuple(Role(purpose, DOES[purpose], documents(_statements(purpose, wanted))) for purpose in purposes)


def trust(
    purpose: Purpose, way: Way, provider: str = GITHUB, *, pinned: bool = False, external_id: str | None = None
) -> dict[str, Any] | None:
    """The trust policy of the role for this purpose; None with `ambient` credentials."""
    if way == "ambient":
        return None
    return assumed(external_id) if way == "role" else web_identity(purpose, provider, pinned=pinned)


def known_trust(purpose: Purpose, way: Way, names: Mapping[str, str]) -> dict[str, Any] | None:
    """The same with the placeholders filled in; None if too few of them are known for anybody to be trusted.

    `names`: the values that are known, and `provider`, if it is not github.com's.
    """
    pinned, external_id = PINS[purpose] in names, "{external_id}" if "external_id" in names else None
    document = trust(purpose, way, names.get("provider", GITHUB), pinned=pinned, external_id=external_id)
    if document is None or missing(way, names):
        return None
    filled: dict[str, Any] = fill(document, names)
    return filled


def missing(way: Way, names: Mapping[str, str | None]) -> tuple[str, ...]:
    """The placeholders without whose value nobody can be trusted."""
    by_id = ("repository_id",) if names.get("provider") in (None, GITHUB) else ()
    needed = {"oidc": ("repository", *by_id), "role": ("trusted",)}.get(way, ())
    return tuple(name for name in needed if not names.get(name))


def _statements(purpose: Purpose, wanted: Wanted) -> tuple[Statement, ...]:
    needed = statements(purpose, wanted)
    return (*needed, EXAMINE) if purpose == "read" else needed
