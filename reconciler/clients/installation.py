"""Where this very Krampus comes from: the repository on GitHub and the commit, if its installation tells."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from reconciler.clients.git.origin import origin_and_commit

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
        url, commit = origin_and_commit(package.parent)
    match = REPOSITORY.fullmatch(url)
    return match[1] if match else "", commit if COMMIT.fullmatch(commit) else ""
