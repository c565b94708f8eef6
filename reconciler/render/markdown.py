"""Makes the Markdown of a task's reason safe to show to its team: its layout stays. PURE.

The file is reviewed, but what a scanner wrote into it may not have been read closely. Paragraphs, lists, emphasis and
code stay as they are written. Headings, tables, links, images, HTML, mentions and references become the words that
they are made of: they could pass for ours, or call people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.render.escape import block, code, no_autolink, no_block, no_markup, printable

LONGEST_REASON = 4_000  # characters; an issue holds sixteen times as many, and fifty rows besides
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)]) +(?=\S)")
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
RULE = re.compile(r"\*[\s*]*")


def markdown(value: object) -> str:
    """The same words as Markdown without links, mentions, images, HTML and headings; cut to LONGEST_REASON."""
    text = str(value)
    kept = text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON].rstrip()}…"
    return "\n".join(_lines(kept.splitlines()))


def _lines(lines: list[str]) -> Iterator[str]:
    rest = iter(lines)
    for line in rest:
        fence = FENCE.match(line)
        if fence:
            yield block("\n".join(_until(rest, fence[1])))
        else:
            yield _line(line)


def _until(rest: Iterator[str], fence: str) -> Iterator[str]:
    """The lines of a code block: to its fence, or to the end if nobody closed it."""
    for line in rest:
        bare = line.strip()
        if bare and set(bare) == {fence[0]} and len(bare) >= len(fence):
            return
        yield " " * min(len(line) - len(line.lstrip(" ")), 40) + printable(line)


def _line(line: str) -> str:
    item = ITEM.match(line)
    head, text = (item[0], line[item.end() :]) if item else (" " * min(3, len(line) - len(line.lstrip(" "))), line)
    parts, at = [], 0
    for span in SPAN.finditer(text):
        parts += [_prose(text[at : span.start()], first=at == 0), code(span[2])]
        at = span.end()
    return head + "".join([*parts, _prose(text[at:], first=at == 0)])


def _prose(text: str, *, first: bool) -> str:
    """Words between code spans, with the space around them."""
    # A star can do no more than slant its own paragraph, unless there is nothing else in its line.
    words = no_markup(printable(text)).replace("\\*", "*")
    if first:
        words = f"\\{words}" if RULE.fullmatch(words) else no_block(words)
    before = " " if not first and text[:1].isspace() else ""
    after = " " if words and text[-1:].isspace() else ""
    return f"{before}{no_autolink(words)}{after}"
