"""What it costs to read and check the reviewed files does not grow faster than they do, function by function.

And git is asked as often, however many they are.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.cli.common import checked_repository
from reconciler.cli.what_was_read import what_was_read
from reconciler.load.unmatched import unmatched
from tests.growth.work import Work, count_calls

pytestmark = pytest.mark.usefixtures("_outside")

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MOST, FEW = 2.2, 30  # times the calls for n may those for 2n be; below that it is what is done once
N = 60
GIT = ("calls", "clients/git/runner.py:_started")
Files = Iterator[tuple[str, str]]


def account(number: int) -> str:
    return f"{100_000_000_000 + number}"


def config(accounts: int) -> str:
    lines = [f'  a{number}: {{id: "{account(number)}", team: web}}' for number in range(accounts)]
    rest = "teams: {web: {}}\ndefaults: {team: web}\nissues: {tracker: none}\n"
    return "\n".join(("name: Growing", "accounts:", *lines, rest))


def instance(number: int, of: int = 0) -> str:
    return f"arn:aws:ec2:eu-west-1:{account(of)}:instance/i-{number:017x}"


def user(number: int) -> str:
    return f"arn:aws:iam::{account(0)}:user/dev/jane-{number}-x"


def task(number: int, *targets: str) -> tuple[str, str]:
    lines = "".join(f"  - {target}\n" for target in targets)
    head = f"title: Task {number}\nreason: It must not be.\naction: disable\nexpect: {len(targets)}\n"
    return f"tasks/task-{number}.yaml", f"{head}targets:\n{lines}"


def exemption(number: int, *resources: str) -> tuple[str, str]:
    lines = "".join(f"  - {resource}\n" for resource in resources)
    return (
        f"exemptions/keep-{number}.yaml",
        f"reason: It is needed.\nowner: web\nexpires: 2027-01-01\nresources:\n{lines}",
    )


def in_one_task(count: int) -> Files:
    yield task(0, *map(instance, range(count)))


def with_notes(count: int) -> Files:
    yield task(0, *(f"resource: {instance(number)}\n    note: seen in spring" for number in range(count)))


def in_brackets(count: int) -> Files:
    yield task(0, *(f"{{resource: '{instance(number)}', team: web}}" for number in range(count)))


def in_many_tasks(count: int) -> Files:
    yield from (task(number, instance(number), user(number)) for number in range(count))


def in_many_accounts(count: int) -> Files:
    yield "krampus.yaml", config(count)
    yield task(0, *(instance(number, number) for number in range(count)))
    yield from (exemption(number, f"{instance(0, number)[:-17]}*") for number in range(count))


def exempted(exempt: Callable[[int], str]) -> Callable[[int], Files]:
    """As many exemptions as targets, of which half are users."""

    def made(count: int) -> Files:
        yield task(0, *map(instance, range(count)), *map(user, range(count)))
        yield from (exemption(number, exempt(number)) for number in range(count))

    return made


AXES: Mapping[str, Callable[[int], Files]] = {
    "targets of one task": in_one_task,
    "targets with notes": with_notes,
    "targets in brackets": in_brackets,
    "tasks": in_many_tasks,
    "accounts": in_many_accounts,
    "exemptions of whole ARNs": exempted(instance),
    "exemptions of users, each under another path": exempted(lambda number: user(number).replace("dev", "old")),
    "exemptions of what no task names": exempted(lambda number: instance(number + 10**6)),
    "globs of how a name begins": exempted(lambda number: f"{instance(number)[:-1]}?"),
    "globs of how a name ends": exempted(lambda number: f"{instance(0)[:-17]}*{number:012x}"),
    "globs with something in the middle": exempted(lambda number: f"{user(0).partition('dev')[0]}*/jane-{number}-*"),
    "globs of every region": exempted(lambda number: instance(number).replace("eu-west-1", "*")),
}


def work(folder: Path, files: Files) -> Work:
    """What it is to read and check them, and to say what was read."""
    for name, text in {"krampus.yaml": config(1), **dict(files)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "Begin")):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)

    def validate() -> None:
        repository = checked_repository(folder, NOW)
        list(unmatched(repository))
        what_was_read(repository, NOW)

    return count_calls(validate)[1]


@pytest.mark.parametrize("axis", AXES)
def test_twice_as_much_is_twice_the_calls_and_as_many_of_git(axis: str, tmp_path: Path) -> None:
    work(tmp_path / "before", AXES[axis](2))
    once, twice = work(tmp_path / "once", AXES[axis](N)), work(tmp_path / "twice", AXES[axis](2 * N))

    grew = [
        f"{name} from {once[what, name]} to {number}"
        for (what, name), number in twice.items()
        if number > MOST * once[what, name] + FEW
    ]
    assert not grew, "\n".join(grew)
    assert 0 < twice[GIT] == once[GIT]
