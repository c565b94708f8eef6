"""The web address of this repository: the parts from which every link is built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SERVER = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}")
BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}")


@dataclass(frozen=True)
class RepositoryUrl:
    """A repository of a GitHub server, and the branch that its reviewed files are on.

    Without a server there are no links.
    """

    server: str = ""
    repository: str = ""
    branch: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> RepositoryUrl:
        """The address from GitHub Actions' environment variables; empty elsewhere, or if one of them is malformed."""
        server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        if not (SERVER.fullmatch(server) and REPOSITORY.fullmatch(repository)):
            return cls()
        # For a pull request: its base branch. Files can be added neither to a tag nor to a pull request's merge ref.
        branch = environment.get("GITHUB_BASE_REF") or (
            environment.get("GITHUB_REF_NAME", "") if environment.get("GITHUB_REF_TYPE", "branch") == "branch" else ""
        )
        return cls(server, repository, branch if BRANCH.fullmatch(branch) and not branch.endswith("/merge") else "main")
