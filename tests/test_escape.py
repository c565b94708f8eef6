"""Hostile strings in each context: what a reader sees is the text, and nothing that a renderer would act on."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.escape import DOLLAR, LONGEST_INLINE, code, one_line, prose

JOINER = "&#8288;"

HOSTILE = [
    # (text, as code, as prose)
    ("plain words", "`plain words`", "plain words"),
    ("a|b", "`a¦b`", r"a\|b"),
    ("`x`", "`` `x` ``", r"\`x\`"),
    ("a``b", "```a``b```", r"a\`\`b"),
    ("`", "`` ` ``", r"\`"),
    ("", "` `", ""),
    ("<script>x</script>", "`<script>x</script>`", r"\<script\>x\</script\>"),
    ("<!-- krampus:v1 -->", "`<!-- krampus:v1 -->`", r"\<\!-- krampus:v1 --\>"),
    ("&lt;", "`&lt;`", r"\&lt;"),
    ("@acme/all", "`@acme/all`", rf"@{JOINER}acme/all"),
    ("a@b.com", "`a@b.com`", rf"a@{JOINER}b.com"),
    ("closes #12", "`closes #12`", rf"closes \#{JOINER}12"),
    ("acme/x#1", "`acme/x#1`", rf"acme/x\#{JOINER}1"),
    ("[t](http://e.vil)", "`[t](http://e.vil)`", rf"\[t\](http{JOINER}://e.vil)"),
    ("![i](x)", "`![i](x)`", r"\!\[i\](x)"),
    ("https://e.vil", "`https://e.vil`", rf"https{JOINER}://e.vil"),
    ("**b** _i_ ~~s~~", "`**b** _i_ ~~s~~`", r"\*\*b\*\* \_i\_ \~\~s\~\~"),
    ("# head", "`# head`", r"\# head"),
    ("- item", "`- item`", r"\- item"),
    ("1. item", "`1. item`", r"1\. item"),
    ("www.e.vil", "`www.e.vil`", rf"www{JOINER}.e.vil"),
    ("a - b, 1.5 (so)", "`a - b, 1.5 (so)`", "a - b, 1.5 (so)"),
    ("=====", "`=====`", r"\====="),
    ("{{ x }}{% y %}", "`{{ x }}{% y %}`", r"\{\{ x \}\}\{% y %\}"),
    ("back\\slash\\", "`back\\slash\\`", r"back\\slash\\"),
    ("two\nlines", "`two lines`", "two lines"),
    ("a\r\n\r\n## b", "`a ## b`", r"a \#\# b"),
    ("a\u2028b\u2029c\x85d", "`a b c d`", "a b c d"),
    ("\u202eabc\u202c", "`abc`", "abc"),
    ("zero\u200bwidth\ufeff", "`zerowidth`", "zerowidth"),
    ("tag\U000e0041", "`tag`", "tag"),
    ("\x1b[31mred\x07", "`[31mred`", r"\[31mred"),
    ("nul\x00", "`nul`", "nul"),
    ("\ud800lone", "`lone`", "lone"),
    ("e\u0301", "`é`", "é"),
    ("  wide \u00a0 space ", "`wide space`", "wide space"),
    ("::error::x", "`::error::x`", f"::{JOINER}error::x"),
    (":tada:", "`:tada:`", f":{JOINER}tada:"),
    ("09:00:00", "`09:00:00`", f"09:{JOINER}00:00"),
    ("GH-12", "`GH-12`", f"GH{JOINER}-12"),
    ("at deadbeef1", "`at deadbeef1`", f"at deadbe{JOINER}ef1"),
    ("in 111122223333", "`in 111122223333`", "in 111122223333"),
    ("i-0a1b2c3d4e5f60718", "`i-0a1b2c3d4e5f60718`", "i-0a1b2c3d4e5f60718"),
    ("mailto:a", "`mailto:a`", f"mailto{JOINER}:a"),
    ("$x$", "`$x$`", "<span>$</span>x<span>$</span>"),
    (42, "`42`", "42"),
]


@pytest.mark.parametrize(("text", "as_code", "as_prose"), HOSTILE)
def test_hostile_strings(text: object, as_code: str, as_prose: str) -> None:
    assert code(text) == as_code
    assert prose(text) == as_prose


def test_length_is_bounded() -> None:
    assert one_line("x" * LONGEST_INLINE) == "x" * LONGEST_INLINE
    assert one_line("x" * (LONGEST_INLINE + 1)) == "x" * (LONGEST_INLINE - 1) + "…"


TEXT = st.one_of(st.text(), st.text(alphabet="`|\\<>@#[]()\n\r a1"))


@given(TEXT)
def test_code_is_one_span_whatever_is_inside(text: str) -> None:
    written = code(text)
    fence = re.match(r"`+", written)
    assert fence
    inner = written[len(fence[0]) : -len(fence[0])]
    assert written.endswith(fence[0])
    assert fence[0] not in re.findall(r"`+", inner)
    assert not re.search(r"[|\n\r]", written)


@given(TEXT)
def test_prose_has_no_mark_that_is_not_escaped(text: str) -> None:
    written = prose(text)
    marks = re.sub(rf"\\(_|[^\w\s])|{JOINER}|{re.escape(DOLLAR)}", "x", written)
    assert not re.search(r"[`*_{}\[\]#!|~<>&\\]|^[-+=]|^\d+[.)]", marks)
    assert not re.search(r"://|www\.", written)
    assert not re.search(r"[@#]\w", written.replace(JOINER, " "))
    assert "\n" not in written
    bare = written.replace(JOINER, "").replace(DOLLAR, "$")
    assert re.sub(r"\\(_|[^\w\s])", r"\1", bare) == one_line(text)


@given(TEXT)
def test_plain_text_stays_plain(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert one_line(text).isprintable()
