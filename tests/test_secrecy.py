"""The look for secrets finds them wherever one can be left, so that its silence means something."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.secrecy import kept_in, secret, shown_in

ROOT = Path(__file__).parent.parent
CONFTEST = "from tests.secrecy import watch\n\ndef pytest_configure(config):\n    watch(config)\n"
START = "from tests.secrecy import secret\nimport logging, subprocess\n\ndef test_it(tmp_path):\n"
COMMIT = (
    '    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)\n'
    '    command = ["git", "--git-dir", str(tmp_path), "hash-object", "-w", "--stdin"]\n'
    '    subprocess.run(command, input=secret("x").encode(), check=True)\n'
)


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("    pass\n", 0),
        ('    print(secret("x"))\n', 1),
        ('    logging.getLogger("botocore").warning(secret("x"))\n', 1),
        ('    raise ValueError(secret("x"))\n', 1),
        ('    (tmp_path / "plan.json").write_text(secret("x"))\n', 1),
        (COMMIT, 1),
    ],
    ids=["sound", "printed", "logged", "raised", "in a file", "in a commit"],
)
def test_a_test_that_shows_a_secret_fails_the_run(body: str, status: int) -> None:
    with tempfile.TemporaryDirectory() as name:  # not in this run's own folder, which is looked through itself
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "test_leak.py").write_text(START + body)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={folder}/temp", name]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == status, done.stdout.replace(secret("x")[1:-6], "…")
    assert ("secrets were shown" in done.stdout) is bool(status)


@pytest.mark.usefixtures("_outside")
def test_a_packed_repository_is_looked_through_as_well() -> None:
    with tempfile.TemporaryDirectory() as name:
        git = ["git", "-C", name, "-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run([*git, "init", "-q"], check=True)
        (Path(name) / "file").write_text("nothing")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", secret("message")], check=True)
        subprocess.run([*git, "gc", "-q"], check=True)
        (Path(name) / ".git" / "COMMIT_EDITMSG").unlink()
        (Path(name) / ".git" / "logs" / "HEAD").unlink()
        for log in (Path(name) / ".git" / "logs").rglob("*"):
            if log.is_file():
                log.unlink()
        found = kept_in(Path(name))

    assert found == [f"{name}/.git (in an object of git)"]
    assert shown_in("fine") == []
