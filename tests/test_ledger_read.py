"""The ledger as it is handed on within a run: read and folded once, and extended by the lines of a later tip."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InvalidInput
from reconciler.ledger.read import Ledger, read
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Cause, Entry, Event
from tests.build import IDS, LATER, NOW, TASK, append, arn, chained, entry, ledger_of, stop

DAY = timedelta(days=1)
PACKAGE = Path(__file__).parent.parent / "reconciler"
ENTRIES = st.builds(
    lambda event, number, days, undo: entry(event, number, NOW + days * DAY, undo=undo, place="#1"),
    st.sampled_from(Event),
    st.integers(1, 3),
    st.integers(0, 70),
    st.booleans(),
)
RUNS = st.lists(st.lists(ENTRIES, max_size=4), min_size=1, max_size=4).map(
    lambda runs: [[one.model_copy(update={"run": f"run {run}"}) for one in of] for run, of in enumerate(runs)]
)


def snapshot(files: dict[str, bytes], commit: str = "") -> BranchSnapshot:
    return BranchSnapshot(commit, files)


def folds(ledger: Ledger) -> tuple[object, ...]:
    return ledger.entries, ledger.histories, ledger.applied, ledger.links, ledger.last


@given(RUNS)
def test_extended_by_each_run_it_is_as_if_read_at_once(runs: list[list[Entry]]) -> None:
    files: dict[str, bytes] = {}
    ledger = read(snapshot(files), LATER)
    for added in runs:
        files = {**files, **ledger.with_lines(added)}
        before, ledger = ledger, ledger.extended(snapshot(files, "later"))
        assert folds(ledger) == folds(read(snapshot(files), LATER))
        # What was parsed is not parsed again.
        assert all(one is other for one, other in zip(before.entries, ledger.entries, strict=False))
        assert ledger.snapshot.commit == "later"


def test_a_run_writes_each_of_its_lines_once_and_none_of_them_for_another() -> None:
    """Alike in all but one thing that makes it a line of its own: of one target, two exemptions may end."""
    one = entry(Event.REMINDED, cause=Cause.CUT_SHORT, reminder="exemptions/0.yaml 2026-12-31 30")
    others = (
        {"run": "another"},
        {"event": Event.FAILED},
        {"task": "another"},
        {"target": arn(2)},
        {"cause": Cause.OUTCOME_UNKNOWN},
        {"reminder": "exemptions/1.yaml 2026-12-31 30"},
    )
    lines = [one, *(one.model_copy(update=other) for other in others)]
    (file,) = files = append({}, lines[:1])

    more = append(files, lines)

    assert more[file].count(b"\n") == len(lines)
    assert append(more, lines) == {}


def test_damage_in_the_new_lines_is_found_at_its_line() -> None:
    old = append({}, [entry(), entry(number=2)])
    (file,) = old
    new = append(old, [entry(number=3), entry(number=4)])
    damaged = {file: new[file].replace(arn(4).encode(), arn(5).encode())}
    with pytest.raises(InvalidInput) as caught:
        read(snapshot(old), LATER).extended(snapshot(damaged))
    assert caught.value.faults[0].line == 4


@pytest.mark.parametrize("change", ["edited", "cut", "lost", "another month before", "line break"])
def test_a_branch_that_was_rewritten_is_read_anew(change: str) -> None:
    old = append({}, [entry(), entry(number=2, at=NOW + 31 * DAY), entry(number=3, at=NOW + 31 * DAY)])
    first, last = sorted(old)
    lines = old[last].splitlines(keepends=True)
    now = {
        "edited": {**old, first: old[first].replace(b"noticed", b"settled")},
        "cut": {**old, last: lines[0]},
        "lost": {last: old[last]},
        "another month before": {**old, "ledger/2026-11.jsonl": b"{}\n"},
        "line break": {**old, last: old[last].removesuffix(b"\n") + lines[1]},
    }[change]
    if change == "cut":
        assert len(read(snapshot(old), LATER).extended(snapshot(now)).entries) == 2
    else:
        with pytest.raises(InvalidInput):
            read(snapshot(old), LATER).extended(snapshot(now))


def test_the_days_intents_are_counted_once_and_undos_never() -> None:
    ledger = ledger_of(
        entry(Event.INTENDED, 1),
        entry(Event.INTENDED, 1, NOW + timedelta(hours=1)),
        entry(Event.INTENDED, 2, undo=True),
        entry(Event.INTENDED, 3, NOW - DAY),
        entry(Event.INTENDED, 4, account="data", action="kill"),
        entry(Event.APPLIED, 5),
    )
    assert ledger.intended_on(NOW.date()) == {
        ("disable", IDS["web"]): {(TASK, arn(1))},
        ("kill", IDS["data"]): {(TASK, arn(4, "data"))},
    }


def test_without_a_run_is_as_it_was_before_it() -> None:
    before = [entry(), entry(Event.INTENDED, run="earlier"), entry(Event.APPLIED, run="earlier")]
    both = ledger_of(*before, entry(Event.INTENDED, 2, run="mine"), entry(Event.SETTLED, run="mine"))
    assert folds(both.without("mine")) == folds(ledger_of(*before))


def test_links_are_where_each_was_notified_last() -> None:
    moved = [entry(place="#1"), entry(number=2, place="#2"), entry(place="#3"), entry(Event.REMINDED, place="#4")]
    assert ledger_of(*moved).links == {(TASK, arn(1)): "#3", (TASK, arn(2)): "#2"}


def test_what_has_no_outcome_yet_may_have_been_done() -> None:
    (applied,) = ledger_of(*chained(entry(), entry(Event.INTENDED, calls=(stop(),)))).applied.values()
    assert [call for _, call in applied.calls] == [stop()]
    assert applied.undoable


def imported(path: Path) -> Sequence[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    ]


def test_lines_are_parsed_and_folded_in_one_place() -> None:
    def importing(*names: str) -> set[str]:
        paths = (path for path in PACKAGE.rglob("*.py") if any(name.endswith(names) for name in imported(path)))
        return {path.relative_to(PACKAGE).as_posix() for path in paths}

    assert importing("history.history_after", "effects.applied_after") == {"ledger/fold.py"}
    assert importing("chain.walk", "chain.parse") == {"ledger/read.py", "ledger/memory.py"}
