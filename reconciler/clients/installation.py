"""The repository on GitHub and the commit that this installation of Krampus comes from, if that is known."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from reconciler.clients.git.origin import origin_and_commit

REPOSITORY = re.compile(r"(?:https?://[^/]+/|ssh://git@[^/]+/|git@[^:/]+:)([\w.-]+/[\w.-]+?)(?:\.git)?/?")
COMMIT = re.compile(r"[0-9a-f]{40}")


def origin(package: Path) -> tuple[str, str]:
    """("owner/name", commit), each "" if it is unknown. `package`: the folder of the package.

    Sources: what pip recorded when it installed from a repository (PEP 610), or the clone that the package is in.
    """
    try:
        recorded = json.loads(distribution("krampus").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        recorded = {}
    url, commit = recorded.get("url", ""), recorded.get("vcs_info", {}).get("commit_id", "")
    if not commit and (package.parent / "action.yml").exists():
        url, commit = origin_and_commit(package.parent)
    match = REPOSITORY.fullmatch(url)
    return match[1] if match else "", commit if COMMIT.fullmatch(commit) else ""
