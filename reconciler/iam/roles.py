"""The IAM roles of an account: what each may do, and who may assume it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.iam.documents import documents
from reconciler.iam.scope import Wanted
from reconciler.iam.statements import Purpose, Statement, statements
from reconciler.iam.trust import assumed, subjects, web_identity

PURPOSES: tuple[Purpose, ...] = ("read", "act")
DOES = {"read": "Krampus' read role", "act": "Krampus' act role"}
# For `krampus doctor`, which simulates whether the roles have the permissions that they need.
SIMULATE = Statement(
    ("iam:SimulatePrincipalPolicy",),
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


def trust(purpose: Purpose, way: Way, *, pinned: bool = False, external_id: str | None = None) -> dict[str, Any] | None:
    """The trust policy of the role for this purpose; None with `ambient` credentials."""
    if way == "ambient":
        return None
    return assumed(external_id) if way == "role" else web_identity(subjects(purpose, pinned=pinned))


def _statements(purpose: Purpose, wanted: Wanted) -> tuple[Statement, ...]:
    needed = statements(purpose, wanted)
    return (*needed, SIMULATE) if purpose == "read" else needed
