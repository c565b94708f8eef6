"""What GitHub says of a repository in which a team has its issues."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RepositorySettings:
    """archived: nothing in it can be changed any more; has_issues: issues are switched on; private: not all may see it.

    scopes: what the token may do, of a personal token of the old kind (an OAuth scope); None for all other tokens.
    """

    archived: bool
    has_issues: bool
    private: bool
    scopes: tuple[str, ...] | None
