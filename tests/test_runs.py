"""A list that is read a run of lines at once says what it says line by line, whatever stands around it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.yamlio.reader import by_events, read_closely
from reconciler.yamlio.runs import without_runs

ARN = "arn:aws:sqs:eu-west-1:111122223333:orders"
# What lines of lists are made of, and what is nearly that.
TEXTS = st.sampled_from(
    (
        *(ARN, "arn:aws:s3:::acme", "a b", "it's", 'a "b"', "a,b]", "22", "007", "12:30", "yes", "null", "2026-12-01"),
        *(
            "a: b",
            "a:",
            "a #b",
            "a#b",
            "a ",
            " a",
            "-",
            "- a",
            "'a'",
            '"a\\tb"',
            "|",
            ">-",
            "&a b",
            "*a",
            "!a b",
            "[a]",
        ),
        *("{a: b}", "", "~", "# a", "no", "\u00e9", "a\u200bb", "a\tb", "%", "a\\b", "stands-in-for-run-0-", "x" * 30),
    )
)
KEYS = st.sampled_from(("", "", "", "resource: ", "account: ", "note: ", "no: ", "'a': ", "A: ", "a b: ", "? "))
LINES = st.builds(
    lambda indent, dash, key, text, end: f"{' ' * indent}{dash}{key}{text}{end}",
    st.sampled_from((0, 1, 2, 2, 2, 3, 4, 4, 4, 6)),
    st.sampled_from(("", "- ", "- ", "- ", "-  ", "- - ")),
    KEYS,
    TEXTS,
    st.sampled_from(("\n", "\n", "\n", "\n", "\n", "\n\n", " \n", "\r\n", "  # b\n")),
)
# Several alike, so that there are runs.
PIECES = st.one_of(
    LINES,
    st.integers(2, 3).map(lambda times: f"  - {ARN}\n" * times),
    st.integers(2, 3).map(lambda times: f"  - resource: {ARN}\n    note: a b\n" * times),
    st.integers(2, 3).map(lambda times: f"- {ARN}\n" * times),
)
HEADS = (
    "",
    "targets:\n",
    "reason: |\n",
    "a: b\n",
    "a: [\n",
    "a: '\n",
    "a: b\ntargets: &x\n",
    "---\n",
    "a: >\n",
    "- a:\n",
)


@given(st.sampled_from(HEADS), st.lists(PIECES, min_size=1, max_size=5), st.sampled_from(("", "b: c\n", "'\n", "]\n")))
@example("targets:\n", [f"  - resource: {ARN}\n    account: a\n", "    options:\n      port: 22\n"], "")
@example("targets:\n", ["  - a:\n  - b\n  - c:\n"], "")
@example("targets:\n", ["  - a\n  - yes\n  - b\n"], "")
@example("targets:\n", ["  - resource: a\n    resource: b\n  - b\n"], "")
@example("reason: |\n", ["  - a\n  - b\n", "targets:\n  - stands-in-for-run-0-\n"], "")
@example("targets:\n", ["  - a\n  - b \n  - c\n"], "")
@example("a: &x\n", ["  - a\n  - b\n"], "")
@example("targets:\n", [f"  - {ARN}\n  - {ARN}\n    b\n"], "")
@example("reason: |\n", [f"  - {ARN}\n  - {ARN}\n"], "b: c\n")
@example("a: b\n", [f"  - {ARN}\n  - {ARN}\n"], "b: c\n")
def test_a_run_of_lines_says_what_its_lines_say(head: str, pieces: list[str], end: str) -> None:
    text = f"{head}{''.join(pieces)}{end}".replace("\r\n", "\n")
    reading = read_closely("x.yaml", text.encode())
    if reading.faults or reading.data is None:
        return  # which only the events tell

    assert reading == by_events("x.yaml", text, ())


WHOLE = {"resource": ARN, "port": 22, "held": True}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([f"{ARN}-{number}" for number in range(50)], [f"{ARN}-{number}" for number in range(50)]),
        (
            [f"resource: {ARN}\n    port: 22\n    on_hold: true"] * 50,
            [{"resource": ARN, "port": 22, "on_hold": True}] * 50,
        ),
    ],
)
def test_libyaml_is_shown_one_line_of_many(lines: list[str], said: list[object]) -> None:
    text = f"title: a\ntargets:\n{''.join(f'  - {line}' + chr(10) for line in lines)}action: kill\n"

    assert read_closely("x.yaml", text.encode()).data == {"title": "a", "targets": said, "action": "kill"}
    shown, runs, values = without_runs(text, 99)
    assert shown == f"title: a\ntargets:\n  - {next(iter(runs))}\naction: kill\n"
    assert values == sum(1 + 2 * len(one) if isinstance(one, dict) else 1 for one in said)


def test_no_text_takes_long_to_tell_from_a_run() -> None:
    """With a regular expression that tries a text in all ways, or anew from each line, this test would not end."""
    long = "a " * 4_000
    for line in (f"  - {long}", f"  - {long}#", f"  - {'a:' * 4_000} ", f"  - a\n    b: {long}:"):
        text = f"targets:\n{(line + chr(10)) * 60}"
        assert read_closely("x.yaml", text.encode()).data is not None or read_closely("x.yaml", text.encode()).faults
