"""YAML that Krampus writes: every reader gets back what was put in."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.yamlio.characters import HIDDEN
from reconciler.yamlio.reader import read
from reconciler.yamlio.writer import dump

# Far above what it takes, so that a busy machine is no failure.
QUICK = settings(deadline=1000)
TEXTS = st.text(max_size=40) | st.lists(
    st.sampled_from(["a", "no", " ", "\n", "\n\n", ": ", " #", "- ", "é", "'", '"', "1"])
).map("".join)
SAFE_TEXTS = TEXTS.filter(lambda text: not HIDDEN.search(text))
LEAVES = SAFE_TEXTS | st.integers(-(10**30), 10**30) | st.booleans() | st.none()
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SAFE_TEXTS, inner, max_size=4), max_leaves=12
)


def test_it_reads_like_written_by_hand() -> None:
    data: dict[str, Any] = {
        "title": "SSH open (see NET-88)",
        "url": "https://example.org/x?a=1",
        "resource": "arn:aws:iam::111122223333:role/Übung",
        "account": "011122223333",
        "port": 22,
        "open": True,
        "team": None,
        "on": ["no", "22:30", "2026-12-01", "a: b", "x #y", "", " x", "*", "null", "1e3", "y"],
        "rows": [{"task": "a", "why": "x\ny\n"}, {"task": "b", "why": []}],
        "tags": {},
        "text": "one\n\n  two",
        "unseen": ["x \ny", "x\n\ty"],
        "long": "word " * 40 + "end",
    }

    assert (
        dump(data)
        == """\
title: SSH open (see NET-88)
url: https://example.org/x?a=1
resource: arn:aws:iam::111122223333:role/Übung
account: '011122223333'
port: 22
open: true
team: null
'on':
  - 'no'
  - '22:30'
  - '2026-12-01'
  - 'a: b'
  - 'x #y'
  - ''
  - ' x'
  - '*'
  - 'null'
  - '1e3'
  - 'y'
rows:
  - task: a
    why: |
      x
      y
  - task: b
    why: []
tags: {}
text: |-
  one

    two
unseen:
  - "x \\ny"
  - "x\\n\\ty"
long: """
        + "word " * 40
        + "end\n"
    )


@QUICK
@given(TREES)
@example("x\n")
@example({"a": {"b": ["c\n\n", [["d\n"], {}]]}})
@example({"<<": 1, "": 2, "=": 3})
def test_what_is_written_is_read_back(data: Any) -> None:
    assert read("x.md", dump(data).encode()) == (data, ())


@QUICK
@given(TREES)
def test_other_readers_read_the_same(data: Any) -> None:
    assert yaml.safe_load(io.StringIO(dump(data))) == data


@pytest.mark.parametrize("text", ["\x00", "a\x85b", "\u202ex", "x\u200b", "\U000e0041", "a\rb", "\ud800"])
def test_hidden_characters_are_written_as_escapes(text: str) -> None:
    written = dump({"a": text})

    assert not HIDDEN.search(written)
    assert read("x.md", written.encode())[1]


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, date(2026, 12, 1), object()])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        dump({"a": value})


def test_a_value_that_stands_twice_is_written_twice() -> None:
    twice = ["a"]

    assert read("x.md", dump([twice, twice]).encode()) == ([["a"], ["a"]], ())
