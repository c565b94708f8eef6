"""URLs of pages of this repository, built of checked parts alone, each of them percent-encoded. PURE."""

from __future__ import annotations

from reconciler.model.repository_url import RepositoryUrl
from reconciler.render.escape import url

LONGEST_URL = 2_000  # characters; servers refuse addresses of some more


def to_file(home: RepositoryUrl, path: str, branch: str = "") -> str:
    """The address of a file on a branch (default: that of the reviewed files); "" where there is no home."""
    return _to(home, "blob", branch or home.branch, path)


def to_new_file(home: RepositoryUrl, path: str, content: str) -> str:
    """The address of GitHub's page for a new file that is filled in already; "" if it would be too long, or nowhere."""
    folder, _, name = path.rpartition("/")
    page = _to(home, "new", home.branch, folder)
    address = f"{page}?filename={url(name)}&value={url(content)}"
    return address if page and len(address) <= LONGEST_URL else ""


def _to(home: RepositoryUrl, page: str, branch: str, path: str) -> str:
    if not home.server:
        return ""
    parts = [page, *branch.split("/"), *path.split("/")]
    return "/".join((home.server, home.repository, *(url(part) for part in parts if part)))
