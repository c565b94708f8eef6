"""Whatever byte of whatever ledger line is altered, and whatever line is lost, moved or doubled, is noticed there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.errors import InvalidInput
from reconciler.ledger.chain import parse
from reconciler.model.ledger import Entry, Event
from tests.build import NOW, append, entry, stop

DAY = timedelta(days=1)
Files = dict[str, bytes]
Place = tuple[str, int]  # a file and the number of a line in it, from 1


def ledger(entries: Sequence[Entry]) -> Files:
    return append({}, entries)


# An intent with its calls, what came of it, and a notice in the next month.
SMALL = ledger(
    [
        entry(Event.INTENDED, detail='said "so", é\n', calls=(stop(),)),
        entry(Event.APPLIED),
        entry(number=2, at=NOW + 31 * DAY, detail="acme/website#1"),
        entry(Event.SETTLED, 2, at=NOW + 32 * DAY),
    ]
)
LEDGERS = st.lists(
    st.builds(
        lambda event, number, days, detail: entry(
            event, number, NOW + days * DAY, detail=detail, calls=(stop(number),) if event is Event.INTENDED else ()
        ),
        st.sampled_from(Event),
        st.integers(0, 9),
        st.integers(0, 70),
        st.text(max_size=9),
    ),
    min_size=3,
    max_size=8,
    unique_by=lambda one: (one.event, one.target, one.detail),
).map(lambda entries: ledger(sorted(entries, key=lambda one: one.at)))


def noticed(files: Files) -> Place:
    """Where the first fault is."""
    with pytest.raises(InvalidInput) as caught:
        parse(files)
    (fault,) = caught.value.faults
    return fault.file, fault.line


def every_line(files: Files) -> list[Place]:
    return [(file, number) for file in sorted(files) for number in range(1, files[file].count(b"\n") + 1)]


def with_lines(files: Files, file: str, lines: Sequence[bytes]) -> Files:
    return {**files, file: b"".join(lines)}


@pytest.mark.promise(3)
@pytest.mark.parametrize("file", SMALL)
def test_every_byte_of_every_line_counts(file: str) -> None:
    text = SMALL[file]
    for at, old in enumerate(text):
        # A digit, a letter's case, a blank, a sign that JSON leaves out, and both ends of a line.
        for new in {old ^ 1, old ^ 0x20, *b"\r\n \t"} - {old}:
            altered = text[:at] + bytes([new]) + text[at + 1 :]
            line = text.count(b"\n", 0, at) + 1
            assert noticed({**SMALL, file: altered}) in ((file, line), (file, line + 1)), (at, chr(old), chr(new))


@given(files=LEDGERS, data=st.data())
def test_a_byte_altered_put_in_or_taken_out_is_noticed_at_its_line(files: Files, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(files)))
    text = files[file]
    at, new = data.draw(st.integers(0, len(text) - 1)), data.draw(st.binary(max_size=2))
    if data.draw(st.booleans()):
        at, new = text.index(b"\n", at), data.draw(st.sampled_from((b"", b"\n\n", b"\r\n", b"\n \n", b"\n\t")))
    assume(new != text[at : at + 1])
    assume(at < len(text) - 1 or new.strip(b"\n"))  # a line break more or less at the end of a file alters no line

    line = text.count(b"\n", 0, at) + 1
    file_then, line_then = noticed({**files, file: text[:at] + new + text[at + 1 :]})

    assert (file_then, line_then) in ((file, line), (file, line + 1))


@given(files=LEDGERS, data=st.data())
def test_a_line_taken_out_but_the_last_is_noticed(files: Files, data: st.DataObject) -> None:
    everywhere = every_line(files)
    file, number = data.draw(st.sampled_from(everywhere[:-1]))
    lines = files[file].splitlines(keepends=True)

    # What came next does not follow: now in the same place, or, as before, at the head of the next file.
    following = everywhere[everywhere.index((file, number)) + 1]

    assert noticed(with_lines(files, file, lines[: number - 1] + lines[number:])) in ((file, number), following)


@given(files=LEDGERS, data=st.data())
def test_a_line_that_stands_a_second_time_anywhere_is_noticed(files: Files, data: st.DataObject) -> None:
    file, number = data.draw(st.sampled_from(every_line(files)))
    other, at = data.draw(st.sampled_from(every_line(files)))
    copy = files[file].splitlines(keepends=True)[number - 1]
    lines = files[other].splitlines(keepends=True)

    where = noticed(with_lines(files, other, [*lines[:at], copy, *lines[at:]]))

    # At the copy, or, where the copy stands right before the line itself, at the line.
    assert where in ((other, at + 1), (other, at + 2), (file, number))


@given(files=LEDGERS, data=st.data())
def test_two_lines_that_change_places_are_noticed(files: Files, data: st.DataObject) -> None:
    one, two = sorted(data.draw(st.lists(st.sampled_from(every_line(files)), min_size=2, max_size=2, unique=True)))
    lines = {file: text.splitlines(keepends=True) for file, text in files.items()}
    first, second = lines[one[0]][one[1] - 1], lines[two[0]][two[1] - 1]
    lines[one[0]][one[1] - 1], lines[two[0]][two[1] - 1] = second, first

    assert noticed({file: b"".join(each) for file, each in lines.items()}) == one
