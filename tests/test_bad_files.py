"""The corpus of bad files: each fault is found, at its place, in words that help, and what the help says is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.errors import Fault
from tests.bad_files import RIGHT, Case, cases, faults_of
from tests.yaml_corpus import REFUSED

CASES = tuple(cases())
ADVICE = re.compile(r'write `([^`…]+)`|put it in quotes: ("[^"…]*")')
# Of what stands at a place: a key, a text in quotes, or what ends before a comment or a sign of a list or mapping.
TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\n]*?(?=\s+#|[ \t]*$|[],}](?:\s|$|[],}]))""", re.MULTILINE)
KEY = re.compile(r"[^\n]*?(?=:(?:\s|$))", re.MULTILINE)
LARGE = 10_000  # bytes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_has_these_faults_and_no_others_and_what_their_help_says_is_accepted(case: Case) -> None:
    found = faults_of(dict(case.files))

    assert {fault.file for fault in found} <= {case.file}
    for place, words in case.faults:
        there = [fault for fault in found if f"{fault.line}:{fault.column}" == place]
        assert any(all(word in fault.message for word in words) for fault in there), (place, words, found)
    assert len(found) == len(case.faults) + case.more, found
    for fault in found if len(case.content) < LARGE else found[:4]:
        assert fault.help
        assert_accepted(case, fault)
        assert len(fault.message) + len(fault.help) < 1000
        assert (fault.message + fault.help).isprintable() or "\xa0" in fault.message


def assert_accepted(case: Case, fault: Fault) -> None:
    """Once it is as the help says, nothing is wrong there any more."""
    if len(case.content) < LARGE and (advice := ADVICE.search(fault.help)):
        better = taken(case.content.decode(), fault, advice[1] or advice[2])
        again = faults_of({**case.files, case.file: better.encode()})
        place = (fault.line, fault.column)
        assert [one for one in again if (one.line, one.column) == place] == [], (fault, better)


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("expect: 010", "write `expect: 1`"),
        ("expect: 01", "write `1`"),
        ("grace: 24:00", "write `24h`"),
        ("grace: 7 days", "write `7d`"),
        ("until: 2026/12/1", "write `2026-12-01`"),
        ("after: 2026-12-01 09:00 UTC", "write `2026-12-01T09:00Z`"),
        ("team: w\u0435b", "write `web`"),
        ("severity: HIGH", "did you mean 'high'?"),
    ],
)
def test_the_help_is_the_very_thing_to_write(line: str, help: str) -> None:
    text = f"{RIGHT['tasks/x.yaml']}{line}\n"

    (fault,) = faults_of({"krampus.yaml": RIGHT["krampus.yaml"].encode(), "tasks/x.yaml": text.encode()})

    assert fault.help == help


def taken(text: str, fault: Fault, advice: str) -> str:
    """The file once the advice has been taken literally."""
    lines = text.split("\n")
    at = sum(len(line) + 1 for line in lines[: fault.line - 1]) + fault.column - 1
    if advice == "key: value":
        return f"{text[:at]} {text[at:]}"
    if re.match(r"[a-z_]+: ", advice):
        return "\n".join((*lines[: fault.line - 1], advice, *lines[fault.line :]))
    form = KEY if fault.message.startswith(("the key", "this key", "unknown key")) else TOKEN
    found = form.match(text, at)
    assert found, (text, fault)
    return text[:at] + advice + text[found.end() :]


def test_the_corpus_is_large_and_each_of_its_files_is_another() -> None:
    assert len({case.content for case in CASES}) >= 300
    assert len({case.name for case in CASES}) == len(CASES)


# What the reader alone is shown elsewhere, as a whole task: it says the same there, and whatever else it lacks.
@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSED)
def test_what_is_no_yaml_is_said_of_a_task_too(text: str | bytes, line: int, column: int, words: str) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    found = faults_of({**{name: right.encode() for name, right in RIGHT.items()}, "tasks/x.yaml": raw})

    if len(raw) <= 1 << 20:
        assert [one for one in found if (one.line, one.column) == (line, column) and words in one.message], found
    else:
        assert "larger than" in found[0].message


@pytest.mark.parametrize("family", sorted({case.name.partition(":")[0] for case in CASES}))
def test_the_command_says_so_too(family: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name.startswith(f"{family}:") and case.faults)
    for name, content in case.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    result = CliRunner().invoke(app, ["validate", "--root", str(tmp_path)], catch_exceptions=False)

    place, words = case.faults[0]
    assert result.exit_code == 2
    assert f"{case.file}:{place}: " in result.stdout
    assert all(word in result.stdout for word in words)
