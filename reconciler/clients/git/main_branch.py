"""git: the main branch at the remote, which alone says what Krampus may do, and whether this checkout is of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.clients.git.file_history import REVIEWED
from reconciler.clients.git.guarded import ASK, FETCH, STATUS, without_filters
from reconciler.clients.git.runner import NoRepository, Runner, open_git
from reconciler.errors import DoorClosed

HEAD = re.compile(r"ref: (refs/heads/\S+)\tHEAD")


@dataclass(frozen=True)
class MainBranch:
    """The default branch of `origin`, seen from the checkout at `root`; `timeout` is of each call of git."""

    root: Path
    timeout: float = 60.0

    def newest(self, head: str, *, required: bool) -> str:
        """The commit at which the branch is now; `head`, that of the checkout, if nothing newer follows on it.

        required: the checkout must be of the branch. Raises DoorClosed if it then is not, or if the remote cannot be
        asked.
        """
        if not head:
            return head
        git = open_git(self.root, self.timeout)
        branch, tip = self._tip(git)
        if tip == head:
            return head
        if tip and self._contains(git, branch, tip, head):
            return tip
        if required:
            where = f"{branch.removeprefix('refs/heads/')} of origin" if tip else "a main branch, which origin lacks"
            raise DoorClosed(
                f"the checkout's commit {head[:12]} is not on {where}, so nobody has merged what it asks for: "
                "nothing is done. Push or merge it first."
            )
        return head

    def uncommitted(self) -> tuple[str, ...]:
        """The reviewed files that do not stand as they were committed, by their paths from the root."""
        try:
            git = open_git(self.root, self.timeout)
        except NoRepository:
            return ()
        below = self.root.resolve().relative_to(git.folder.resolve()).as_posix()
        prefix = "" if below == "." else f"{below}/"
        where = [f":(top,literal){prefix}{name}" for name in ("tasks", "exemptions", "krampus.yaml")]
        said = git.data(*without_filters(git), *STATUS, "--", *where)
        changed = (line[3:].removeprefix(prefix) for line in said.decode(errors="surrogateescape").split("\0") if line)
        return tuple(name for name in changed if REVIEWED.match(name) and name.endswith(".yaml"))

    def _tip(self, git: Runner) -> tuple[str, str]:
        """The default branch's ref and commit at the remote; no commit if there is none."""
        if git.run("remote", "get-url", "--", "origin").status != 0:
            return "", ""
        said = git.text(*ASK, "--symref", "--", "origin", "HEAD")
        named = HEAD.search(said)
        commits = [line.split("\t")[0] for line in said.splitlines() if line.endswith("\tHEAD") and ":" not in line]
        return (named[1], commits[0]) if named and commits else ("", "")

    def _contains(self, git: Runner, branch: str, tip: str, head: str) -> bool:
        """Whether the checkout's commit is part of what the branch's commit follows on."""
        if git.run("cat-file", "-e", f"{tip}^{{commit}}").status != 0:
            git.text(*FETCH, "--", "origin", branch)
        answer = git.run("merge-base", "--is-ancestor", head, tip)
        if answer.status == 1 and git.text("rev-parse", "--is-shallow-repository") == "true":
            git.text(*FETCH, "--unshallow", "--", "origin", branch)
            answer = git.run("merge-base", "--is-ancestor", head, tip)
        return answer.status == 0
