"""A reader of Markdown as GitHub is one: what it would make of a text, and what of that nobody meant."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser

from cmarkgfm import cmark  # type: ignore[import-untyped]  # it ships no types

EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
OPTIONS = cmark.Options.CMARK_OPT_UNSAFE | cmark.Options.CMARK_OPT_FOOTNOTES
# What GitHub finds in the text that Markdown left, outside of code and of links.
FOUND = {
    "mention": re.compile(r"@[A-Za-z0-9]\S*"),
    "reference": re.compile(r"[\w/.-]{0,60}#\d+|\bgh-\d+", re.IGNORECASE),
    "commit": re.compile(r"(?<![\w-])(?!\d{12}(?!\w))[0-9a-f]{7,40}(?!\w)", re.IGNORECASE),
    "link": re.compile(r"\w+://|www\.|mailto:|xmpp:", re.IGNORECASE),
    "emoji": re.compile(r":[a-z0-9_+-]+:"),
    "formula": re.compile(r"\$"),
}
LAYOUT = {"p", "ul", "ol", "li", "em", "strong", "code", "pre", "br", "hr", "span"}


class Page(HTMLParser):
    """A rendered text: its tags, its comments, and its bare words."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.marks: Counter[tuple[str, str]] = Counter()
        self.words = ""
        self._open: list[str] = []
        whole = markdown.encode(errors="replace").decode()
        html = cmark.markdown_to_html_with_extensions(whole, options=OPTIONS, extensions=EXTENSIONS)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag, and what is set on it."""
        self.tags.append(tag)
        self._open.append(tag)
        for name, value in attrs:
            self.marks["attribute", f"{tag} {name}={value}"] += 1

    def handle_endtag(self, tag: str) -> None:
        """A tag's end."""
        self.tags.append(f"/{tag}")
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Bare words. A dollar alone in a span begins no formula: so says GitHub's own documentation."""
        self.words += data
        if not {"code", "pre", "a"} & set(self._open) and not (self._open[-1:] == ["span"] and data == "$"):
            for what, pattern in FOUND.items():
                for one in pattern.findall(data):
                    self.marks[what, one] += 1

    def handle_comment(self, data: str) -> None:
        """A comment, in which a marker of ours could be."""
        self.marks["comment", data] += 1

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self.marks["declaration", decl] += 1

    def handle_pi(self, data: str) -> None:
        """An instruction."""
        self.marks["instruction", data] += 1

    def unknown_decl(self, data: str) -> None:
        """CDATA."""
        self.marks["declaration", data] += 1


DIGEST = re.compile(r"\A(<!-- krampus:v1 [^>\n]*) text=[0-9a-f]{16}(?= -->)")


def leaks(wild: str, tame: str, *, layout: bool = False) -> list[str]:
    """What a text does that the same text with harmless values in it does not.

    layout: whether the values may lay out their own paragraphs, lists, emphasis and code
    """
    wild, tame = DIGEST.sub(r"\1", wild), DIGEST.sub(r"\1", tame)  # of another text, it is another
    wild_page, tame_page = Page(wild), _tame_page(tame)
    aside = {"span", "/span"} | ({word for tag in LAYOUT for word in (tag, f"/{tag}")} if layout else set())
    tags = [[tag for tag in page.tags if tag not in aside] for page in (wild_page, tame_page)]
    found = [f"{what}: {one[:80]}" for (what, one) in wild_page.marks - tame_page.marks if not _ours(what, one)]
    if tags[0] != tags[1]:
        found.append(f"tags: {Counter(tags[0]) - Counter(tags[1])} {Counter(tags[1]) - Counter(tags[0])}")
    if tame.startswith("<!--") and wild.partition("\n")[0] != tame.partition("\n")[0]:
        found.append(f"first line: {wild.partition(chr(10))[0][:80]}")
    return [*found, *hidden(wild)]


@lru_cache
def _tame_page(tame: str) -> Page:
    """The same few texts over and over."""
    return Page(tame)


def hidden(text: str) -> list[str]:
    """Characters that hide, or steer a terminal."""
    odd = {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\n\t"}
    return [f"hidden: {one!r}" for one in sorted(odd)]


def commands(text: str) -> list[str]:
    """The lines of a job's log that its runner obeys."""
    return [line for line in re.split(r"[\n\r]", text) if re.match(r"\s*::", line) or "##[" in line]


def _ours(what: str, one: str) -> bool:
    # The links to propose an exemption and to the finding hold names, encoded.
    return what == "attribute" and re.fullmatch(r"a href=https://github\.com/acme/config/\S*", one) is not None
