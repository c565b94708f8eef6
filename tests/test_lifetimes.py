"""How long an exemption may last, by the commit that set it; and what git's history tells of when that was."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.clients.git.file_history import FileHistory
from reconciler.load.exemption_lifetime import too_long
from tests.build import NOW, exemption, repository
from tests.desk import CONFIG

FILE = "exemptions/0.yaml"
DAY = timedelta(days=1)
PLACE = ("lasting.yaml", "owner: web\nreason: Needed\nexpires: {}\nresources: ['arn:aws:s3:::acme-*']\n")


@pytest.mark.parametrize(
    ("expires", "since", "is_too_long"),
    [
        (date(2026, 12, 11), NOW, False),
        (date(2026, 12, 12), NOW, True),
        # Set at any time of a day, it may last to the end of the same last day.
        (date(2026, 12, 11), NOW.replace(hour=0), False),
        (date(2026, 12, 10), NOW - DAY, False),
        (date(2026, 12, 11), NOW - DAY, True),
        (date(2026, 12, 12), None, True),
        (date(2026, 12, 11), None, False),
        # A commit from the future does not make it longer.
        (date(2026, 12, 12), NOW + DAY, True),
        # What has ended harms nobody.
        (date(2026, 11, 30), NOW - 90 * DAY, False),
        (date(2026, 12, 1), NOW - 90 * DAY, True),
    ],
)
def test_an_exemption_lasts_at_most_so_long_from_its_commit(
    expires: date, since: datetime | None, is_too_long: bool
) -> None:
    repo = repository(exemptions=[exemption(expires=expires)], guardrails={"max_exemption": "10d"})
    assert bool(list(too_long(repo, {FILE: since} if since else {}, NOW))) is is_too_long


def test_what_lasts_too_long_says_by_how_much_and_what_would_do() -> None:
    repo = repository(exemptions=[exemption(expires=date(2027, 12, 31))])
    assert list(too_long(repo, {FILE: NOW - DAY}, NOW)) == [
        (
            FILE,
            "it lasts 396 days from 2026-11-30; guardrails.max_exemption is 365 days",
            "write `expires: 2027-11-30` or earlier, and renew it when it ends",
        )
    ]


class Clone:
    """A repository of git in which the clock stands where a commit needs it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, at: datetime = NOW) -> None:
        dates = {f"GIT_{role}_DATE": at.isoformat() for role in ("AUTHOR", "COMMITTER")}
        who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**os.environ, **dates, **who, "GIT_CONFIG_GLOBAL": "/dev/null"}
        subprocess.run(["git", "-C", str(self.root), *arguments], env=environment, check=True, capture_output=True)

    def commit(self, name: str, text: str, at: datetime) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", f"Write {name}", at=at)


@pytest.fixture
def clone(_outside: None, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_a_file_is_as_old_as_its_last_commit(clone: Clone) -> None:
    clone.commit("exemptions/a.yaml", "1", NOW)
    clone.commit("exemptions/deep/b é.yaml", "1", NOW + DAY)
    clone.commit("exemptions/a.yaml", "2", NOW + 2 * DAY)
    clone.commit("tasks/c.yaml", "1", NOW + 3 * DAY)
    assert FileHistory(clone.root).set_on("exemptions") == {
        "exemptions/a.yaml": NOW + 2 * DAY,
        "exemptions/deep/b é.yaml": NOW + DAY,
    }


def test_what_a_merge_brings_counts_from_the_merge(clone: Clone) -> None:
    clone.commit("README", "1", NOW)
    clone.git("checkout", "--quiet", "-b", "exempt")
    clone.commit("exemptions/a.yaml", "1", NOW + DAY)
    assert FileHistory(clone.root).set_on("exemptions") == {"exemptions/a.yaml": NOW + DAY}
    clone.git("checkout", "--quiet", "main")
    clone.git("merge", "--quiet", "--no-ff", "exempt", at=NOW + 5 * DAY)
    assert FileHistory(clone.root).set_on("exemptions") == {"exemptions/a.yaml": NOW + 5 * DAY}


def test_what_is_not_committed_as_it_stands_has_no_time(clone: Clone) -> None:
    assert FileHistory(clone.root).set_on("exemptions") == {}
    clone.commit("exemptions/a.yaml", "1", NOW)
    clone.commit("exemptions/b.yaml", "1", NOW)
    (clone.root / "exemptions/a.yaml").write_text("2")
    (clone.root / "exemptions/new.yaml").write_text("1")
    assert set(FileHistory(clone.root).set_on("exemptions")) == {"exemptions/b.yaml"}


def test_a_repository_below_the_top_of_a_clone(clone: Clone) -> None:
    clone.commit("cloud/exemptions/a.yaml", "1", NOW)
    clone.commit("exemptions/other.yaml", "1", NOW)
    assert FileHistory(clone.root / "cloud").set_on("exemptions") == {"exemptions/a.yaml": NOW}


def test_a_folder_in_no_repository_has_no_history(tmp_path: Path) -> None:
    assert FileHistory(tmp_path).set_on("exemptions") == {}
    assert FileHistory(tmp_path).asked("idle").commits == ()


def validate(root: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["validate", "--root", str(root)], catch_exceptions=False)
    return done.exit_code, done.stdout


def test_validate_counts_from_the_commit_and_from_now_before_there_is_one(clone: Clone) -> None:
    name, text = PLACE
    today = datetime.now(UTC)
    last = today.date() + timedelta(days=360)
    clone.commit("krampus.yaml", CONFIG, today)
    (clone.root / "exemptions").mkdir()
    (clone.root / "exemptions" / name).write_text(text.format(last))
    assert validate(clone.root)[0] == 0

    clone.git("add", "-A")
    clone.git("commit", "--quiet", "-m", "Exempt", at=today - 10 * DAY)
    code, said = validate(clone.root)

    assert code == 2
    assert f"exemptions/{name}:3:10: it lasts 370 days from" in said


@pytest.mark.promise(1)
def test_what_lasts_too_long_stops_every_run(clone: Clone) -> None:
    name, text = PLACE
    clone.commit("krampus.yaml", CONFIG, NOW)
    clone.commit(f"exemptions/{name}", text.format("2099-01-01"), NOW)
    for command in ("plan", "reconcile"):
        done = CliRunner().invoke(app, [command, "--root", str(clone.root)], catch_exceptions=False)
        assert done.exit_code == 2
        assert "guardrails.max_exemption is 365" in done.stderr
