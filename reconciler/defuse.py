"""Text from AWS and from files made harmless for Markdown, one function a context. PURE."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300
# Only what makes markup in the middle of a line, so that the text also reads well as it is.
PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>&|~!#])")
# GitHub makes links of addresses, of www. and of words before ://.
ADDRESS = re.compile(r"(?<=www)(\.)|(:)(?=//)", re.IGNORECASE)
# A list or an underline, at the start of a line.
LEADING = re.compile(r"^([-+=]|\d+(?=[.)]))")
# A mention or a reference needs its sign right before a word.
SIGNS = re.compile(r"([@#])(?=\w)")
# U+2060 as Markdown writes it: the character itself would be a hidden one in our own files.
WORD_JOINER = "&#8288;"


def code(value: object) -> str:
    """An identifier as a code span, whose fence is longer than any run of backticks inside; also safe in a table."""
    text = plain(value).replace("|", "¦") or " "
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(value: object) -> str:
    """A sentence that stays a sentence: no markup, no link, no mention; also safe in a table."""
    text = PUNCTUATION.sub(r"\\\1", plain(value))
    text = LEADING.sub(lambda start: f"{start[0]}\\" if start[0].isdigit() else f"\\{start[0]}", text)
    # Signs first: the word joiner has one itself.
    return ADDRESS.sub(rf"{WORD_JOINER}\g<0>", SIGNS.sub(rf"\1{WORD_JOINER}", text))


def plain(value: object) -> str:
    """One line of printable characters, cut to a length that a reader can bear."""
    kept = "".join(
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in unicodedata.normalize("NFC", str(value))
        if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn")
    )
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
