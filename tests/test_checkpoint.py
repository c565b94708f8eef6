"""Where each target stood at the end of a file: what a run reads from there on is what it would read from the start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InvalidInput
from reconciler.ledger.adoption import FILE as ADOPTED
from reconciler.ledger.adoption import Adoption, adopting
from reconciler.ledger.checkpoint import FILE, FORGOTTEN, Head
from reconciler.ledger.files import ledger_files
from reconciler.ledger.memory import missing
from reconciler.ledger.need import Need
from reconciler.ledger.read import Ledger, read
from reconciler.ledger.verified import verified
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Cause, Entry, Event
from tests.build import NOW, arn, entry, stop

DAY = timedelta(days=1)
FULL = 3_000  # bytes of a file: some six lines
LEAST = 4
Files = Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class Watched(Mapping[str, bytes]):
    """Files that know which of them were read."""

    files: Files
    read: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> bytes:
        content = self.files[name]
        self.read.append(name)
        return content

    def __contains__(self, name: object) -> bool:
        return name in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def at(files: Files) -> BranchSnapshot:
    """A commit with these files, as a clone has it: their ids are known, and none was read."""
    bare = BranchSnapshot("c", files)
    return BranchSnapshot("c", Watched(files), {name: bare.blob(name) for name in files})


def was_read(snapshot: BranchSnapshot) -> list[str]:
    assert isinstance(snapshot.files, Watched)
    return snapshot.files.read


def need(now: datetime, *numbers: int, signed: bool = True) -> Need:
    return Need(now, {arn(number) for number in numbers}, signed)


def run(files: Files, now: datetime, added: Sequence[Entry], *ordered: int, least: int = LEAST) -> dict[str, bytes]:
    """The branch after a run that reads it, and writes these lines."""
    ledger = read(at(files), now, need(now, *ordered))
    lines = ledger.remembered_with(added, FULL)
    return {**files, **lines, **(ledger.next_checkpoint(least) if lines else {})}


def life(number: int, told: datetime) -> list[Entry]:
    """All of one target, from its notice to the removal of its task, a line a day."""
    events: list[tuple[Event, dict[str, Any]]] = [
        (Event.NOTICED, {}),
        (Event.INTENDED, {"calls": (stop(number),)}),
        (Event.APPLIED, {}),
        (Event.SETTLED, {"cause": Cause.WITHDRAWN}),
    ]
    return [
        entry(event, number, told + day * DAY, run=f"{number} {day}", **more)
        for day, (event, more) in enumerate(events)
    ]


def lived(targets: int, upto: int | None = None) -> tuple[dict[str, bytes], datetime]:
    """A branch after that many targets, one begun every day, and when its last run was. upto: lines, all by default"""
    files: dict[str, bytes] = {}
    lines = sorted((line for number in range(targets) for line in life(number, NOW + number * DAY)), key=lambda e: e.at)
    for line in lines[:upto]:
        files = run(files, line.at, [line])
    return files, lines[:upto][-1].at


def agrees(some: Ledger, whole: Ledger, *numbers: int) -> None:
    """What a run that decides about these targets goes by is the same."""
    assert (some.lines, some.last) == (whole.lines, whole.last)
    late = [one for one in whole.entries if some.need and one.at >= some.need.first]
    assert list(some.entries)[-len(late) :] == late
    for key, history in whole.histories.items():
        named = key[1] in {arn(number) for number in numbers}
        kept = key in some.histories
        assert kept or not (named or history.notice or history.pending or history.acted or history.first_noticed_at)
        if kept:
            assert some.histories[key] == history
            assert some.applied[key] == whole.applied[key]
            assert some.links.get(key) == whole.links.get(key)
            assert some.last_intended.get(key[1]) == whole.last_intended.get(key[1])
    assert some.histories.keys() <= whole.histories.keys()


def test_closed_files_are_not_read_and_what_a_run_goes_by_is_the_same() -> None:
    files, last = lived(30)
    now, snapshot = last + DAY, at(files)

    ledger = read(snapshot, now, need(now, 29))

    names = ledger_files(files)
    read_files = ledger_files(set(was_read(snapshot)))
    assert len(names) > 20
    assert read_files == names[-len(read_files) :]
    assert len(read_files) < 6
    agrees(ledger, read(at(files), now), 29)
    assert len(ledger.histories) < 10  # of the others it is known that there is more to read
    assert verified(read(at(files), None)) == ""


STEPS = st.lists(st.tuples(st.sampled_from(Event), st.integers(1, 5), st.integers(0, 3), st.booleans()), max_size=40)


@given(STEPS, st.integers(1, 5))
def test_whatever_was_written_a_run_reads_the_same_from_a_checkpoint(
    steps: list[tuple[Event, int, int, bool]], number: int
) -> None:
    files: dict[str, bytes] = {}
    now = NOW
    for count, (event, target, days, ended) in enumerate(steps):
        now += days * DAY
        cause = Cause.WITHDRAWN if ended and event is Event.SETTLED else None
        calls: dict[str, Any] = {"calls": (stop(target),)} if event is Event.INTENDED else {}
        files = run(files, now, [entry(event, target, now, run=f"r{count}", cause=cause, **calls)], least=1)
    whole = read(at(files), now)

    ledger = read(at(files), now, need(now, number))

    agrees(ledger, whole, number)
    assert verified(whole) == ""
    mine = whole.entries[-1].run if whole.entries else ""
    agrees_without = ledger.without(mine).history((entry().task, arn(number)))
    assert agrees_without == whole.without(mine).history((entry().task, arn(number)))


def test_what_was_forgotten_is_read_again_when_something_speaks_of_it() -> None:
    files, last = lived(30)
    now = last + DAY
    snapshot = at(files)
    ordered = read(snapshot, now, need(now, 1))
    assert set(was_read(snapshot)) >= set(ledger_files(files))
    agrees(ordered, read(at(files), now), 1)
    assert ordered.applied[entry().task, arn(1)].undoable

    again = run(files, now, [entry(Event.NOTICED, 1, now, run="again")])
    told = read(at(again), now + DAY, need(now + DAY))
    agrees(told, read(at(again), now + DAY), 1)
    # The next run that writes makes the checkpoint anew, with it.
    healed = run(again, now + DAY, [entry(Event.REMINDED, 29, now + DAY, run="next")])
    after = at(healed)
    agrees(read(after, now + DAY, need(now + DAY)), read(at(healed), now + DAY), 1)
    assert not set(ledger_files(healed)) <= set(was_read(after))


def test_a_line_of_another_run_of_what_was_forgotten_is_no_less_told() -> None:
    files, last = lived(30)
    now = last + DAY
    lines = read(at(files), now).remembered_with([entry(Event.REMINDED, 1, now, run="again")], FULL)
    ledger = read(at({**files, **lines}), now, need(now))
    assert ledger.applied[entry().task, arn(1)].undoable


@pytest.mark.parametrize("change", ["altered", "missing", "what came after is missing"])
def test_a_closed_file_that_is_not_as_it_was_is_noticed_though_it_is_not_read(change: str) -> None:
    files, last = lived(30)
    names = ledger_files(files)
    covered = [name for name, _ in Head.model_validate_json(files[FILE]).covered]
    assert 5 < len(covered) < len(names)
    now = {
        "altered": {**files, names[3]: files[names[3]].replace(b"noticed", b"settled")},
        "missing": {name: text for name, text in files.items() if name != names[0]},
        "what came after is missing": {
            name: text for name, text in files.items() if name in covered or name not in names
        },
    }[change]
    with pytest.raises(InvalidInput):
        read(at(now), last + DAY, need(last + DAY))


def test_lines_that_were_written_anew_from_the_start_contradict_the_checkpoint() -> None:
    files, last = lived(30)
    others = read(BranchSnapshot("", {}), None).with_lines([entry(number=n, run=f"{n}") for n in range(40)], FULL)
    forged = {**{name: text for name, text in files.items() if name not in ledger_files(files)}, **others}
    with pytest.raises(InvalidInput) as caught:
        read(at(forged), last + DAY, need(last + DAY))
    assert "tells of lines that are not there" in caught.value.faults[0].message


@pytest.mark.parametrize("change", ["gone", "damaged", "of another version", "a part is another", "adopted since"])
def test_without_a_checkpoint_that_serves_all_lines_are_read(change: str) -> None:
    files, last = lived(30)
    now = last + DAY
    vouched = read(at(files), None)
    assert vouched.last
    adopted = adopting(Adoption(by="Ada", at=now, commit="c", last=vouched.last.hash))
    changed = {
        "gone": {name: text for name, text in files.items() if name != FILE},
        "damaged": {**files, FILE: files[FILE][:50]},
        "of another version": {**files, FILE: files[FILE].replace(b'"lines"', b'"more":1,"lines"')},
        "a part is another": {**files, FORGOTTEN: b""},
        "adopted since": {**files, **adopted},
    }[change]
    snapshot = at(changed)

    ledger = read(snapshot, now, need(now, 29))

    assert set(was_read(snapshot)) >= set(ledger_files(files))
    agrees(ledger, read(at(changed), now), 29)
    assert ADOPTED in changed or not ledger.checkpoint
    if change != "gone":
        assert "runs read all lines" in verified(read(at(changed), None))


def test_where_nothing_protects_the_branch_all_lines_are_read() -> None:
    files, last = lived(30)
    snapshot = at(files)
    read(snapshot, last + DAY, need(last + DAY, signed=False))
    assert set(was_read(snapshot)) >= set(ledger_files(files))


def test_a_plan_from_before_what_was_covered_is_told_with_all_lines() -> None:
    files, last = lived(30)
    snapshot = at(files)
    read(snapshot, last, need(last - 20 * DAY))
    assert set(was_read(snapshot)) >= set(ledger_files(files))


def test_a_checkpoint_that_says_otherwise_than_the_lines_is_found_by_verify() -> None:
    files, _ = lived(30)
    (name,) = [name for name in files if "histories" in name]
    forged = {**files, name: files[name].replace(b"T09:", b"T08:", 1)}
    was, now = (hashlib.sha256(text[name]).hexdigest().encode() for text in (files, forged))
    forged[FILE] = files[FILE].replace(was, now)
    with pytest.raises(InvalidInput) as caught:
        verified(read(at(forged), None))
    assert "does not tell what the lines do" in caught.value.faults[0].message


def test_a_memory_of_an_earlier_commit_is_held_against_ids_and_no_file_is_read() -> None:
    files, last = lived(30)
    early, late = at(lived(30, 80)[0]), at(files)
    ledger = read(late, last + DAY, need(last + DAY))
    before = len(was_read(late))
    assert missing(ledger, "b", [early]) is None
    assert len(was_read(early)) <= 2  # its last file, and whether it grew
    assert len(was_read(late)) - before <= 4
    assert missing(read(early, last + DAY, need(last + DAY)), "b", [late])
