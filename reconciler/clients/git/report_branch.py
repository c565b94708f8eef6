"""git: reads and writes the report branch with plumbing and a plain push.

It never touches the user's work tree, index, HEAD or branches, and never rewrites history.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from reconciler.clients.git import objects
from reconciler.clients.git.believed import ensure_believed, ensure_can_sign, ensure_own
from reconciler.clients.git.blob_files import BlobFiles
from reconciler.clients.git.guarded import ASK, FETCH, PUSH
from reconciler.clients.git.runner import NoRepository, Runner, open_git
from reconciler.clients.git.signatures import is_signed, signing
from reconciler.errors import DoorClosed, OtherRun
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.render import escape

TRIES = 5


def nothing(_path: str) -> bool:
    """No path at all."""
    return False


class Moved(OtherRun):
    """The branch moved since the given tip: somebody else wrote it, and nothing was pushed on top."""


@dataclass(frozen=True)
class ReportBranch:
    """The clone in which Krampus runs: `root` is its top, or any folder below it; `timeout` is of each call of git.

    signers: public keys of which one must have signed the last commit; none if it need not be signed. That one speaks
    for all before it: Krampus signs only on top of a commit that it has verified.
    key: the private key with which Krampus signs; adopted: a commit that is believed whoever made it
    """

    root: Path
    branch: str
    prefix: str = ""
    remote: str = "origin"
    pause: Callable[[float], None] = time.sleep
    timeout: float = 60.0
    signers: tuple[str, ...] = ()
    key: str = field(default="", repr=False)
    adopted: str = ""

    def head(self) -> str:
        """The commit that the work tree is at; "" if the root is no git repository or has no commit."""
        try:
            git = open_git(self.root, self.timeout)
        except NoRepository:
            return ""
        answer = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if answer.status != 0 and answer.words:
            raise DoorClosed(f"git cannot tell the commit of {self.root}:\n{answer.words}\nRun `git status` there.")
        return answer.out.decode().strip()

    def user(self) -> str:
        """Who works here, as git knows them: "Name <address>", as much of it as is set, "" if nothing is."""
        git = open_git(self.root, self.timeout)
        # Not `git var`: it makes up a name where none is set.
        name, address = (git.run("config", "--get", f"user.{key}").out.decode().strip() for key in ("name", "email"))
        return " ".join(filter(None, (name, f"<{address}>" if address else "")))

    def fetch(self, wanted: Callable[[str], bool]) -> BranchSnapshot:
        """The branch as the remote has it now, with the files whose path below the prefix is wanted.

        Each is read from this clone when it is asked for. Raises DoorClosed if the remote cannot be reached, or a
        wanted path is no regular file.
        """
        return self._fetch(self._git, wanted)

    def push(
        self,
        build: Callable[[BranchSnapshot], Mapping[str, bytes]],
        message: str,
        wanted: Callable[[str], bool],
        base: BranchSnapshot | None = None,
        replaced: Callable[[str], bool] = nothing,
    ) -> str:
        """Write the files that `build` makes of the tip (path below the prefix -> content); nothing else changes.

        `replaced`: the paths below the prefix of which those go that stand on the tip, and are not written anew.
        Returns the commit at which the branch then stands: the tip's own if there was nothing to write. Without `base`
        a lost race is run again on the new tip, so `build` may be called several times, and may meet on the tip what
        it made before, if the answer to a push was lost. With `base` it is tried once. Raises Moved if the branch is,
        or goes, elsewhere; DoorClosed if git or the remote refuses.
        """
        ensure_can_sign(self.signers, self.key)
        git = self._git
        for attempt in range(TRIES):
            snapshot = self._fetch(git, wanted)
            self._ensure_unmoved(snapshot.commit, base)
            commit = self._commit(git, snapshot, build(snapshot), message, replaced)
            if commit == snapshot.commit:
                return commit
            refusal = git.run(*PUSH, "--", self.remote, f"{commit}:{self._ref}")
            # A push may have landed although its answer was lost.
            if refusal.status == 0 or (remote := self._remote_commit(git)) == commit:
                self._remember(git, commit)
                return commit
            self._ensure_unmoved(remote, base)
            raced = refusal.race or remote != snapshot.commit
            if not raced or base is not None or attempt + 1 == TRIES:
                break
            self.pause(0.5 * 2**attempt + secrets.SystemRandom().uniform(0, 0.5))
        raise DoorClosed(
            f"branch {self.branch!r} could not be pushed:\n{refusal.words}\nA job needs `contents: write`, a "
            "checkout that keeps its credentials, and no rule of the branch against this push; then run again."
        )

    def remembered(self, now: BranchSnapshot, wanted: Callable[[str], bool]) -> list[BranchSnapshot]:
        """The branch as this clone has seen it before, where that is another commit than `now`.

        By what runs have kept here, and what git keeps of fetches and pushes; where the remote has no such branch, by a
        branch of that name here, too. Of commits that bear no signature where they must, nothing is remembered.
        """
        git, tracking = self._git, f"refs/remotes/{self.remote}/{self.branch}"
        refs = [self._memory, tracking, *([] if now.commit else [self._ref])]
        answers = (git.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") for ref in refs)
        commits = dict.fromkeys(answer.out.decode().strip() for answer in answers if answer.status == 0)
        return [
            self._snapshot(git, commit, wanted)
            for commit in commits
            if commit != now.commit and (not self.signers or is_signed(git, commit, self.signers))
        ]

    def remember(self, snapshot: BranchSnapshot) -> None:
        """Keep in this clone that the branch was seen so: a fetch or a prune would forget it, in a ref of git's own."""
        self._remember(self._git, snapshot.commit)

    def dry_run_push(self) -> None:
        """A push that git only rehearses: the remote lets it in, or not, and nothing moves. DoorClosed if not.

        Rules of a server that judge what is pushed (rulesets, hooks) are asked only by a real push.
        """
        git = self._git
        source = self._fetch(git, lambda _path: False).commit or git.text("rev-parse", "HEAD")
        answer = git.run(*PUSH, "--dry-run", "--", self.remote, f"{source}:{self._ref}")
        if answer.status != 0:
            raise DoorClosed(
                f"branch {self.branch!r} could not be pushed: {answer.words}. A job needs `contents: write`, and a "
                "checkout that keeps its credentials"
            )

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.branch}"

    @property
    def _memory(self) -> str:
        return f"refs/krampus/seen/{self.branch}"

    def _remember(self, git: Runner, commit: str) -> None:
        if commit and git.run("rev-parse", "--verify", "--quiet", self._memory).out.decode().strip() != commit:
            git.run("update-ref", self._memory, commit)  # a memory that cannot be kept stops nobody

    @property
    def _prefix(self) -> str:
        bare = self.prefix.strip("/")
        return f"{bare}/" if bare else ""

    def _ensure_unmoved(self, commit: str, base: BranchSnapshot | None) -> None:
        if base is not None and commit != base.commit:
            raise Moved(
                f"branch {self.branch!r} moved from {base.commit[:12] or 'nothing'} to {commit[:12] or 'nothing'}: "
                "somebody else wrote it, perhaps a second run at the same time. Run again."
            )

    @cached_property
    def _git(self) -> Runner:
        """git, once it is known that it can reach the branch."""
        git = open_git(self.root, self.timeout)
        git.text("rev-parse", "--git-dir")  # a broken or distrusted repository says so here, in git's own words
        # `--branch` refuses a leading dash, but it resolves @{-1}: only a name that means itself will do.
        if not self.branch or git.run("check-ref-format", "--branch", self.branch).out.decode().strip() != self.branch:
            raise DoorClosed(f"{self.branch!r} is not a valid branch name; set `report.branch` in krampus.yaml.")
        # git would take the name of a remote that does not exist for a folder.
        if git.run("remote", "get-url", "--", self.remote).status != 0:
            raise DoorClosed(
                f"the repository at {self.root} has no remote {self.remote!r}, so the report branch cannot be "
                f"reached; add it with `git remote add {self.remote} URL`."
            )
        return git

    def _remote_commit(self, git: Runner) -> str:
        """The commit at which the remote has the branch now; "" if it has none."""
        lines = git.text(*ASK, "--", self.remote, self._ref).splitlines()
        refs = {name: sha for sha, name in (line.split("\t", 1) for line in lines)}
        return refs.get(self._ref, "")  # the pattern also matches refs that merely end like ours

    def _fetch(self, git: Runner, wanted: Callable[[str], bool]) -> BranchSnapshot:
        for _ in range(TRIES):
            commit = self._remote_commit(git)
            if not commit or git.run("cat-file", "-e", f"{commit}^{{commit}}").status == 0:
                if commit and commit != self.adopted:
                    ensure_believed(git, self.branch, commit, self.signers)
                return self._snapshot(git, commit, wanted)
            # In a complete clone --depth would cut off the history of the branch.
            shallow = git.text("rev-parse", "--is-shallow-repository") == "true"
            git.text(*FETCH, *(["--depth=1"] if shallow else []), "--", self.remote, self._ref)
        raise DoorClosed(f"branch {self.branch!r} moves faster than it can be fetched. Run again.")

    def _snapshot(self, git: Runner, commit: str, wanted: Callable[[str], bool]) -> BranchSnapshot:
        """The files of a commit that are wanted, each to be read when it is asked for."""
        below = {
            p.removeprefix(self._prefix): e for p, e in objects.tree(git, commit).items() if p.startswith(self._prefix)
        }
        entries = {path: entry for path, entry in below.items() if wanted(path)}
        for path, (mode, _) in entries.items():
            if mode not in objects.FILES:
                raise DoorClosed(
                    f"{self._prefix + path!r} on branch {self.branch!r} is no regular file, but a link or a submodule. "
                    "Krampus did not write it: restore the branch to a commit before it."
                )
        blobs = {path: sha for path, (_, sha) in entries.items()}
        return BranchSnapshot(commit, BlobFiles(git, blobs), blobs)

    def _commit(
        self,
        git: Runner,
        snapshot: BranchSnapshot,
        files: Mapping[str, bytes],
        message: str,
        replaced: Callable[[str], bool],
    ) -> str:
        """A commit on the tip with the files written; the tip itself if they stand there already."""
        before = objects.tree(git, snapshot.commit)
        with tempfile.TemporaryDirectory(prefix="krampus-") as folder:
            blobs = objects.store(git, Path(folder), list(files.values()))
            entries = {f"{self._prefix}{p}": (objects.FILE, blob) for p, blob in zip(files, blobs, strict=True)}
            own = {path for path in before if path.startswith(self._prefix)} - entries.keys()
            gone = {path for path in own if replaced(path.removeprefix(self._prefix))}
            after = {path: entry for path, entry in before.items() if path not in gone} | entries
            if after == before:
                return snapshot.commit
            tree = objects.write(git, Path(folder), snapshot.commit, entries, gone)
        if (written := objects.tree(git, tree)) != after:
            wrong = sorted(path for path, _ in set(written.items()) ^ set(after.items()))
            raise DoorClosed(
                f"branch {self.branch!r} cannot take {', '.join(map(repr, wrong[:5]))}. git does not allow "
                "one, or there is a file where a folder must be, or a folder where a file must be; move it away."
            )
        # Two runs of the same second would make the same commit, and each would take the other's push for its own.
        text = f"{escape.commit(message)}\n\nPush: {secrets.token_hex(8)}\n"
        parent = ["-p", snapshot.commit] if snapshot.commit else []
        rest = [tree, *parent, "-F", "-"]
        if not self.signers:
            return git.text("commit-tree", *rest, stdin=text.encode())
        with signing(self.key) as commit_tree:
            commit = git.text(*commit_tree, *rest, stdin=text.encode())
        ensure_own(git, commit, self.signers)
        return commit
