"""git: who wrote the reviewed files, and when they were last changed. It only reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from reconciler.clients.git import objects
from reconciler.clients.git.guarded import CHANGED, without_filters
from reconciler.clients.git.runner import NoRepository, Runner, open_git
from reconciler.errors import DoorClosed
from reconciler.model.provenance import Commit, Provenance

TRAILERS = ("Co-authored-by", "Reviewed-by", "Approved-by", "Acked-by", "Requested-by", "Signed-off-by")
KEYS = ",".join(f"key={key}" for key in TRAILERS)
FIELDS = ("%H", "%ct", "%an <%ae>", "%cn <%ce>", "%s", f"%(trailers:{KEYS},only,unfold,separator=%x0a)")
REVIEWED = re.compile(r"krampus\.yaml\Z|tasks/|exemptions/")
TEMPLATES = re.compile(r"templates/[^/]+\Z")
TIME = re.compile(r"@([0-9]+)")
# Whatever the user's configuration says of a log.
LOG = ("log", "-z", "--no-color", "--no-show-signature", "--no-follow", "--no-mailmap", "--encoding=UTF-8")


@dataclass(frozen=True)
class FileHistory:
    """The history of the files below `root`, the repository's folder; `timeout` is of each call of git."""

    root: Path
    timeout: float = 60.0

    def asked(self, task: str) -> Provenance:
        """The commits that touched the task's file, wherever below tasks/ it stood, and the merges that brought them.

        None of them if the root is in no git repository. Raises DoorClosed if git cannot answer.
        """
        try:
            git = open_git(self.root, self.timeout)
        except NoRepository:
            return Provenance((), whole=True)
        if not has_commits(git):
            return Provenance((), whole=True)
        # NUL parts the fields, since nothing that git prints can hold it; -z ends each commit with one more.
        form = "%x00".join((*FIELDS, ""))
        where = f":(top,glob){below_top(git, self.root)}tasks/**/{task}.yaml"
        log = git.data(*LOG, "--show-pulls", "--reverse", f"--format={form}", "--", where)
        parts, size = log.decode(errors="replace").split("\0"), len(FIELDS) + 1
        commits = tuple(_commit(parts[start : start + size]) for start in range(0, len(parts) - size + 1, size))
        return Provenance(commits, whole=git.text("rev-parse", "--is-shallow-repository") != "true")

    def set_on(self, folder: str) -> Mapping[str, datetime]:
        """File (its path from the root) -> when it was last changed on this branch, by a merge: when it was merged.

        A file that does not stand as it was committed, or in no repository, has no such time. In a shallow
        clone the oldest commit counts for all that it holds. Raises DoorClosed if git cannot answer.
        """
        try:
            git = open_git(self.root, self.timeout)
        except NoRepository:
            return {}
        if not has_commits(git):
            return {}
        below = below_top(git, self.root)
        where = f":(top,literal){below}{folder}"
        form = ("--first-parent", "-m", "--no-renames", "--format=@%ct", "--name-only")
        log = git.data(*LOG, *form, "--", where).decode(errors="surrogateescape")
        found: dict[str, datetime] = {}
        at = datetime.max.replace(tzinfo=UTC)
        for part in log.split("\0"):
            token = part.strip("\n")
            if match := TIME.fullmatch(token):
                at = _time(match[1])
            elif token:
                found.setdefault(token.removeprefix(below), at)  # the newest comes first
        changed = git.data(*without_filters(git), *CHANGED, "HEAD", "--", where)
        for name in changed.decode(errors="surrogateescape").split("\0"):
            found.pop(name.removeprefix(below), None)
        return found

    def files_at(self, commit: str, wanted: re.Pattern[str] = REVIEWED) -> Mapping[str, bytes]:
        """The reviewed files (path from the root -> content) as they were at a commit, a branch, or HEAD^1.

        `wanted`: matches the paths to return. A symbolic link is no file. Raises DoorClosed if the repository has no
        such commit: a shallow clone may have cut it off.
        """
        git = open_git(self.root, self.timeout)
        found = commit_named(git, commit)
        below = below_top(git, self.root)
        entries = {
            path.removeprefix(below): sha
            for path, (mode, sha) in objects.tree(git, found).items()
            if path.startswith(below) and mode in objects.FILES and wanted.match(path.removeprefix(below))
            if ".." not in path.split("/")  # which git does not check out, but a tree can hold
        }
        return dict(zip(entries, objects.contents(git, list(entries.values())), strict=True))

    def tasks_at(self, wanted: Mapping[str, Collection[str]]) -> Mapping[str, Mapping[str, bytes] | str]:
        """Commit -> krampus.yaml and the files of these tasks (path from the root -> content) as main had them; or why
        it had not.

        Main is what HEAD was before its merges, parent by first parent: what only a merged branch had in between was
        never in force. Raises DoorClosed if git cannot answer.
        """
        try:
            git = open_git(self.root, self.timeout)
        except NoRepository:
            return dict.fromkeys(wanted, "this folder is in no git repository, so nobody knows what was ordered")
        main = set(git.text("rev-list", "--first-parent", "HEAD", "--").split()) if has_commits(git) else set()
        whole = git.text("rev-parse", "--is-shallow-repository") != "true"
        below = below_top(git, self.root)
        return {
            commit: _tasks(git, below, commit, tasks) if commit in main else _unknown(commit, whole)
            for commit, tasks in wanted.items()
        }

    def authors(self, folder: str) -> Mapping[str, str]:
        """File (its path from the root) -> the name of who wrote it: the author of the commit that added it last.

        Of nothing if git does not know: a shallow clone shows all files as if its oldest commit had added them.
        Raises DoorClosed if git cannot answer.
        """
        try:
            git = open_git(self.root, self.timeout)
        except NoRepository:
            return {}
        if not has_commits(git) or git.text("rev-parse", "--is-shallow-repository") == "true":
            return {}
        below = below_top(git, self.root)
        form = ("--no-renames", "--diff-filter=A", "--format=%x01%an", "--name-only")
        log = git.data(*LOG, *form, "--", f":(top,literal){below}{folder}").decode(errors="surrogateescape")
        found: dict[str, str] = {}
        author = ""
        for token in (part.strip("\n") for part in log.split("\0")):
            if token.startswith("\1"):
                author = token[1:]
            elif token:
                found.setdefault(token.removeprefix(below), author)  # the newest comes first
        return found


def has_commits(git: Runner) -> bool:
    """Whether there is one at which the work tree is; DoorClosed if git cannot tell."""
    answer = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if answer.status != 0 and answer.words:  # a broken or distrusted repository, and not an empty one
        raise DoorClosed(f"git cannot tell the commit of {git.folder}:\n{answer.words}\nRun `git status` there.")
    return answer.status == 0


def commit_named(git: Runner, commit: str) -> str:
    """The id of a commit, a branch, or HEAD^1; DoorClosed if there is none: a shallow clone may have cut it off."""
    found = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    if found.status != 0:
        raise DoorClosed(f"there is no commit {commit!r} here; fetch it, with `fetch-depth: 2` or more in a job")
    return found.out.decode().strip()


def _tasks(git: Runner, below: str, commit: str, tasks: Collection[str]) -> dict[str, bytes]:
    paths = {
        path: sha
        for path, (mode, sha) in objects.tree(git, commit).items()
        if mode in objects.FILES
        and (path == f"{below}krampus.yaml" or (path.startswith(f"{below}tasks/") and _id(path) in tasks))
    }
    found = objects.contents(git, list(paths.values()))
    return {path.removeprefix(below): content for path, content in zip(paths, found, strict=True)}


def _id(path: str) -> str:
    """The id of the task whose file has this path; "" if no task's has."""
    return PurePosixPath(path).stem if path.endswith(".yaml") else ""


def _unknown(commit: str, whole: bool) -> str:
    if not commit:
        return "it names no commit of main that ordered it"
    if not whole:
        return f"this shallow clone does not show commit {commit[:12]} (fetch all; in a job, `fetch-depth: 0`)"
    return f"commit {commit[:12]} is none of main"


def below_top(git: Runner, root: Path) -> str:
    """Where the root is, from the top of the clone: "" or a path with a slash at its end."""
    path = root.resolve().relative_to(git.folder.resolve()).as_posix()
    return "" if path == "." else f"{path}/"


def _time(seconds: str) -> datetime:
    # Whoever commits can write any number; a year that no clock shows is as good as the last one.
    return datetime.fromtimestamp(min(int(seconds), 253_402_300_799), UTC)


def _commit(parts: list[str]) -> Commit:
    sha, at, author, committer, subject, said, *_ = parts
    lines = (line.partition(":") for line in said.splitlines())
    trailers = tuple((key.strip(), value.strip()) for key, colon, value in lines if colon)
    return Commit(sha, _time(at), author, committer, subject, trailers)
