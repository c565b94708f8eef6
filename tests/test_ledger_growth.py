"""What the ledger costs as it grows: files roll over, and twice as many runs, or lines, cost twice as much."""

from __future__ import annotations

import pytest

from reconciler.ledger.files import ledger_files
from reconciler.ledger.read import read
from reconciler.model.ledger import Event
from tests.build import NOW, arn, entry
from tests.test_checkpoint import DAY, FULL, LEAST, at, life, need, was_read


def work(targets: int) -> int:
    """Bytes that all runs of a life read and write, of ledger and checkpoint."""
    files, done = dict[str, bytes](), 0
    lines = sorted((one for number in range(targets) for one in life(number, NOW + number * DAY)), key=lambda e: e.at)
    for line in lines:
        snapshot = at(files)
        ledger = read(snapshot, line.at, need(line.at))
        changed = {**ledger.remembered_with([line], 10 * FULL), **ledger.next_checkpoint(10 * LEAST)}
        done += sum(len(files[name]) for name in was_read(snapshot)) + sum(map(len, changed.values()))
        files |= changed
    return done


def test_twice_as_many_runs_cost_twice_as_much() -> None:
    assert work(100) / work(50) <= 2.2


def test_a_checkpoint_is_made_anew_only_for_as_many_lines_as_it_holds_targets() -> None:
    held = 60
    files = read(at({}), None).remembered_with([entry(number=number) for number in range(held)], FULL)
    written = []
    for day in range(1, 4 * held):
        now = NOW + day * DAY
        ledger = read(at(files), now, need(now))
        files |= ledger.remembered_with([entry(Event.REMINDED, day % held, now, run=f"{day}")], FULL)
        made = ledger.next_checkpoint(LEAST)
        written += [day] if made else []
        files |= made
    assert 3 <= len(written) <= 5


@pytest.mark.parametrize("count", [100, 200])
def test_lines_of_one_run_are_written_once_however_many_there_are(count: int) -> None:
    lines = read(at({}), None).with_lines([entry(number=number) for number in range(count)], FULL)
    sizes = [len(lines[name]) for name in ledger_files(lines)]
    assert max(sizes) <= FULL
    assert min(sizes[:-1]) > FULL / 2
    assert [one.target for one in read(at(lines), None).entries] == [arn(number) for number in range(count)]


def test_files_roll_over_by_number_and_by_month() -> None:
    files: dict[str, bytes] = {}
    for number in range(150):
        now = NOW + (0 if number < 120 else 31) * DAY
        files |= read(at(files), None).with_lines([entry(number=number, at=now, run=f"{number}")], 700)
    names = ledger_files(files)
    assert names[:3] == ["ledger/2026-12.jsonl", "ledger/2026-12-02.jsonl", "ledger/2026-12-03.jsonl"]
    assert names.index("ledger/2026-12-100.jsonl") == names.index("ledger/2026-12-99.jsonl") + 1
    assert names[120] == "ledger/2027-01.jsonl"
    assert [one.target for one in read(at(files), None).entries] == [arn(number) for number in range(150)]
