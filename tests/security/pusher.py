"""What somebody who may push to the report branch can write there: commits, signatures, well-chained lines."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.ledger import Entry
from tests.desk import Desk

EVE = "Eve <eve@example.org>"
needs_ssh_keygen = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="git signs with ssh-keygen: OpenSSH's")


@dataclass(frozen=True)
class KeyPair:
    """`public`: the line for krampus.yaml; `private`: the text for KRAMPUS_SIGNING_KEY; `file`: where that stands."""

    public: str
    private: str
    file: Path


def key_pair(folder: Path, name: str) -> KeyPair:
    """A new pair."""
    file = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(file)], check=True)
    return KeyPair(file.with_suffix(".pub").read_text().strip(), file.read_text(), file)


def signed_by(desk: Desk, *keys: KeyPair) -> None:
    """Merge that these keys sign the report branch."""
    text = (desk.root / "krampus.yaml").read_text(encoding="utf-8").split("report:")[0]
    listed = json.dumps([key.public for key in keys])
    desk.write({"krampus.yaml": f"{text}report: {{signers: {listed}}}\n"}, "Set the signers")


def push_files(
    desk: Desk, change: Callable[[Mapping[str, bytes]], Mapping[str, bytes]], *sign: str, author: str = EVE
) -> str:
    """Somebody who may push commits to the report branch; `sign`: what git is told besides. The commit."""
    clone = desk.root.parent / "eve"
    shutil.rmtree(clone, ignore_errors=True)
    desk.git("clone", "--quiet", "--branch=krampus/reports", str(desk.remote), str(clone))
    files = {str(path.relative_to(clone)): path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    for name, content in change({name: text for name, text in files.items() if not name.startswith(".git/")}).items():
        (clone / name).write_bytes(content)
    desk.git("add", "-A", at=clone)
    desk.git(*sign, "commit", "--quiet", "--allow-empty", "--author", author, "-m", "Report run", at=clone)
    desk.git("push", "--quiet", "--force", "origin", "HEAD:krampus/reports", at=clone)
    return desk.tip()


def rewritten(files: Mapping[str, bytes], entries: Iterable[Entry]) -> dict[str, bytes]:
    """The ledger with these lines in the place of its own, well chained, whatever their times."""
    (name,) = (name for name in files if name.startswith("ledger/"))
    prev, lines = "", []
    for entry in entries:
        bare = entry.model_copy(update={"prev": prev, "hash": ""}).model_dump_json().encode()
        prev = hashlib.sha256(bare).hexdigest()
        lines.append(bare.removesuffix(b'"}') + f'{prev}"}}\n'.encode())
    return {name: b"".join(lines)}


def forget(desk: Desk) -> None:
    """As if this clone had just been made: it remembers nothing of the report branch."""
    refs = desk.git("for-each-ref", "--format=%(refname)", "refs/krampus", "refs/remotes/origin/krampus/reports")
    for ref in refs.split():
        desk.git("update-ref", "-d", ref)


def push_raw(desk: Desk, commit: bytes) -> str:
    """The same with a commit object as it is given."""
    command = ["git", "-C", str(desk.remote), "hash-object", "-t", "commit", "-w", "--stdin"]
    name = subprocess.run(command, input=commit, check=True, capture_output=True).stdout.decode().strip()
    desk.git("update-ref", "refs/heads/krampus/reports", name, at=desk.remote)
    return name
