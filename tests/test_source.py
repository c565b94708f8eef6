"""The reader of YAML: what it understands, what it refuses and where it points; no bytes make it raise."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reconciler.yamlio.places import Places
from reconciler.yamlio.reader import read
from tests.yaml_corpus import MEANINGS, REFUSED, TRAPS, VALID


def raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def test_a_valid_file_is_plain_data() -> None:
    data, faults = read("tasks/x.yaml", VALID)

    assert faults == ()
    assert data == {
        "title": "SSH open to the internet",
        "reason": 'Port 22 is reachable (see "EC2.13").\n\nClose it: it\'s easy.\n',
        "action": "disable",
        "after": "2026-12-01",
        "options": {"port": 22, "ratio": 0.5, "force": True},
        "targets": [
            "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d4e5f60718",
            {"resource": "arn:aws:s3:::acme-assets", "account": "website-prod", "note": None},
        ],
    }
    assert list(data) == ["title", "reason", "action", "after", "options", "targets"]


@pytest.mark.parametrize("nothing", [b"", b"\n\n", b"# a note\n", b"---\n", b"---\n...\n", b"~"])
def test_an_empty_file_is_left_to_the_schema(nothing: bytes) -> None:
    assert read("x.yaml", nothing) == (None, ())


@pytest.mark.parametrize(("text", "value"), MEANINGS)
def test_a_value_means_what_it_looks_like(text: str, value: Any) -> None:
    for source in (f"k: {text}\n", f"- {text}\n"):
        data, faults = read("x.yaml", source.encode())
        found = data["k"] if isinstance(data, dict) else data[0]
        assert (found, type(found), faults) == (value, type(value), ())


@pytest.mark.parametrize(("text", "words"), TRAPS)
def test_a_value_that_readers_disagree_about_is_a_fault_and_stays_text(text: str, words: str) -> None:
    data, faults = read("x.yaml", f"a: 1\nk: {text}\n".encode())

    assert data == {"a": 1, "k": text}
    assert [(fault.file, fault.line, fault.column) for fault in faults] == [("x.yaml", 2, 4)]
    assert words in faults[0].message
    assert "quote" in faults[0].help


@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSED)
def test_what_is_refused_has_one_fault_at_its_place(text: str | bytes, line: int, column: int, words: str) -> None:
    _, faults = read("x.yaml", raw(text))

    assert [(fault.file, fault.line, fault.column) for fault in faults] == [("x.yaml", line, column)]
    assert words in faults[0].message
    assert faults[0].help
    assert faults[0].message.isprintable()


def test_the_edges_of_what_is_allowed() -> None:
    deep = b"[" * 20 + b"]" * 20
    long = b"a: " + b"x" * 10_000
    large = b"#" * 4_999_998 + b"\n0"
    windows = b"a: 1\r\nb: |\r\n  x\r\n  y\r\n"
    tabs = b"a:\t1\t# x\ty\nb: 'x\ty'\n"

    assert [read("x.yaml", file)[1] for file in (deep, long, large, windows, tabs)] == [()] * 5
    assert read("x.yaml", windows)[0] == {"a": 1, "b": "x\ny\n"}


def test_all_faults_come_at_once_and_in_order() -> None:
    data, faults = read("x.yaml", b"a: yes\nb: &x 1\na: 2 # \xe2\x80\x8b\nc: *x\nd: [011, {1: 2}]\ne: 1\n")

    assert [(fault.line, fault.column) for fault in faults] == [(1, 4), (2, 4), (3, 1), (3, 8), (4, 4), (5, 5), (5, 11)]
    assert data == {"a": "yes", "b": 1, "d": ["011", {"1": 2}], "e": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: {c: 3}\n", {"a": 1, "b": 2}),
        ("a: {b: 1}\nc: 1\na: 2\n", {"a": {"b": 1}, "c": 1}),
        ("<<: {a: 1}\nb: 2\n", {"b": 2}),
        ("? [a, {x: 1}]\n: b\nc: 1\n", {"c": 1}),
        ("*x : {a: 1}\nb: *x\nc: 1\n", {"c": 1}),
        ("- 1\n- *x\n- 2\n", [1, None, 2]),
        ("a: !!str 1\nb: &x [1]\n", {"a": 1, "b": [1]}),
        ("a: 1\n---\nb: 1\n", None),
        ("[" * 30, None),
    ],
)
def test_faulty_data_is_the_best_that_could_be_made_of_it(text: str, expected: Any) -> None:
    data, faults = read("x.yaml", text.encode())

    assert data == expected
    assert faults


def test_a_syntax_fault_leaves_no_data_and_keeps_the_faults_before_it() -> None:
    data, faults = read("x.yaml", b"a: yes\nb: 'x\n")

    assert data is None
    assert [fault.line for fault in faults] == [1, 2]


def test_a_file_full_of_faults_names_the_first_hundred() -> None:
    for file in (b"- yes\n" * 5000, b"# \x00\n" * 5000):
        *named, last = read("x.yaml", file)[1]

        assert len(named) == 100
        assert (last.line, "not named" in last.message) == (101, True)


def test_what_a_message_quotes_is_short_and_shows_no_hidden_character() -> None:
    key = "\\n" + "k" * 80
    fault = read("x.yaml", f'"{key}": 1\n"{key}": 2\n'.encode())[1][-1]

    assert fault.message == f"the key `\ufffd{'k' * 39}…` appears twice; first on line 1"


# PyYAML's pure reader, for machines without libyaml, may say it otherwise, but says it; `{b:}` alone it understands.
@pytest.mark.parametrize("text", [text for text, *_ in REFUSED if len(text) < 100_000 and text != "a: {b:}\n"])
def test_without_libyaml_the_same_is_refused(text: str | bytes) -> None:
    _, faults = read("x.yaml", raw(text), yaml.SafeLoader)

    assert [fault.line for fault in faults] == [fault.line for fault in read("x.yaml", raw(text))[1]]
    assert faults[0].help


def test_without_libyaml_the_same_is_read() -> None:
    assert read("x.yaml", VALID, yaml.SafeLoader) == read("x.yaml", VALID)


# Far above what it takes, so that a busy machine is no failure.
QUICK = settings(deadline=1000)
SIGNS = st.sampled_from(
    [*"\n\n  -:?,[]{}#&*!|>'\"%@`~\\\t<=.0159abyn", ": ", "- ", "\n  ", "---\n", "\r", "\ufeff", "é", "\x85"]
)


def all_is_well(raw: bytes) -> None:
    for reader in (yaml.CSafeLoader, yaml.SafeLoader):
        data, faults = read("x.yaml", raw, reader)
        assert data is None or isinstance(data, str | int | float | bool | dict | list)
        for fault in faults:
            assert fault.line >= 1
            assert fault.column >= 1
            assert fault.line <= raw.count(b"\n") + 1
            assert fault.message.isprintable()
    places = Places(raw)
    for path in ((), ("a",), (0, "a"), ("targets", 1, "note")):
        for key in (False, True):
            assert min(places.at(path, key)) >= 1


@QUICK
@given(st.binary(max_size=200))
@example(b"\x00")
@example(b"a: !%ED%A0%80 x")
@example(b'"\\U0011ffff"')
@example(b'"\\Uffffffff"')
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    all_is_well(raw)


@QUICK
@given(st.lists(SIGNS, max_size=40).map("".join) | st.text(max_size=80))
def test_no_text_makes_it_raise(text: str) -> None:
    all_is_well(text.encode())


@QUICK
@given(st.lists(SIGNS, max_size=20).map("".join))
@example("a: =")
@example("a: <<")
def test_what_has_no_fault_means_to_us_what_pyyaml_makes_of_it(text: str) -> None:
    assume(not re.search(r"[0-9]{4}-[0-9]", text))  # a date is text to us, until the schema says otherwise
    data, faults = read("x.yaml", text.encode())
    assert faults or yaml.load(text, Loader=yaml.CSafeLoader) == data


@QUICK
@given(st.integers(0, len(VALID) - 1), st.integers(0, 255), st.integers(0, 3))
def test_no_change_of_a_byte_of_a_valid_file_makes_it_raise(at: int, byte: int, kept: int) -> None:
    # kept 0: put in; 1: in place of one byte; more: in place of several.
    all_is_well(VALID[:at] + bytes([byte]) + VALID[at + kept :])
