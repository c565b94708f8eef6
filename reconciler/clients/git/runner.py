"""git as a process, in one repository: with nothing of the user's settings that could run a program, and with an end.

It is our own, since GitPython's calls keep to the user's settings, and its timeout needs `pgrep` or `ps`; since it
reads neither SHA-256 objects nor reftables, which git 3 makes by default; and since its import takes as long as all
that `krampus validate` needs.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import DoorClosed

WHO = {"NAME": "krampus", "EMAIL": "krampus@users.noreply.github.com"}
ENVIRONMENT = {
    **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in WHO.items()},
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null/none",  # git gives advice on one that is there
    "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",  # no git-remote-NAME, ext:: or core.gitProxy, whatever is configured
    "LC_ALL": "C",  # the words in which a race is told are read
}
# Of another repository than the folder's, if somebody started us from a hook or with a diversion of their own.
DIVERSIONS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_ATTR_SOURCE"),
    *("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
)
# What the repository's or the user's configuration may say must neither run a program nor change what is written.
SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=true",  # the program that says nothing
    "safe.bareRepository=explicit",  # a folder of the checkout may look like a repository, with a configuration
    "core.splitIndex=false",  # would put a part of our index into the user's .git
    "commit.gpgsign=false",
    "gpg.openpgp.program=gpg",
    "gpg.x509.program=gpgsm",
    "gpg.ssh.program=ssh-keygen",
    "i18n.commitEncoding=UTF-8",
    "push.gpgSign=false",
    "fetch.unpackLimit=1",  # keeps what is fetched as one pack: all there or not at all
    "diff.autoRefreshIndex=false",  # would write the user's index
    "gc.auto=0",
    "maintenance.auto=false",
)
RACE = re.compile(
    "non-fast-forward|fetch first|stale info|cannot lock ref|failed to lock|failed to update ref|incorrect old value"
)
COMMAND = re.compile(r"[a-z][a-z-]+")  # and none of the options and settings before it
NOISE = re.compile(r"hint: |To |Done$|error: failed to push some refs")
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


ELSEWHERE = b"gitdir: "  # how a `.git` begins that is a file
NOT_FOUND = 127  # the exit code of `env` if there is no such program
NO_GIT = "git cannot be started; install it, or put it on the PATH."


class NoRepository(DoorClosed):
    """The folder is in no git repository."""


@dataclass(frozen=True)
class Answer:
    """What git answered. status: its exit code, -1 if it was ended; out: what it printed; words: what it said, cleaned.

    race: of a push, whether somebody else was faster.
    """

    status: int
    out: bytes
    words: str
    race: bool = False


@dataclass(frozen=True)
class Runner:
    """git in the repository that `folder` is in; `timeout`: seconds that a call may take."""

    folder: Path
    timeout: float

    def run(self, *arguments: str, stdin: bytes = b"", index: str = "") -> Answer:
        """What git answers, whether or not it fails. `index`: a file to use instead of the user's index."""
        variables = {**ENVIRONMENT, **({"GIT_INDEX_FILE": index} if index else {})}
        settings = [part for setting in SETTINGS for part in ("-c", setting)]
        # `env` adds to the environment that git inherits.
        without = [part for name in DIVERSIONS for part in ("-u", name)]
        set_to = [f"{name}={value}" for name, value in variables.items()]
        command = ["env", *without, *set_to, "git", "-C", str(self.folder)]
        with _started([*command, *settings, *arguments]) as process:
            try:
                out, err = process.communicate(stdin, timeout=self.timeout)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                return Answer(-1, b"", f"git {arguments[0]} did not answer within {self.timeout:g} seconds")
        if process.returncode == NOT_FOUND:
            raise DoorClosed(NO_GIT)
        verdicts = [line.split(b"\t")[-1] for line in out.splitlines() if line.startswith(b"!\t")]
        said = b"\n".join([*verdicts, err]).decode(errors="replace")
        race = any(RACE.search(verdict.decode(errors="replace")) for verdict in verdicts)
        return Answer(process.returncode, out, _cleaned(said), race)

    def data(self, *arguments: str, stdin: bytes = b"", index: str = "") -> bytes:
        """What git prints; DoorClosed with its words if it fails."""
        answer = self.run(*arguments, stdin=stdin, index=index)
        if answer.status != 0:
            command = next(name for name in arguments if COMMAND.fullmatch(name))
            raise DoorClosed(
                f"git {command} failed:\n{answer.words}\nPut that right, then run again; `git ls-remote` shows "
                "whether the remote can be reached from this checkout with its own credentials."
            )
        return answer.out

    def text(self, *arguments: str, stdin: bytes = b"", index: str = "") -> str:
        """The same as text, without the space around it."""
        return self.data(*arguments, stdin=stdin, index=index).decode().strip()


def open_git(root: Path, timeout: float) -> Runner:
    """git at the top of the work tree that a folder is in; NoRepository if it is in none. It does not start git."""
    top = top_of(root)
    if top is None:
        raise NoRepository(f"{root} is in no git repository; run `git init`, or go to a clone.")
    return Runner(top, timeout)


def top_of(folder: Path) -> Path | None:
    """The top of the work tree that a folder is in, as git finds it; None if it is in none.

    Or the nearest folder that looks like a repository without a work tree: git does not go past it, and refuses it.
    """
    absolute = folder.absolute()
    above = (absolute, *absolute.parents)
    return next((each for each in above if _is_repository(each / ".git") or _is_repository(each)), None)


def _is_repository(place: Path) -> bool:
    """Whether it is git's folder, or a file that says where that is, as in a linked work tree or a submodule.

    Source: `is_git_directory` in git's setup.c.
    """
    try:
        if not place.is_dir():
            if not place.is_file():
                return False
            with place.open("rb") as file:
                return file.read(len(ELSEWHERE)) == ELSEWHERE
    except OSError:
        return False
    return os.path.lexists(place / "HEAD") and (place / "objects").is_dir() and (place / "refs").is_dir()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own: nothing can ask at the terminal, and a timeout ends git's helpers with it."""
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)  # noqa: S603  git
    except OSError as error:
        raise DoorClosed(NO_GIT) from error


def _cleaned(said: str) -> str:
    """What git and the server said, as a few lines that are safe to print."""
    if not said:
        return ""
    from reconciler.render.secrets import strike

    lines = []
    # Before it is split, since a key has many lines; of what the server sends, each begins with `remote: `.
    for raw in strike(ESCAPES.sub("", said).replace("\nremote: ", "\n")).splitlines():
        line = "".join(letter if letter.isprintable() else " " for letter in raw)
        line = line.removeprefix("remote: ").strip()
        if line and not NOISE.match(line) and line not in lines:
            lines.append(line[:300])
    return "\n".join(lines[:6])
