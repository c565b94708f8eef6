"""The roles that AWS should have: what each may do, and who may assume it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.iam.documents import documents
from reconciler.iam.scope import Wanted
from reconciler.iam.statements import Purpose, Statement, statements
from reconciler.iam.trust import assumed, subjects, web_identity

PURPOSES: tuple[Purpose, ...] = ("read", "act")
DOES = {"read": "Krampus looks at what its tasks name", "act": "Krampus acts on what its tasks name"}
# For `krampus doctor`: whether the roles are allowed what they should be, asked without doing any of it.
EXAMINING = Statement(
    ("iam:SimulatePrincipalPolicy",),
    tuple(f"arn:{{partition}}:iam::{{account}}:role/{role}" for role in ("{read_role}", "{act_role}")),
)
Way = Literal["oidc", "role", "ambient"]


@dataclass(frozen=True)
class Role:
    """One role. With `ambient` credentials nobody assumes it: then only its policies are of use."""

    purpose: Purpose
    does: str
    policies: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """The placeholder of its name."""
        return f"{{{self.purpose}_role}}"


def roles(wanted: Wanted, purposes: Sequence[Purpose] = PURPOSES) -> tuple[Role, ...]:
    """A role for each purpose; TooMuch if AWS could not take its policies."""
    return tuple(Role(purpose, DOES[purpose], documents(_stated(purpose, wanted))) for purpose in purposes)


def trust(purpose: Purpose, way: Way, *, pinned: bool = False, external_id: str | None = None) -> dict[str, Any] | None:
    """Who may assume the role for this purpose; None with `ambient` credentials."""
    if way == "ambient":
        return None
    return assumed(external_id) if way == "role" else web_identity(subjects(purpose, pinned=pinned))


def _stated(purpose: Purpose, wanted: Wanted) -> tuple[Statement, ...]:
    stated = statements(purpose, wanted)
    return (*stated, EXAMINING) if purpose == "read" else stated
