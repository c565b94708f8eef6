"""git: the files of a commit, each read when it is asked for. A year of the ledger is not read to append a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.clients.git import objects
from reconciler.clients.git.runner import Runner

KEPT = 100_000  # bytes; what is smaller is kept once it was read: the lease and its like are asked for often


@dataclass(frozen=True, eq=False)  # equal as mappings are
class BlobFiles(Mapping[str, bytes]):
    """path -> content. blobs: path -> the id of its content. Reading raises DoorClosed if git has lost it."""

    git: Runner
    blobs: Mapping[str, str]
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    def __getitem__(self, path: str) -> bytes:
        """The content of one file."""
        if path in self._kept:
            return self._kept[path]
        (content,) = objects.contents(self.git, [self.blobs[path]])
        if len(content) <= KEPT:
            self._kept[path] = content
        return content

    def __contains__(self, path: object) -> bool:
        """Whether there is such a file; none is read."""
        return path in self.blobs

    def __iter__(self) -> Iterator[str]:
        """The paths."""
        return iter(self.blobs)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.blobs)
