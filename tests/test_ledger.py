"""The ledger's chain: whatever is edited, lost, moved or damaged is found, with its file and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.chain import parse
from reconciler.model.ledger import Cause, Entry, Event
from tests.build import IDS, NOW, append, arn, entry

FILE = "ledger/2026-12.jsonl"
KEYS = ["v", "at", "run", "event", "task", "target", "account", "action", "detail", "commit", "calls", "prev", "hash"]


def whole() -> dict[str, bytes]:
    """A ledger of two months, three lines each."""
    return append({}, [entry(number=n, at=NOW + timedelta(days=12 * n)) for n in range(6)])


def faults(files: dict[str, bytes]) -> tuple[Fault, ...]:
    with pytest.raises(InvalidInput) as caught:
        parse(files)
    return caught.value.faults


def test_a_line_has_exactly_these_keys_and_reads_like_this() -> None:
    (line,) = append({}, [entry(Event.INTENDED, detail="why")])[FILE].splitlines()
    told = json.loads(line)
    assert list(told) == KEYS
    assert told | {"hash": ""} == {
        "v": 1,
        "at": "2026-12-01T09:00:00Z",
        "run": "a-run",
        "event": "intended",
        "task": "stop-idle",
        "target": arn(),
        "account": IDS["web"],
        "action": "disable",
        "detail": "why",
        "commit": "c0ffee",
        "calls": [
            {
                "service": "ec2",
                "operation": "stop_instances",
                "arguments": {"InstanceIds": ["i-00000000000000001"]},
                "undo": {
                    "service": "ec2",
                    "operation": "start_instances",
                    "arguments": {"InstanceIds": ["i-00000000000000001"]},
                    "undo": None,
                },
            }
        ],
        "prev": "",
        "hash": "",
    }


def test_what_only_some_lines_say_is_written_only_there() -> None:
    said: dict[str, Any] = {
        "cause": "cut_short",
        "undo": True,
        "place": "#1",
        "digest": "d",
        "reminder": "r",
        "plan": "p",
        "commit": "c",
    }
    (line,) = append({}, [entry(Event.FAILED, **said)])[FILE].splitlines()
    assert list(json.loads(line)) == [*KEYS[:9], *said, *KEYS[10:]]
    (read,) = parse({FILE: line})
    assert read.model_dump(include=set(said)) == said


def test_a_line_of_another_version_is_not_guessed_at() -> None:
    lines = append({}, [entry(), entry(number=2)])[FILE].splitlines(keepends=True)
    later = lines[1].replace(b'{"v":1,', b'{"v":2,"more":[],')
    (fault,) = faults({FILE: lines[0] + later})
    assert fault == Fault(
        FILE,
        2,
        1,
        "line 2 has the format version 2, and this Krampus reads 1",
        "run the Krampus that wrote it, or a later one",
    )


def test_lines_are_chained_over_months_and_over_appends() -> None:
    files = whole()
    assert sorted(files) == [FILE, "ledger/2027-01.jsonl"]
    entries = parse(files)
    assert [one.target for one in entries] == [arn(number) for number in range(6)]
    assert [one.prev for one in entries] == ["", *(one.hash for one in entries[:-1])]
    changed = append(files, [entry(number=9, at=NOW + timedelta(days=61))])
    assert list(changed) == ["ledger/2027-01.jsonl"]
    assert changed["ledger/2027-01.jsonl"].startswith(files["ledger/2027-01.jsonl"])
    assert parse(files | changed)[-1].prev == entries[-1].hash


def test_nothing_to_add_changes_no_file() -> None:
    assert append(whole(), []) == {}
    assert parse({}) == ()


def test_a_clock_that_went_back_writes_into_no_closed_month() -> None:
    files = whole()
    changed = append(files, [entry(number=9, at=NOW - timedelta(days=90))])
    assert list(changed) == ["ledger/2027-01.jsonl"]
    assert parse(files | changed)[-1].target == arn(9)


def test_an_order_of_files_in_the_mapping_means_nothing() -> None:
    files = whole()
    assert parse(dict(reversed(files.items()))) == parse(files)


def test_a_last_line_break_that_was_lost_is_put_back() -> None:
    files = append({}, [entry()])
    files[FILE] = files[FILE].rstrip(b"\n")
    assert len(parse(files | append(files, [entry(number=2)]))) == 2


def test_other_files_of_the_branch_are_no_ledger() -> None:
    assert parse({"README.md": b"# hello\n", "report.json": b"{}"}) == ()


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> dict[str, bytes]:
    files = whole()
    return files | {FILE: b"".join(change(files[FILE].splitlines(keepends=True)))}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0].replace(b'"noticed"', b'"exempted"'), *lines[1:]], 1),
        (lambda lines: [lines[0], lines[1].replace(b"T09:", b"T08:", 1), lines[2]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'":"', b'": "', 1), lines[2]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'"detail":"",', b"", 1), lines[2]], 2),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0], lines[2], lines[1]], 2),
        (lambda lines: [lines[0], lines[0], lines[1], lines[2]], 2),
    ],
    ids=["edited", "moved in time", "spaced", "key left out", "lost", "first lost", "reordered", "doubled"],
)
def test_a_line_out_of_its_chain_is_found(change: Callable[[list[bytes]], list[bytes]], line: int) -> None:
    says = f"line {line} does not follow from the line before it"
    assert faults(_lines(change)) == (
        Fault(FILE, line, 1, says, "restore the report branch to a commit at which the chain was intact"),
    )


@pytest.mark.parametrize(
    "damage",
    [
        b"\n",
        b"<<<<<<< HEAD\n",
        b"{}\n",
        b'{"at":\n',
        b"\xff\xfe\n",
        b'{"event":"forgotten"}\n',
        b"[]\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_line_that_is_no_entry_is_found(damage: bytes) -> None:
    (fault,) = faults(_lines(lambda lines: [lines[0], damage, *lines[1:]]))
    assert (fault.file, fault.line, fault.message) == (FILE, 2, "line 2 is not a ledger entry")


def test_an_unknown_key_is_found() -> None:
    (fault,) = faults(_lines(lambda lines: [lines[0].replace(b'{"v"', b'{"nobody":"me","v"'), *lines[1:]]))
    assert (fault.line, fault.message) == (1, "line 1 is not a ledger entry")


def test_a_lost_month_is_found_in_the_next_one() -> None:
    files = whole()
    del files[FILE]
    (fault,) = faults(files)
    assert (PurePosixPath(fault.file).name, fault.line) == ("2027-01.jsonl", 1)


def test_what_a_run_has_written_it_does_not_write_again() -> None:
    files = append({}, [entry(detail="#1"), entry(Event.INTENDED)])
    assert append(files, [entry(detail="#1"), entry(Event.INTENDED)]) == {}
    others = [entry(run="another"), entry(number=2), entry(task="another"), entry(Event.APPLIED)]
    assert len(parse(files | append(files, others))) == 6


def test_a_run_may_write_of_an_earlier_failure_and_of_its_own() -> None:
    files = append({}, [entry(Event.FAILED, cause=Cause.CUT_SHORT), entry(Event.INTENDED)])
    after = parse(files | append(files, [entry(Event.FAILED, detail="AccessDenied")]))
    assert [(one.cause, one.detail) for one in after] == [(Cause.CUT_SHORT, ""), (None, ""), (None, "AccessDenied")]


def test_the_words_of_a_line_make_it_no_other_line() -> None:
    files = append({}, [entry(Event.FAILED, detail="AccessDenied")])
    assert append(files, [entry(Event.FAILED, detail="access was denied")]) == {}


def test_a_broken_ledger_is_not_written_on() -> None:
    with pytest.raises(InvalidInput):
        append(_lines(lambda lines: lines[1:]), [entry()])


TEXT = st.text(max_size=20)
ENTRIES = st.builds(
    entry,
    st.sampled_from(Event),
    st.integers(0, 9),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the zone is added
    detail=TEXT.filter(lambda text: text.isprintable() or "\n" in text),
)


@given(st.lists(st.lists(ENTRIES, max_size=4), max_size=4))
def test_what_was_appended_is_what_is_read(runs: list[list[Entry]]) -> None:
    files: dict[str, bytes] = {}
    named = [[one.model_copy(update={"run": f"run {run}"}) for one in entries] for run, entries in enumerate(runs)]
    for entries in named:
        files |= append(files, entries)
    bare = [one.model_copy(update={"prev": "", "hash": ""}) for one in parse(files)]
    written = [one for entries in named for one in entries]
    # What is written late is dated no earlier than what stands before it.
    at = accumulate((one.at for one in written), max)
    assert bare == [one.model_copy(update={"at": time}) for one, time in zip(written, at, strict=True)]


@given(st.integers(0), st.integers(1, 255))
def test_no_byte_of_the_ledger_can_change_unseen(place: int, flip: int) -> None:
    files = whole()
    damaged = bytearray(files[FILE])
    at = place % (len(damaged) - 1)
    if damaged[at] == ord("\n") and damaged[at] ^ flip == ord("\r"):
        return
    damaged[at] ^= flip
    assert faults(files | {FILE: bytes(damaged)})
