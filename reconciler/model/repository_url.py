"""Where this repository stands on the web: the parts of which every link is built."""

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
        """The home that GitHub Actions names; the empty one elsewhere, or if a part is not what it should be."""
        server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        if not (SERVER.fullmatch(server) and REPOSITORY.fullmatch(repository)):
            return cls()
        # Of a pull request it is the branch that it goes to; a tag, or the merge of one, is no branch to add files to.
        named = environment.get("GITHUB_BASE_REF") or (
            environment.get("GITHUB_REF_NAME", "") if environment.get("GITHUB_REF_TYPE", "branch") == "branch" else ""
        )
        return cls(server, repository, named if BRANCH.fullmatch(named) and not named.endswith("/merge") else "main")
