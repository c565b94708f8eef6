"""The file of a plan: the same plan comes out of it, packed or not, and what somebody else put there is refused."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.checkout import Unreadable
from reconciler.cli.plan_file import Misfit, plan_in, read_plan, write_plan
from reconciler.decide.rules import decide
from reconciler.model.limit import Excess, LimitKey
from reconciler.model.plan import Plan, Source
from reconciler.model.streamed import pieces, values
from reconciler.model.undo_request import UndoRequest
from reconciler.model.unmatched import Unmatched
from tests.build import NOW, decision, ledger_of, order, plan, repository, seen


def decided(count: int = 3) -> Plan:
    """With sightings, a forecast and what there was before."""
    orders = [order(number) for number in range(1, count + 1)]
    made = decide(repository(*orders, guardrails={"per_run": {"disable": 1}}), ledger_of(), seen(orders), NOW, "c0ffee")
    return made.model_copy(update={"before": made.decisions[:1]})


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_what_is_written_is_read_and_is_the_same_plan(name: str, tmp_path: Path) -> None:
    file, made = tmp_path / name, decided()
    write_plan(made, file)
    again = read_plan(file)
    assert again == made
    assert again.digest == made.digest
    assert file.read_bytes().startswith(b"\x1f\x8b") is name.endswith(".gz")


def test_what_is_packed_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    file, made = tmp_path / "plan.json", decided()
    write_plan(made, tmp_path / "packed.gz")
    file.write_bytes((tmp_path / "packed.gz").read_bytes())
    assert read_plan(file) == made


def test_the_same_plan_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        write_plan(decided(), tmp_path / name)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_the_pieces_are_the_whole() -> None:
    for made in (decided(), plan(), plan(decision(1), decision(2))):
        assert b"".join(pieces(made)) == made.model_dump_json().encode()


EXCESS = Excess(action="kill", limited=LimitKey.PER_RUN, account="", account_id="", limit=1, due=2, done=0, allow=2)
CHANGES: Mapping[str, Any] = {
    "version": 2,
    "at": NOW.replace(year=2027),
    "repository": Source(commit="another"),
    "decisions": (),
    "summary": {},
    "exceeded": (EXCESS,),
    "undo_request": UndoRequest(task="a"),
    "before": (),
    "unmatched": (Unmatched(file="a", resource="b"),),
    "forecast": (),
    "sightings": (),
}


@pytest.mark.parametrize("field", Plan.model_fields)
def test_another_plan_has_another_digest_even_if_the_first_has_told_its_own(field: str) -> None:
    made = decided()
    told, ready = made.digest, made.ready
    other = made.model_copy(update={field: CHANGES[field]})
    assert made.digest == told
    assert made.ready is ready
    assert other.digest != told
    assert "digest" not in made.model_dump()


@given(st.integers(1, 2000), st.booleans())
def test_it_is_read_in_whatever_parts_it_comes(size: int, spread: bool) -> None:
    made = decided(2)
    raw = made.model_dump_json(indent=1).encode() if spread else b"".join(pieces(made, b"\n"))
    parts = [raw[start : start + size] for start in range(0, len(raw), size)]
    assert list(values(parts)) == list(values([raw]))


def test_a_file_that_unpacks_to_a_thousand_times_its_size_is_refused_before_it_does(tmp_path: Path) -> None:
    file = tmp_path / "plan.json.gz"
    file.write_bytes(gzip.compress(b'{"version":1,"at":"' + b" " * 5_000_000))
    with pytest.raises(Unreadable, match="unpacks to more than 1,000,000 bytes"):
        read_plan(file, most=1_000_000)


GOOD = b"".join(pieces(decided()))
PACKED = gzip.compress(GOOD)
BAD: Mapping[str, bytes] = {
    "cut short": PACKED[:-9],
    "with something after it": PACKED + b"x",
    "two in a row": PACKED + PACKED,
    "damaged": PACKED[:40] + b"\0\0\0\0" + PACKED[44:],
    "no JSON": b"no",
    "nothing": b"",
    "a list": b"[]",
    "not ended": GOOD[:-1],
    "with a second object": GOOD + b"{}",
    "a field twice": GOOD[:-1] + b',"version":1}',
    "a list twice": GOOD[:-1] + b',"decisions":[{}]}',
    "too deep": b'{"version":' + b"[" * 200_000,
    "no UTF-8": b'{"version":"\xff"}',
    "an unknown field": GOOD[:-1] + b',"more":[1,2]}',
    "packed twice": gzip.compress(PACKED),
    "a surrogate": b'{"version":"\\ud800"}',
    "no name": b"{version:1}",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_plan_is_refused(name: str) -> None:
    with pytest.raises((Misfit, Unreadable)):
        plan_in(BAD[name])


def test_what_is_wrong_is_said_with_its_place() -> None:
    with pytest.raises(Misfit) as refused:
        plan_in(GOOD.replace(b'"task":"stop-idle"', b'"task":1', 1))
    assert refused.value.first["loc"] == ("decisions", 0, "task")
