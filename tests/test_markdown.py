"""The Markdown of a reason: its layout stays, and nothing in it reaches out of the text."""

from __future__ import annotations

import pytest

from reconciler.render.markdown import LONGEST_REASON, markdown
from tests.markup import Page, leaks


@pytest.mark.parametrize(
    "text",
    [
        "One paragraph.\n\nAnother, with *emphasis* and **more**.",
        "- one\n- two\n   - below two",
        "1. one\n2. two",
        "Set `port: 22` or ``a`b``.",
    ],
)
def test_layout_stays_as_it_is_written(text: str) -> None:
    assert markdown(text) == text


def test_a_block_of_code_stays_one_whoever_forgets_to_close_it() -> None:
    assert markdown("~~~yaml\na: @acme\n  b: <b>\n~~~\nafter") == "```\na: @acme\n  b: <b>\n```\nafter"
    assert markdown("```\nopen\n## Krampus says") == "```\nopen\n## Krampus says\n```"
    assert markdown("````\n```\n````") == "````\n```\n````"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("### How to stop it", "### How to stop it"),
        ("a\n---\n<sub>Krampus</sub>", "<sub>Krampus</sub>"),
        ("[runbook](https://wiki.acme.example)", "[runbook](https\u2060://wiki.acme.example)"),
        ("ask @acme/web, see #12", "ask @\u2060acme/web, see #\u206012"),
        ("| a | b |\n|---|---|\n| c | d |", "| c | d |"),
        ("<details>hidden", "<details>hidden"),
        ("![x](https://e.vil/x.png)", "![x](https\u2060://e.vil/x.png)"),
        ("***", "***"),
    ],
)
def test_the_rest_is_the_words_that_it_is_made_of(text: str, says: str) -> None:
    page = Page(markdown(text))
    assert set(page.tags) <= {"p", "/p"}
    assert leaks(markdown(text), "x", layout=True) == []
    assert says in page.words


def test_a_long_one_is_cut() -> None:
    assert len(markdown("word " * 5_000)) <= LONGEST_REASON + 1
    assert markdown("x" * (LONGEST_REASON + 1)).endswith("…")
