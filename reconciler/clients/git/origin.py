"""git: where a clone comes from, and the commit that its work tree is at. Read by GitPython."""

from __future__ import annotations

import configparser
from pathlib import Path


def origin_and_commit(folder: Path) -> tuple[str, str]:
    """The address of the clone's `origin`, and the commit as hexadecimal digits; ("", "") if not both are known."""
    try:
        import git
    except ImportError:  # git itself is missing
        return "", ""
    try:
        with git.Repo(folder) as repo:
            commit = repo.head.commit.hexsha
            return str(repo.remotes.origin.config_reader.get("url")), commit
    except (git.GitError, configparser.Error, AttributeError, OSError, ValueError):
        return "", ""
