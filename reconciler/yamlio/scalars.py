"""What a value without quotes means, and which values YAML readers disagree about: the traps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from reconciler.yamlio.characters import excerpt


@dataclass(frozen=True)
class Trap:
    """A value that YAML readers read differently: what is wrong, and what to do about it."""

    message: str
    help: str


QUOTE = "put it in quotes"  # right only where that text is accepted, which who reads the data knows
CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
TRUTHS = frozenset({"y", "n", "yes", "no", "on", "off"})
LONGEST_WORD = max(map(len, (*CONSTANTS, *TRUTHS)))  # that is no text
SIGNS = {
    "<<": Trap("`<<` is a merge key to other readers", f"write out what it would merge, or {QUOTE}"),
    "=": Trap("`=` has a special meaning to other readers", QUOTE),
}
# A value that begins with another character is text and needs no check: that is nearly every value.
FIRST = frozenset({"", *"0123456789+-.~<=yYnNoOtTfF"})

INTEGER = re.compile(r"-?[1-9][0-9]*|0")
DECIMAL = re.compile(r"-?(?:[1-9][0-9]*|0)\.[0-9]+")
# From some length on Python refuses to convert an integer, and converts a decimal to infinity.
LONGEST_NUMBER = 300
ENDLESS = re.compile(r"[-+]?[0-9_.:]+")
TRAPS = re.compile(
    r"""  (?P<octal>    [-+]? 0 [0-9_]+ (?:\.[0-9_]*)? )
      |   (?P<sixty>    [-+]? [0-9] [0-9_]* (?: : [0-5]?[0-9] )+ (?:\.[0-9_]*)? )
      |   (?P<infinite> [-+]? \.inf | \.nan )
      |   (?P<odd>      [-+]? (?: [0-9][0-9_]* (?:\.[0-9_]*)? | \.[0-9][0-9_]* ) (?: e[-+]?[0-9]+ )?
                      | [-+]? 0 (?: x[0-9a-f_]+ | o[0-7_]+ | b[01_]+ ) )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
MESSAGES = {
    "octal": ("begins with a zero: other readers read it as an octal number", ""),
    "sixty": ("is a number in base 60 to other readers", ""),
    "infinite": ("is not a number that any key accepts", "write digits, or "),
    "odd": ("is a number to some readers, and text to others", "write plain digits, or "),
}


def is_text(text: str) -> bool:
    """Whether a scalar that is written without quotes is the text that it looks like."""
    if text[:1] not in FIRST:
        return True
    return text[0].isalpha() or plain_value(text) is text if len(text) > LONGEST_WORD else _is_word(text)


@lru_cache(maxsize=1024)
def _is_word(text: str) -> bool:
    """The same of a short one, as the keys are, of which there are few."""
    return plain_value(text) == text


def plain_value(text: str) -> bool | int | float | str | Trap | None:
    """The value of a scalar that is written without quotes, or the trap that it is."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text.lower() in TRUTHS:
        message = f"`{text}` is true or false to some readers, and text to others"
        return Trap(message, f"write true or false, or {QUOTE}")
    if text in SIGNS:
        return SIGNS[text]
    if text[0].isalpha():
        return text
    if len(text) > LONGEST_NUMBER:
        return Trap(f"the number has {len(text)} digits", QUOTE) if ENDLESS.fullmatch(text) else text
    return _number(text)


def _number(text: str) -> int | float | str | Trap:
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return float(text)
    match = TRAPS.fullmatch(text)
    if not match:
        return text
    message, remedy = MESSAGES[match.lastgroup or "odd"]
    return Trap(f"`{excerpt(text)}` {message}", f'{remedy}{QUOTE}: "{excerpt(text)}"')
