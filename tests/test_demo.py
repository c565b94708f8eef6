"""The demo: played once, as a person would play it, and then read, file by file."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.demo.adapt import example_files
from reconciler.demo.stage import Occupied, set_up
from reconciler.demo.world import GROUPS, INSTANCES, USERS, VOLUMES, CreatedResource
from reconciler.load.repository import load

ROOT = Path(__file__).parent.parent
IDS = re.compile(r"\b(?:(?:i|vol|sg)-[0-9a-f]{17}|AKIA[A-Z0-9]{16})\b")
LAST = 8  # the run in which nothing has changed


@dataclass(frozen=True)
class Played:
    """What the demo printed, and the folder that it left."""

    status: int
    told: str
    folder: Path

    @property
    def report(self) -> list[dict[str, Any]]:
        return list(json.loads((self.folder / "report/report.json").read_text())["decisions"])

    @property
    def ledger(self) -> list[dict[str, Any]]:
        files = sorted((self.folder / "report/ledger").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def entries(self, event: str) -> list[dict[str, Any]]:
        return [entry for entry in self.ledger if entry["event"] == event]

    def issue(self, title: str, repository: str) -> str:
        texts = [file.read_text() for file in (self.folder / "issues").glob("*.md")]
        (text,) = (text for text in texts if f"] {title}" in text and f"\nrepository: {repository}\n" in text)
        return text


def plain(line: str) -> str:
    """A line of aws/*.txt without what AWS makes up anew each time."""
    return " ".join(word for word in line.split() if not word.startswith("AKIA"))


def krampus(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{before}from reconciler.__main__ import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("MOTO_AMIS_PATH", None)  # nobody who plays the demo has it
    command = [sys.executable, "-P", "-c", program, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def played(_outside: None, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Once for all workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, result = shared / "demo", shared / "demo.json"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            done = krampus("demo", str(folder))
            result.write_text(json.dumps([done.returncode, done.stdout + done.stderr]))
    status, told = json.loads(result.read_text())
    return Played(status, told, folder)


def test_it_ends_well_and_in_a_screenful(played: Played) -> None:
    assert played.status == 0, played.told
    lines = played.told.splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 100


def test_every_file_that_it_names_is_there(played: Played) -> None:
    named = re.findall(r"(?m)^  (\S+\.\S+)(?: and (\S+))?  ", played.told.partition("Worth opening")[2])
    files = [name for names in named for name in names if name]
    assert len(files) == 9
    assert [name for name in files if not (played.folder / name).is_file()] == []


def test_nothing_changed_in_aws_but_what_the_tasks_name_and_the_team_did(played: Played) -> None:
    before, after = ((played.folder / f"aws/{name}.txt").read_text() for name in ("before", "after"))
    gone, come = (set(a.splitlines()) - set(b.splitlines()) for a, b in ((before, after), (after, before)))
    assert ({*map(plain, gone)}, {*map(plain, come)}) == (
        {
            "payments-prod database reporting-copy: available",
            "payments-prod function invoice-mailer: exists",
            "payments-prod security group payments-admin: port 22 is open to 0.0.0.0/0",
            "payments-prod user reporting-export: access key is active",
            "website-prod bucket acme-crash-dumps: grants READ to AllUsers",
            "website-prod instance preview-eu-shop: running",
            "website-prod security group build-agents: port 22 is open to 0.0.0.0/0",
            "website-prod security group build-agents: port 22 is open to ::/0",
            "website-prod security group web-legacy: port 22 is open to 0.0.0.0/0",
            "website-prod user deploy-bot: access key is active",
        },
        {
            "payments-prod bucket acme-invoices-export: public access is blocked",
            "payments-prod database reporting-copy: stopped",
            "payments-prod user reporting-export: access key is inactive",
            "website-prod instance preview-eu-shop: stopped",
            "website-prod role consultants-deploy: policy KrampusQuarantine",
            "website-prod user deploy-bot: access key is inactive",
        },
    )
    bystanders = ("web-legacy: port 22 is open to 203.0.113.0/24", "bastion: port 22 is open to 0.0.0.0/0")
    assert all(bystander in after for bystander in bystanders)


@pytest.mark.parametrize(
    ("title", "repository", "state"),
    [
        ("SSH open to the internet", "acme/payments", "closed"),
        ("SSH open to the internet", "acme/website", "closed"),
        ("Buckets that anybody can read", "acme/payments", "closed"),
        ("Buckets that anybody can read", "acme/website", "closed"),
        ("Access keys nobody has rotated for a year", "acme/payments", "closed"),
        ("Access keys nobody has rotated for a year", "acme/website", "closed"),
        ("Machines that have done nothing for a month", "acme/payments", "closed"),
        ("Machines that have done nothing for a month", "acme/website", "closed"),
        ("The old invoice mailer", "acme/payments", "closed"),
        ("Leftovers of the spring campaign", "acme/website", "open"),
        ("Access of consultants who have left", "''", "open"),
        ("Needs attention", "''", "open"),
    ],
)
def test_issues_stand_as_told(played: Played, title: str, repository: str, state: str) -> None:
    assert f"\nstate: {state}\n" in played.issue(title, repository)


def test_every_issue_was_open_on_the_first_day_and_there_is_no_other(played: Played) -> None:
    first = sorted((played.folder / "issues-day-0").iterdir())
    assert len(first) == 12
    assert [file.name for file in first] == sorted(file.name for file in (played.folder / "issues").iterdir())
    assert all("\nstate: open\n" in file.read_text() for file in first)


def test_nothing_was_done_before_its_team_had_its_time(played: Played) -> None:
    told = {
        (entry["task"], entry["target"]): datetime.fromisoformat(entry["at"]) for entry in played.entries("noticed")
    }
    waits = {"public-buckets": timedelta(days=2), "idle-machines": timedelta(days=7)}
    done = played.entries("applied")
    assert Counter(entry["task"] for entry in done) == {
        "public-buckets": 2,
        "open-ssh": 3,  # one of them twice
        "old-access-keys": 2,
        "retired-function": 1,
        "consultants": 1,
        "idle-machines": 3,
    }
    for entry in done:
        waited = datetime.fromisoformat(entry["at"]) - told[entry["task"], entry["target"]]
        assert waited >= waits.get(entry["task"], timedelta(days=7)), entry


def test_every_call_was_recorded_before_it_was_sent_and_kills_alone_have_no_undo(played: Played) -> None:
    intended = played.entries("intended")
    ends = [*played.entries("applied"), *played.entries("restored")]
    fates = [(entry["run"], entry["task"], entry["target"]) for entry in ends]
    assert sorted((entry["run"], entry["task"], entry["target"]) for entry in intended) == sorted(fates)
    lost = [
        entry["task"] for entry in intended for call in entry["calls"] if call["undo"] is None and not entry.get("undo")
    ]
    assert lost == ["retired-function"]
    sent = [line for line in (played.folder / "aws/calls.txt").read_text().splitlines() if line.startswith("*")]
    assert len(sent) == sum(len(entry["calls"]) for entry in intended) == 13


def test_what_is_held_unseen_exempt_or_watched_was_left_alone(played: Played) -> None:
    left = {(one["task"], one["account"], one["verdict"]): one["why"] for one in played.report}
    held = left["campaign-leftovers", "website-prod", "held"]
    assert held == (
        "over the limit guardrails.per_account.kill (5): 7 due in website-prod; all of them are held until it is "
        "raised, or a run is given --allow kill=7"
    )
    assert "sts:AssumeRole" in left["consultants", "acquired", "unseen"]
    assert left["open-ssh", "website-prod", "exempt"].startswith("until ")
    assert left["open-ssh", "data-lab", "held"] == left["consultants", "data-lab", "held"] == "data-lab is only watched"
    verdicts = Counter(one["verdict"] for one in played.report)
    assert verdicts == {"satisfied": 11, "held": 9, "unseen": 1, "exempt": 2}
    report = (played.folder / "report/README.md").read_text()
    assert "## Needs attention" in report
    assert report.count("over the limit") == 15  # each among what needs a person and in its account, and one way out


def test_the_port_that_somebody_opened_again_is_told_and_closed_again(played: Played) -> None:
    twice = [
        target for target, count in Counter(one["target"] for one in played.entries("applied")).items() if count > 1
    ]
    text = played.issue("SSH open to the internet", "acme/website")
    assert len(twice) == 1
    assert f"`{twice[0]}`: **it was back, and is done again**" in text
    assert text.count(f"`{twice[0]}`: done as announced") == 1


def test_the_last_run_wrote_nothing(played: Played) -> None:
    calls = (played.folder / "aws/calls.txt").read_text().splitlines()
    assert [line for line in calls if f" run {LAST} " in line], "it did look"
    assert not [line for line in calls if line.startswith(f"* run {LAST} ")]
    (log,) = (played.folder / "log").glob(f"{LAST}-*.txt")
    now = re.findall(r"--now (\S+)", log.read_text())[0]
    assert max(entry["at"] for entry in played.ledger) < now
    git = ["git", "-C", str(played.folder / "report"), "rev-list", "--count", "HEAD"]
    acting, all_but_the_last, only_telling = 4, LAST - 1, 3
    assert int(subprocess.run(git, check=True, capture_output=True, text=True).stdout) == (
        acting + all_but_the_last + only_telling
    )


def test_no_run_ended_in_a_traceback(played: Played) -> None:
    logs = [file.read_text() for file in (played.folder / "log").iterdir()]
    assert len(logs) == LAST
    assert not [log for log in logs if "Traceback" in log or not log.endswith("\nexit 3\n")]


def test_the_example_files_stand_as_they_are() -> None:
    repository = load(ROOT)
    assert len(repository.tasks) == 7
    assert len(repository.exemptions) == 1


def test_each_id_in_the_example_files_is_made_and_each_date_is_moved() -> None:
    examples = [row[3] for rows in (GROUPS, INSTANCES, VOLUMES) for row in rows]
    examples += [key for *_, keys in USERS for key in keys]
    wanted = {example for example in examples if example}
    world = [CreatedResource("", "", "", "", f"made-{example}", example) for example in wanted]
    as_they_are = "".join(text for _, text in example_files([], date(2026, 12, 1)))
    assert set(IDS.findall(as_they_are)) == wanted
    assert "after: 2026-12-09 " in as_they_are
    moved = "".join(text for _, text in example_files(world, date(2027, 1, 31)))
    assert {f"made-{each}" for each in IDS.findall(moved)} == set(re.findall(r"made-[\w-]+", moved))
    assert "after: 2027-02-08 " in moved


def fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")


def link(folder: Path) -> None:
    fill(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


@pytest.mark.parametrize("make", [fill, link, Path.touch])
def test_a_folder_that_no_demo_wrote_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "mine")
    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(app, ["demo", str(tmp_path / "mine")])
    assert result.exit_code == 2
    assert "name another folder" in result.output
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("_outside")
def test_a_folder_of_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    path = os.environ["PATH"]
    set_up(tmp_path / "run", path)
    (tmp_path / "run/issues/0001-old.md").touch()
    stage = set_up(tmp_path / "run", path)
    assert list((stage.folder / "issues").iterdir()) == []
    (tmp_path / "run/.krampus-demo").write_text("something else")
    with pytest.raises(Occupied):
        set_up(tmp_path / "run", path)


@pytest.mark.usefixtures("_outside")
def test_without_its_extra_it_says_what_to_install(tmp_path: Path) -> None:
    done = krampus("demo", str(tmp_path / "run"), before="import sys; sys.modules['moto'] = None; ")
    assert done.returncode == 1
    assert done.stderr == "krampus: the demo needs moto; pip install 'krampus[demo]'\n"
    assert not (tmp_path / "run").exists()
