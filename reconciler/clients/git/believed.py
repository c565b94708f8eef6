"""git: whether a commit of the report branch is Krampus' own, by its signature, and what to do if it is not."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.clients.git.runner import Runner
from reconciler.clients.git.signatures import author, is_signed
from reconciler.errors import DoorClosed

KEY = "KRAMPUS_SIGNING_KEY"  # the variable that holds the private key


def ensure_believed(git: Runner, branch: str, commit: str, signers: Sequence[str]) -> None:
    """DoorClosed, with whom the commit names, unless one of the signers signed it, or nobody need have."""
    if not signers or is_signed(git, commit, signers):
        return
    raise DoorClosed(
        f"commit {commit} on branch {branch!r} bears no signature of `report.signers`, so nothing on the branch is "
        f"believed, and nothing is done. It names {author(git, commit)}, which anybody can write.\n"
        f"Look at what it changed (git show {commit[:12]}), and ask who pushed it. If it is not Krampus' own, set the "
        "branch back to the last signed commit (git log --show-signature). If all that the branch holds is right (the "
        "signers have just been set, or their key was changed in one step), run `krampus ledger adopt`."
    )


def ensure_own(git: Runner, commit: str, signers: Sequence[str]) -> None:
    """DoorClosed if the commit that was just made would not be believed."""
    if not is_signed(git, commit, signers):
        raise DoorClosed(f"{KEY} is not the private key of any of `report.signers`; nothing was pushed.")


def ensure_can_sign(signers: Sequence[str], key: str) -> None:
    """DoorClosed if commits must be signed and there is no key to do it."""
    if signers and not key.strip():
        raise DoorClosed(
            f"`report.signers` is set, so commits on the report branch must be signed, and {KEY} is not set: put the "
            "private key into the secret of that name in the environments of the jobs that push."
        )
