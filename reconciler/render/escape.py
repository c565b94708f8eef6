"""Escapes text from outside, one function for each context in which it is shown. PURE.

Names, tags, policies, error messages, reasons, authors: whoever can write one of them writes into an issue, a job's
log, or a command that somebody pastes. `code` and `prose` hold wherever GitHub reads Markdown: issues, comments, job
summaries, and the cells of their tables.
"""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from reconciler.render.secrets import strike

LONGEST_INLINE = 300  # characters of a word or sentence within Markdown
LONGEST_LINE = 4_000  # characters of a line of a log
LONGEST_RUN = 60  # backticks in a row
RUN = re.compile(f"`{{{LONGEST_RUN},}}")
# Only what makes markup in the middle of a line, so that the text also reads well as it is.
PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>&|~!#])")
# A list or an underline, at the start of a line.
LEADING = re.compile(r"^([-+=]|\d+(?=[.)]))")
# U+2060 as Markdown writes it: the character itself would be a hidden one in our own files.
WORD_JOINER = "&#8288;"
# Where words must be split of which GitHub makes something although they are no markup.
SEAMS = re.compile(
    r"(?<=@)|(?<=#)(?=\w)"  # a mention, an address, an issue
    r"|(?<=\bgh)(?=-\d)"  # GH-12
    r"|(?=://)|(?<=www)(?=\.)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)"  # links
    r"|(?<=:)(?=[a-z0-9_+\\-]+:)",  # an emoji
    re.IGNORECASE,
)
# A commit. Twelve digits are an account, and after a dash it is the id of a resource.
COMMIT = re.compile(r"(?<![\w-])(?!\d{12}(?!\w))[0-9a-f]{7,40}(?!\w)", re.IGNORECASE)
SIX = re.compile(r".{1,6}")  # a commit is named by seven characters at least
# GitHub's own way to write one that begins no formula.
DOLLAR = "<span>$</span>"
# What the runner of a job takes for a command: at the start of a line, or `##[` wherever it stands.
COMMANDS = re.compile(r"^::|(?<!:)::(?=[a-z][\w-]*( [^:]*)?::)|##(?=\[)", re.IGNORECASE)
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def code(value: object) -> str:
    """An identifier as a code span, whose fence is longer than any run of backticks inside; also safe in a table."""
    text = _short_runs(one_line(value)).replace("|", "¦") or " "
    fence = _fence(text, 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(value: object) -> str:
    """A sentence that stays a sentence: no markup, no link, no mention, no formula; also safe in a table."""
    return no_autolink(no_block(no_markup(one_line(value))))


def no_markup(text: str) -> str:
    """The same words, of which Markdown makes nothing in the middle of a line."""
    return PUNCTUATION.sub(r"\\\1", text)


def no_block(line: str) -> str:
    """The same line, by which no list and no underline begins."""
    return LEADING.sub(lambda start: f"{start[0]}\\" if start[0].isdigit() else f"\\{start[0]}", line)


def no_autolink(text: str) -> str:
    """The same words, of which GitHub makes no mention, reference, link, emoji or formula."""
    shorter = COMMIT.sub(lambda found: WORD_JOINER.join(SIX.findall(found[0])), SEAMS.sub(WORD_JOINER, text))
    return shorter.replace("$", DOLLAR)


def title(value: object) -> str:
    """An issue's title, which is no Markdown: plain words that mention nobody and nothing."""
    return re.sub(r"(?<=[@#])(?=\w)|(?<=\bGH)(?=-\d)", " ", one_line(value), flags=re.IGNORECASE)


def one_line(value: object) -> str:
    """One line of printable characters, cut to LONGEST_INLINE."""
    return _cut(printable(value), LONGEST_INLINE)


def printable(value: object) -> str:
    """One line of any length: no control character, nothing that hides or turns text around, no secret, one space each.

    What hides within a secret is taken out before the secret is looked for.
    """
    return _printable(str(value))


def log_line(value: object) -> str:
    """One line for a terminal or a job's log, in which the runner finds no workflow command."""
    return COMMANDS.sub(_spaced, _cut(printable(value), LONGEST_LINE))


def log_text(value: object) -> str:
    """The same for a text with a layout of ours: its columns stay, and it is not cut."""
    return "\n".join(_log_line_as_laid_out(line) for line in strike(_visible(str(value))).splitlines())


def show_hidden(value: object) -> str:
    """One line in which hidden characters are spelled out: that they are there may be the very fault."""
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in strike(str(value)))
    return COMMANDS.sub(_spaced, text)


def json_lines(text: str) -> str:
    """JSON for a terminal or a job's log: the same values, and nothing in it hides or is a command."""
    kept = (line if line.isprintable() else _spelled(line) for line in text.split("\n"))
    return "\n".join(kept).replace("##[", "##\\u005b")


def _spelled(line: str) -> str:
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)


def annotation(value: object) -> str:
    """The message of a `::error::` command."""
    return log_line(value).replace("%", "%25")


def annotated(value: object) -> str:
    """A property of a `::error::` command, as its file."""
    return annotation(value).replace(":", "%3A").replace(",", "%2C")


def url(value: object) -> str:
    """A part of a URL, percent-encoded, separators included."""
    return "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in str(value).encode(errors="replace"))


def address(value: object) -> str:
    """A whole https URL that somebody else wrote, for between `<` and `>` in Markdown; "" if it is no https URL."""
    text = str(value)
    if not text.lower().startswith("https://"):
        return ""
    kept = UNRESERVED | frozenset(b":/?#@!$&()*+,;=%[]")
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode(errors="replace"))


def shell(words: Iterable[str]) -> str:
    """A shell command of these words; "" if a word has characters that a terminal would hide or act on."""
    kept = tuple(words)
    if any(word != _short_runs(_visible(word)) or not word.isprintable() for word in kept):
        return ""
    return shlex.join(kept)


def block(text: str, language: str = "") -> str:
    """Lines as a code block, whose fence is longer than any run of backticks inside."""
    kept = _short_runs(text).strip("\n")
    fence = _fence(kept, 3)
    return f"{fence}{language}\n{kept}\n{fence}"


def commit(words: str) -> str:
    """A commit message of words and numbers alone: GitHub takes "fixes #1" in one as an instruction."""
    return re.sub(r"[^A-Za-z0-9 ,:]", "", words)


@lru_cache(maxsize=1 << 13)  # a target's name stands in several tables, an account's and a task's in many rows
def _printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return " ".join(strike(text).split())  # in which nothing hides, and which is as NFC has it
    return " ".join(
        "".join(
            " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
            for character in strike(_visible(unicodedata.normalize("NFC", text)))
        ).split()
    )


def _log_line_as_laid_out(line: str) -> str:
    plain = line if line.isprintable() else "".join(one if one.isprintable() else " " for one in _visible(line))
    bare = plain.rstrip()
    text = bare.lstrip()
    return f"{' ' * (len(bare) - len(text))}{COMMANDS.sub(_spaced, text)}"


def _spaced(found: re.Match[str]) -> str:
    return " ".join(found[0])


def _short_runs(text: str) -> str:
    """Runs of backticks cut short: Markdown renderers know no fence of more than 80."""
    return RUN.sub("`" * LONGEST_RUN + "…", text)


def _fence(text: str, least: int) -> str:
    runs = re.findall(r"`+", text) if "`" in text else ()
    return "`" * max(least, max(map(len, runs), default=0) + 1)


def _visible(text: str) -> str:
    if text.isascii():  # in which nothing hides
        return text
    return "".join(character for character in text if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn"))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
