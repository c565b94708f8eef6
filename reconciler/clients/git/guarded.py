"""git: the commands that reach a remote or compare the work tree, with nothing that a setting or a file could run.

`runner.py` has what holds for every command; this is what only these take.
"""

from __future__ import annotations

from reconciler.clients.git.runner import Runner

# Each names the other side's program: else a setting of the remote would, and one that is a folder runs it here.
ASK = ("ls-remote", "--upload-pack=git-upload-pack")
FETCH = (
    *("fetch", "--upload-pack=git-upload-pack", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules"),
    *("--no-write-fetch-head", "--refmap="),
)
PUSH = (
    *("push", "--receive-pack=git-receive-pack", "--porcelain", "--no-verify", "--no-follow-tags"),
    "--recurse-submodules=no",
)
# With `without_filters`. A folder that is a submodule would be asked by a git of its own, with its own settings.
CHANGED = ("diff", "-z", "--name-only", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all")
STATUS = (
    *("--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"),
    "--ignore-submodules=all",
)
FILTERS = ("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$")


def without_filters(git: Runner) -> list[str]:
    """Settings with which git compares files with none of the programs that .gitattributes of the checkout may name."""
    names = git.run(*FILTERS).out.decode(errors="surrogateescape").split("\0")[:-1]
    return [part for name in names for part in ("-c", f"{name}={'false' if name.endswith('.required') else ''}")]
