"""Where this very Krampus comes from: the repository on GitHub and the commit, if its installation tells."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from reconciler.clients.git.tracking import TIMEOUT

REPOSITORY = re.compile(r"(?:https?://[^/]+/|ssh://git@[^/]+/|git@[^:/]+:)([\w.-]+/[\w.-]+?)(?:\.git)?/?")
COMMIT = re.compile(r"[0-9a-f]{40}")


def origin(package: Path) -> tuple[str, str]:
    """("owner/name", commit), each "" if nothing tells it. `package`: its folder.

    What pip wrote down when it installed from a repository (PEP 610), or the checkout that the package is in.
    """
    try:
        said = json.loads(distribution("krampus").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        said = {}
    url, commit = said.get("url", ""), said.get("vcs_info", {}).get("commit_id", "")
    if not commit and (package.parent / "action.yml").exists():
        url, commit = _git(package, "remote", "get-url", "origin"), _git(package, "rev-parse", "HEAD")
    match = REPOSITORY.fullmatch(url)
    return match[1] if match else "", commit if COMMIT.fullmatch(commit) else ""


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  git, with arguments of our own
            ["git", "-C", str(folder), *arguments],  # noqa: S607  as it is found on the path
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
