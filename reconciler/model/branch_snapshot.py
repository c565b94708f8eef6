"""The report branch as it stood when it was fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class BranchSnapshot:
    """commit: its sha, "" if the branch does not exist yet; files: path -> content, of those that were asked for.

    blobs: path -> git's id of that content, as the branch's tree names it. A file whose id is known need not be read to
    be known as unchanged: the id is a hash over its content, and the signed commit names the tree.
    """

    commit: str
    files: Mapping[str, bytes]
    blobs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    def blob(self, path: str) -> str:
        """git's id of a file's content; "" if there is no such file."""
        if path in self.blobs or path not in self.files:
            return self.blobs.get(path, "")
        content = self.files[path]
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()  # as git names it
