"""Names at the root that are nearly those that are read: what stands there would silently count for nothing. PURE."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

from reconciler.errors import Fault

CONFIG = "krampus.yaml"
FOLDERS = ("exemptions", "tasks", "templates")
DATA = (".json", ".toml", ".yaml", ".yml")
# What editors and people leave beside a file that is read: it says nothing that the file does not.
LEFTOVER = re.compile(r"(~|#|\.(sw[a-p]|bak|orig|rej|tmp|example|sample|dist))\Z")
# How like: `exception` is, `examples` is not; `tests` and `tools` are none of `tasks`.
FOLDER_CUTOFF, CONFIG_CUTOFF, STEM_CUTOFF = 0.75, 0.85, 0.8
LONGER = 2  # characters by which a look-alike is longer or shorter
SHORT_FORMS = {"exempt": "exemptions", "exempts": "exemptions"}


def look_alikes(tops: Iterable[str]) -> dict[str, str]:
    """Name at the root -> the one that is read for which people may take it. Of `tops` a folder's ends in a slash."""
    found = {}
    for top in tops:
        name = top.removesuffix("/")
        if name not in (CONFIG, *FOLDERS) and (meant := _meant(name, is_folder=top.endswith("/"))):
            found[name] = meant
    return found


def look_alike_fault(name: str, meant: str) -> Fault:
    """What is wrong with such a name, and what to do."""
    if meant.endswith("/"):
        help = f"move what it says into files of that folder, one {meant.removesuffix('s/')} a file"
        return Fault(name, 1, 1, f"this file is not read: Krampus reads the folder `{meant}`", help)
    why = f"this is not read: it is not called `{meant}`{_strange(name)}"
    return Fault(name, 1, 1, why, f"rename it to `{meant}`, or give it a name that nobody takes for that")


def _meant(name: str, *, is_folder: bool) -> str:
    """Which of the names that are read this one is like; "" if it is like none."""
    plain = unicodedata.normalize("NFKC", name).casefold().strip().lstrip("._")
    if is_folder:
        return _nearest(plain, FOLDERS) or SHORT_FORMS.get(plain, "")
    if LEFTOVER.search(plain):
        return ""
    stem, dot, ending = plain.partition(".")
    data = f"{dot}{ending}".endswith(DATA)
    if _like(plain, CONFIG) >= CONFIG_CUTOFF or (data and _like(stem, "krampus") >= STEM_CUTOFF):
        return CONFIG
    if not dot:  # a link, or a file in a folder's place
        return _nearest(plain, FOLDERS[:2])
    if data:
        folder = _nearest(stem, FOLDERS[:2])
        return f"{folder}/" if folder and not (folder == "tasks" and ending == "json") else ""
    return ""


def _nearest(word: str, folders: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, folders, n=1, cutoff=FOLDER_CUTOFF)
    return near[0] if near and abs(len(near[0]) - len(word)) <= LONGER else ""


def _like(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, word, other).ratio()


def _strange(name: str) -> str:
    """The characters of a name that no keyboard's Latin letters have, since they may look as if they were."""
    found = [
        f"U+{ord(letter):04X} {unicodedata.name(letter, '')}".rstrip() for letter in name if not " " <= letter <= "~"
    ]
    return f"; in it stands {', '.join(found[:3])}" if found else ""
