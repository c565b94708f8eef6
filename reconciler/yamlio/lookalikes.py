"""Letters that look like others, or like nothing: named, and replaced by what was probably meant.

Sources: Unicode's confusables.txt (https://www.unicode.org/Public/security/latest/confusables.txt) for the letters that
look like ASCII ones; the rest is what word processors, chat and web pages put in place of dashes, quotes and blanks.
"""

from __future__ import annotations

import unicodedata

# Stands in a file's text for a hidden character, so that columns stay right; it is one itself, so no text has it.
MARK = "\ufdd0"
MOST_NAMED = 3

_CYRILLIC = dict(zip("авгеорсухіјѕһԁԛԝӏАВЕЗКМНОРСТХУІЈЅԌԚԜ", "abreopcyxijshdqwlABE3KMHOPCTXYIJSGQW", strict=True))
_GREEK = dict(zip("αινοργκυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aivopyKuABEZHIKMNOPTYX".replace("K", "k", 1), strict=True))
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u02d7\ufe58\u2043", "-")
_OTHERS = {"\u2044": "/", "\u2215": "/", "\u29f8": "/", "\ua789": ":", "\u2236": ":", "\u02d0": ":", "\u02f8": ":"}
_OTHERS |= {"\u2217": "*", "\u204e": "*", "\u0131": "i", "\u0237": "j", "\u0251": "a", "\u0261": "g", "\u01c0": "l"}
_QUOTES = dict.fromkeys("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\xab\xbb\u2039\u203a\xb4", "")
ALIKE = {**_CYRILLIC, **_GREEK, **_DASHES, **_OTHERS, **_QUOTES}


def without_marks(text: str) -> str:
    """The text without the places of hidden characters, each of which has a fault of its own."""
    return text.replace(MARK, "") if MARK in text else text


def corrected(text: str, blank: str = "") -> str:
    """The ASCII text that was probably meant, without blanks at its ends; "" if it has a letter that stands for none.

    `blank`: what a blank that is none of ASCII stands for.
    """
    made = "".join(_meant(character, blank) for character in text).strip()
    if text[:1] in ("-", "\u2013", "\u2014") and text[1:2].isspace():
        made = f"- {made[1:].lstrip()}"  # a list's member, whose dash has no blank of ASCII behind it
    return made if made.isascii() and made.isprintable() else ""


def strangers(text: str) -> str:
    """What in a text is not printable ASCII, in words: `its character 14 is U+00A0 NO-BREAK SPACE`; or ""."""
    found = [(at, character) for at, character in enumerate(text, 1) if not " " <= character <= "~"]
    words = [f"its character {at} is {named(character)}" for at, character in found[:MOST_NAMED]]
    more = [f"{len(found) - MOST_NAMED} more are no plain letters"] if len(found) > MOST_NAMED else []
    return ", ".join((*words, *more))


def named(character: str) -> str:
    """A character by its number and its name in Unicode, which is all that is to be seen of some."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _meant(character: str, blank: str) -> str:
    if character.isascii() or character in ALIKE:
        return ALIKE.get(character, character)
    category = unicodedata.category(character)
    if category in ("Zs", "Cf") or "\ufe00" <= character <= "\ufe0f":
        return blank if category == "Zs" else ""
    return unicodedata.normalize("NFKC", character) if not character.isdecimal() else str(unicodedata.digit(character))
