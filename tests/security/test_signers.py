"""The report branch speaks for Krampus only if Krampus wrote it: whatever else stands there stops every command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.clients.git.believed import KEY
from reconciler.demo.server import Gate
from reconciler.errors import InvalidInput
from reconciler.load.repository import load
from tests.aws import WEB, Here
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, state, task
from tests.security.pusher import EVE, KeyPair, key_pair, needs_ssh_keygen, push_files, push_raw, signed_by

pytestmark = needs_ssh_keygen
SSH_FORMAT = ("-c", "gpg.format=ssh")


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyPair:
    """The key that the jobs hold."""
    pair = key_pair(tmp_path, "ours")
    monkeypatch.setenv(KEY, pair.private)
    return pair


@pytest.fixture
def target(desk: Desk, gate: Gate, endpoint: str, ours: KeyPair) -> str:
    """An instance whose team was told in a signed run, and whose day has not come."""
    signed_by(desk, ours)
    (arn,) = instances(Here(endpoint, WEB))
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    desk.reconcile(HOUR)
    gate.requests.clear()
    return arn


def allowed(folder: Path, *keys: KeyPair) -> str:
    file = folder / "allowed"
    file.write_text("".join(f"krampus {key.public}\n" for key in keys))
    return str(file)


def forged(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {"README.md": files["README.md"] + b"\n"}


def refused(desk: Desk, gate: Gate, commit: str) -> None:
    """Every command that goes by the branch stops, says which commit and by whom, and sends nothing."""
    gate.requests.clear()
    for command in (["plan"], ["reconcile"], ["undo", "idle"], ["ledger", "verify"], ["ledger", "show", "arn:x"]):
        result = desk.krampus(*command, after=None if command[0] == "ledger" else 3 * DAY)
        assert result.exit_code == 1, (command, result.output)
        assert commit in result.output, command
        assert "krampus ledger adopt" in result.output, command
    assert gate.writes == []
    assert desk.tip() == commit


@pytest.mark.usefixtures("target")
def test_every_commit_of_a_run_verifies_with_git_alone(desk: Desk, ours: KeyPair, tmp_path: Path) -> None:
    desk.reconcile(2 * DAY)
    desk.reconcile(2 * DAY + HOUR)

    commits = desk.git("rev-list", "krampus/reports", at=desk.remote).split()
    assert len(commits) >= 4
    for commit in commits:
        file = f"gpg.ssh.allowedSignersFile={allowed(tmp_path, ours)}"
        desk.git(*SSH_FORMAT, "-c", file, "verify-commit", commit, at=desk.remote)
    assert desk.krampus("ledger", "verify").exit_code == 0


@pytest.mark.usefixtures("target")
def test_an_unsigned_commit_stops_everything_and_names_its_author(desk: Desk, gate: Gate) -> None:
    commit = push_files(desk, forged)
    refused(desk, gate, commit)
    assert EVE in desk.krampus("plan").output


@pytest.mark.usefixtures("target")
def test_a_commit_with_krampus_name_and_no_signature_is_refused(desk: Desk, gate: Gate) -> None:
    who = "krampus <krampus@users.noreply.github.com>"
    refused(desk, gate, push_files(desk, forged, author=who))


@pytest.mark.usefixtures("target")
def test_a_signature_by_another_key_is_refused(desk: Desk, gate: Gate, tmp_path: Path) -> None:
    theirs = key_pair(tmp_path, "theirs")
    sign = (*SSH_FORMAT, "-c", f"user.signingKey={theirs.file}", "-c", "commit.gpgSign=true")
    refused(desk, gate, push_files(desk, forged, *sign))


@pytest.mark.usefixtures("target")
def test_a_signature_of_another_commit_is_refused(desk: Desk, gate: Gate) -> None:
    ours = desk.git("cat-file", "commit", desk.tip(), at=desk.remote).encode()
    assert b"gpgsig" in ours
    refused(desk, gate, push_raw(desk, ours.replace(b"author krampus", b"author Krampus", 1)))


@pytest.mark.usefixtures("target")
def test_a_signature_for_another_purpose_is_refused(desk: Desk, gate: Gate, ours: KeyPair) -> None:
    """Made with the right key, but as `ssh-keygen -Y sign -n file` signs files: no commit was meant."""
    parent = desk.tip()
    tree = desk.git("rev-parse", f"{parent}^{{tree}}", at=desk.remote).strip()
    head = f"tree {tree}\nparent {parent}\nauthor E <e@e> 1 +0000\ncommitter E <e@e> 1 +0000\n".encode()
    body = b"\nReport run\n"
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(ours.file)]
    signature = subprocess.run(command, input=head + body, check=True, capture_output=True).stdout.strip()
    folded = signature.replace(b"\n", b"\n ")
    refused(desk, gate, push_raw(desk, head + b"gpgsig " + folded + b"\n" + body))


@pytest.mark.usefixtures("target")
def test_a_signature_that_only_another_program_believes_is_refused(
    desk: Desk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gpg that trusts any key, as its user's keyring may; and programs that the clone names."""
    parent = desk.tip()
    tree = desk.git("rev-parse", f"{parent}^{{tree}}", at=desk.remote).strip()
    head = f"tree {tree}\nparent {parent}\nauthor E <e@e> 1 +0000\ncommitter E <e@e> 1 +0000\n"
    pgp = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n"
    ran, programs = desk.root.parent / "ran", desk.root.parent / "programs"
    programs.mkdir()
    for name in ("gpg", "gpgsm", "yes"):
        (programs / name).write_text(f"#!/bin/sh\ntouch {ran}\necho '[GNUPG:] GOODSIG 1 krampus' >&2\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    for setting in ("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program"):
        desk.git("config", setting, str(programs / "yes"))
    refused(desk, gate, push_raw(desk, f"{head}{pgp}\nReport run\n".encode()))
    assert not ran.exists()


@pytest.mark.usefixtures("target")
def test_what_the_clone_itself_allows_counts_for_nothing(desk: Desk, gate: Gate, tmp_path: Path) -> None:
    theirs = key_pair(tmp_path, "theirs")
    desk.git("config", "gpg.ssh.allowedSignersFile", allowed(tmp_path, theirs))
    sign = (*SSH_FORMAT, "-c", f"user.signingKey={theirs.file}", "-c", "commit.gpgSign=true")
    refused(desk, gate, push_files(desk, forged, *sign))


@pytest.mark.usefixtures("target")
def test_a_run_without_the_key_or_with_another_does_nothing(
    desk: Desk, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.tip()
    monkeypatch.setenv(KEY, key_pair(tmp_path, "theirs").private)
    other = desk.reconcile(2 * DAY, expect=1)
    monkeypatch.delenv(KEY)
    none = desk.reconcile(2 * DAY, expect=1)

    assert "is not the private key of any of `report.signers`" in other.output
    assert f"{KEY} is not set" in none.output
    assert (gate.writes, desk.tip()) == ([], before)


@pytest.mark.usefixtures("target")
def test_keys_are_rolled_over_by_pull_request(
    desk: Desk, gate: Gate, ours: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = key_pair(tmp_path, "new")
    signed_by(desk, ours, new)
    monkeypatch.setenv(KEY, new.private)
    desk.reconcile(2 * DAY)
    signed_by(desk, new)
    desk.reconcile(2 * DAY + HOUR)

    assert [request.operation for request in gate.writes] == ["StopInstances"]
    monkeypatch.setenv(KEY, ours.private)
    desk.write({"tasks/idle.yaml": task("kill", "arn:aws:s3:::acme-old", account="website-prod")})
    assert desk.krampus("reconcile", after=3 * DAY).exit_code != 0  # the old key opens nothing any more


def test_a_branch_from_before_the_signers_is_adopted_once(
    desk: Desk, gate: Gate, endpoint: str, ours: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    (arn,) = instances(Here(endpoint, WEB))
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    desk.reconcile(HOUR)
    signed_by(desk, ours)
    refused(desk, gate, desk.tip())

    monkeypatch.delenv(KEY)
    assert desk.krampus("ledger", "adopt", after=2 * DAY).exit_code == 1  # whoever has no key vouches for nothing
    monkeypatch.setenv(KEY, ours.private)
    adopted = desk.krampus("ledger", "adopt", after=2 * DAY)
    assert (adopted.exit_code, "by Ada <ada@example.org>" in adopted.output) == (0, True)
    assert "nothing to adopt" in desk.krampus("ledger", "adopt", after=2 * DAY).output

    desk.reconcile(2 * DAY)
    assert state(Here(endpoint, WEB), arn) == "stopped"


@pytest.mark.usefixtures("target")
def test_no_broken_chain_is_adopted(desk: Desk) -> None:
    def cut(files: Mapping[str, bytes]) -> dict[str, bytes]:
        return {name: text[:-40] for name, text in files.items() if name.startswith("ledger/")}

    before = push_files(desk, cut)
    assert (desk.krampus("ledger", "adopt", after=2 * DAY).exit_code, desk.tip()) == (2, before)


ENFORCED = CONFIG.replace("issues: {tracker: files, folder: ../issues}", "")
OF_SIGNERS: dict[str, Callable[[str], str]] = {
    "none on GitHub": lambda _key: "",
    "an empty list": lambda _key: "report: {signers: []}",
    "a private key": lambda _key: 'report: {signers: ["-----BEGIN OPENSSH PRIVATE KEY-----"]}',
    "another word": lambda _key: "report: {signers: protected}",
    "options before the key": lambda key: f"report: {{signers: ['cert-authority {key}']}}",
    "two keys in one": lambda key: f'report: {{signers: ["{key}\\n* {key}"]}}',
    "the branch that people merge to": lambda key: f'report: {{branch: main, signers: ["{key}"]}}',
    "a file": lambda _key: "report: {signers: [/etc/ssh/key.pub]}",
}


@pytest.mark.parametrize("which", OF_SIGNERS)
def test_what_is_no_signer_is_a_fault(tmp_path: Path, which: str) -> None:
    key = "ssh-ed25519 " + "A" * 68
    (tmp_path / "krampus.yaml").write_text(ENFORCED + OF_SIGNERS[which](key))
    with pytest.raises(InvalidInput) as invalid:
        load(tmp_path)
    assert all(fault.help for fault in invalid.value.faults)


def test_enforcing_on_github_takes_signers_or_a_protected_branch(tmp_path: Path) -> None:
    for signers in ('["ssh-ed25519 ' + "A" * 68 + ' krampus"]', "protected-branch"):
        (tmp_path / "krampus.yaml").write_text(f"{ENFORCED}report: {{signers: {signers}}}\n")
        assert load(tmp_path).config.report.signers
