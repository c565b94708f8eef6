"""What a value without quotes means, and which values YAML readers disagree about: the traps."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.yamlio.characters import shown


@dataclass(frozen=True)
class Trap:
    """A value that means one thing to us and another to the next reader: what is wrong, and what to do about it."""

    message: str
    help: str


CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
TRUTHS = frozenset({"y", "n", "yes", "no", "on", "off"})
SIGNS = {
    "<<": Trap("`<<` is a merge key to other readers", "write out what it would bring, or put it in quotes"),
    "=": Trap("`=` is a sign of its own to other readers", "put it in quotes"),
}
# A value that begins otherwise is a text, and need not be looked at: that is nearly every value.
FIRST = frozenset({"", *"0123456789+-.~<=yYnNoOtTfF"})

INTEGER = re.compile(r"-?[1-9][0-9]*|0")
DECIMAL = re.compile(r"-?(?:[1-9][0-9]*|0)\.[0-9]+")
# Longer than this, Python refuses to convert an integer, and makes infinity of a decimal.
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
ANSWERS = {
    "octal": ("begins with a zero: other readers take it for an octal number", ""),
    "sixty": ("is a number in base 60 to other readers", ""),
    "infinite": ("is not a number that anything here can use", "write digits, or "),
    "odd": ("is a number to some readers, and a text to others", "write plain digits, or "),
}


def plain_value(text: str) -> bool | int | float | str | Trap | None:
    """What stands in the file without quotes in; what it means, or the trap that it is, out."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text.lower() in TRUTHS:
        message = f"`{text}` is true or false to some readers, and a text to others"
        return Trap(message, "write true or false, or put it in quotes")
    if text in SIGNS:
        return SIGNS[text]
    if text[0].isalpha():
        return text
    if len(text) > LONGEST_NUMBER:
        return Trap(f"a number of {len(text)} digits", "put it in quotes") if ENDLESS.fullmatch(text) else text
    return _number(text)


def _number(text: str) -> int | float | str | Trap:
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return float(text)
    found = TRAPS.fullmatch(text)
    if not found:
        return text
    message, remedy = ANSWERS[found.lastgroup or "odd"]
    return Trap(f"`{shown(text)}` {message}", f'{remedy}put it in quotes: "{shown(text)}"')
