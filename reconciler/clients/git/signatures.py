"""git: signs commits with an SSH key, and says by whom a commit is signed. By git's own means, and `ssh-keygen`.

Source: git's documentation of `gpg.format`, `gpg.ssh.allowedSignersFile` and `user.signingKey`; ssh-keygen(1), "ALLOWED
SIGNERS".
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciler.clients.git.runner import Runner
from reconciler.errors import DoorClosed

# Whatever the repository or the user has set, and whatever keys gpg would trust: signatures of SSH and no others.
SSH = (
    *("-c", "gpg.format=ssh", "-c", "gpg.ssh.revocationFile=", "-c", "gpg.minTrustLevel=undefined"),
    *("-c", "gpg.openpgp.program=false", "-c", "gpg.x509.program=false"),
)
WHO = "krampus"  # the name by which all signers go: which of them it was is not asked
SHOWN = "--format=%an <%ae>, committed by %cn <%ce>"


def is_signed(git: Runner, commit: str, signers: Sequence[str]) -> bool:
    """Whether the commit bears a good signature of one of these public keys. DoorClosed if that cannot be told."""
    with tempfile.TemporaryDirectory(prefix="krampus-") as folder:
        allowed = Path(folder) / "allowed"
        allowed.write_text("".join(f'{WHO} namespaces="git" {key}\n' for key in signers), encoding="utf-8")
        answer = git.run(*SSH, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "--raw", commit)
    if "ssh-keygen" in answer.words and "cannot run" in answer.words:
        raise DoorClosed("the signatures of the report branch cannot be checked without ssh-keygen; install OpenSSH.")
    return answer.status == 0


def author(git: Runner, commit: str) -> str:
    """Whom a commit names as its author and committer. Whoever makes a commit can write any name."""
    return git.text("show", "--no-patch", "--no-show-signature", "--no-mailmap", SHOWN, commit)


@contextmanager
def signing(key: str) -> Iterator[list[str]]:
    """What `git commit-tree` is called with so that it signs by this private key, and where settings go before it.

    key: the text of the file that `ssh-keygen` makes; it stands in a file that only this user can read, and only then
    """
    with tempfile.TemporaryDirectory(prefix="krampus-") as folder:
        file = Path(folder) / "key"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(f"{key.strip()}\n")
        yield [*SSH, "-c", f"user.signingKey={file}", "commit-tree", f"-S{file}"]
