"""What faults cost: as much each, however many a file has; counted as calls, which no other work changes."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable, Mapping

import pytest

from reconciler.errors import Fault, nearest
from tests.bad_files import RIGHT, faults_of

MORE = 1.3  # times what so many faults cost may a part of them cost, and all of them what that part does
FEW, MANY = 250, 1_000
TASK = RIGHT["tasks/x.yaml"].rsplit("\n", 2)[0] + "\n"
EXEMPTION = RIGHT["exemptions/x.yaml"].rsplit("\n", 2)[0] + "\n"
ARN = "arn:aws:ec2:eu-west-1:111122223333:instance"


def lines(begin: str, line: str) -> Callable[[int], str]:
    """A file of so many lines, in which a percent sign stands for the number."""
    return lambda count: begin + "".join(line.replace("%", f"{number:017x}") for number in range(count))


def accounts(line: str) -> Callable[[int], str]:
    """A configuration with so many accounts, whose number stands for a percent sign."""
    first, last = RIGHT["krampus.yaml"].split("teams:")

    def made(count: int) -> str:
        return first + "".join(line.replace("%", f"{number:012}") for number in range(count)) + f"teams:{last}"

    return made


def targets(line: str) -> tuple[str, Callable[[int], str]]:
    """A task with so many targets."""
    return "tasks/x.yaml", lines(TASK, line.replace("ARN", f"{ARN}/i-%"))


FAMILIES: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "targets that are no ARNs": targets("  - i-%\n"),
    "targets with an unknown key": targets("  - {resource: 'ARN', acount: a}\n"),
    "targets of an unknown team": targets("  - {resource: 'ARN', team: wbe}\n"),
    "targets with an unknown option": targets("  - {resource: 'ARN', options: {a%: 1}}\n"),
    "targets with a Cyrillic letter": targets("  - ARN\u0456\n"),
    "the same target": targets(f"  - {ARN}/i-0123456789abcdef0\n"),
    "numbers": targets("  - 5\n"),
    "dashes with nothing behind them": targets("  -\n"),
    "notes that are cut off": targets("  - resource: ARN\n    note: a #b\n"),
    "unknown keys": ("tasks/x.yaml", lines(RIGHT["tasks/x.yaml"], "k%: 1\n")),
    "unknown tasks": ("exemptions/x.yaml", lines(RIGHT["exemptions/x.yaml"] + "tasks:\n", "  - t%\n")),
    "accounts that are not there": ("exemptions/x.yaml", lines(EXEMPTION, f"  - {ARN.replace('1111', '1117')}/i-%\n")),
    "accounts without an id": ("krampus.yaml", accounts("  a%: {team: web}\n")),
    "accounts of an unknown team": ("krampus.yaml", accounts("  a%: {id: '%', team: wbe}\n")),
    "accounts in an unknown region": ("krampus.yaml", accounts("  a%: {id: '%', team: web, regions: [eu-wset-1]}\n")),
}


def calls(file: str, text: str) -> tuple[int, tuple[Fault, ...]]:
    """How many calls it takes to find a file's faults, and the faults."""
    files = {**{name: right.encode() for name, right in RIGHT.items()}, file: text.encode()}
    profile = cProfile.Profile()
    found = profile.runcall(faults_of, files)
    counted: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]  # the stubs lack it
    return counted, found


@pytest.mark.parametrize("family", FAMILIES)
def test_each_fault_costs_what_the_first_did(family: str) -> None:
    file, made = FAMILIES[family]
    calls(file, made(2))  # what is done once in a process

    (few, _), (many, faults) = calls(file, made(FEW)), calls(file, made(MANY))

    assert len(faults) >= MANY - 1
    assert few <= MORE * many * FEW / MANY
    assert many <= MORE * few * MANY / FEW


def test_many_known_words_are_neither_all_compared_nor_all_named() -> None:
    known = {f"task-{number}-of-spring" for number in range(20_000)}

    said = nearest("zebra", known)

    assert "and 19,980 more" in said
    assert len(said) < 1000


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("111122223334", ["111122223333"]),
        ("i-0123456789abcdef1", ["i-0123456789abcdef0"]),
        ("sg-0a1b2c3e", ["sg-0a1b2c3d"]),
        ("vol-0123456789abcde00", ["vol-0123456789abcdef0"]),
        (f"{ARN}/i-0123456789abcdef1", [f"{ARN}/i-0123456789abcdef0"]),
        ("AKIAIOSFODNN7EXAMPLF", ["AKIAIOSFODNN7EXAMPLE"]),
        ("arn:aws:s3:::acme-logs-x7f3k2", ["arn:aws:s3:::acme-logs-x7f3k3"]),
        ("1234abcd-12ab-34cd-56ef-1234567890ac", ["1234abcd-12ab-34cd-56ef-1234567890ab"]),
        ("20261201T120000Z-1", ["20261201T120001Z-1"]),
    ],
)
def test_an_id_is_never_corrected_to_another(word: str, known: list[str]) -> None:
    assert nearest(word, known) == f"known: {known[0]}"


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("wbe", "web"),
        ("WEB", "web"),
        ("eu-wset-1", "eu-west-1"),
        ("arn:aws:ce2:eu-west-1:111122223333:instance/x", "arn:aws:ec2:eu-west-1:111122223333:instance/x"),
        ("opn-ssh", "open-ssh"),
    ],
)
def test_a_word_is(word: str, near: str) -> None:
    assert nearest(word, [near, "quite-another"]) == f"did you mean '{near}'?"
