"""What GitHub's settings keep people from: the rules of a branch, of an environment, and who may bypass them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Actor(NamedTuple):
    """Somebody whom a rule lets by, as GitHub's API names it: `RepositoryRole` 5, `Integration` 15368, `DeployKey`."""

    kind: str
    number: int | None = None


Actors = frozenset[Actor]
# The App whose token every job has, whatever branch its workflow is on.
GITHUB_ACTIONS = Actor("Integration", 15368)
ADMINISTRATORS = frozenset({Actor("RepositoryRole", 5), Actor("OrganizationAdmin")})


@dataclass(frozen=True)
class RepositoryIdentity:
    """A repository's name, "owner/name", and what stays when it is renamed: its number, and its owner's."""

    name: str
    number: str
    owner_number: str
    default_branch: str

    @property
    def forms(self) -> tuple[str, str]:
        """The two forms in which the `sub` of its tokens names it."""
        owner, _, name = self.name.partition("/")
        return self.name, f"{owner}@{self.owner_number}/{name}@{self.number}"


@dataclass(frozen=True)
class EnvironmentRules:
    """Who may deploy to an environment: branches and tags by their patterns; `anybody`: every branch and tag.

    reviewed: whether somebody must approve each deployment.
    """

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    anybody: bool = False
    reviewed: bool = False


@dataclass(frozen=True)
class BranchRules:
    """What the rules of a branch ask for.

    approvals: reviews of a pull request, None if it may be pushed without one; fresh: whether a later push takes them
    back. creators, pushers: who alone may create it and push it, None for everybody who may write. bypass: who may
    pass by all the rest. bypass_hidden, older_hidden: the token is not shown who may bypass rulesets, or the older
    kind of protection, which may ask for more.
    """

    approvals: int | None = None
    code_owners: bool = False
    fresh: bool = False
    no_force: bool = False
    no_deletion: bool = False
    checks: frozenset[str] = frozenset()
    creators: Actors | None = None
    pushers: Actors | None = None
    bypass: Actors = field(default_factory=frozenset)
    bypass_hidden: bool = False
    older_hidden: bool = False
