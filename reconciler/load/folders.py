"""Which files of tasks/ and exemptions/ are read; all else there is a fault, since it would count for nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from reconciler.checkout import Entry, Unreadable, entries
from reconciler.errors import Fault
from reconciler.model.committed import IGNORED, SPARSE, KeptOut

ENDING = ".yaml"
# Beside the files that are read: what speaks to people, and what keeps a folder in git.
FOR_PEOPLE = re.compile(r"readme[^/]*", re.IGNORECASE)
KEEPS = ".gitkeep"
DATA = re.compile(r"\.(ya?ml|json)", re.IGNORECASE)
# The bytes of a name that are no UTF-8, as Python hands them over.
NOT_UTF8 = re.compile("[\udc80-\udcff]")
NOISE, LIKE_YAML = ".#~ ", 0.6
LEFTOVER = "if an editor or a person left it behind, delete it"


def files_read(root: Path, folder: str, kept_out: Mapping[str, KeptOut], faults: list[Fault]) -> Iterator[str]:
    """The paths, from the folder, of what is read there. What would be ignored silently is a fault.

    kept_out: path from the root -> why what stands there must not be believed
    """
    if folder in kept_out:
        faults.append(_kept_out(folder, kept_out[folder]))
        return
    try:
        found = entries(root, folder)
    except Unreadable as refused:
        faults.append(Fault(folder, 1, 1, str(refused), refused.help))
        return
    below = f"{folder}/"
    out = {path: reason for path, reason in kept_out.items() if path.startswith(below) and _is_meant(path, reason)}
    faults += [_kept_out(path, reason) for path, reason in out.items()]
    out = {path: reason for path, reason in out.items() if reason != IGNORED}  # what else is wrong with it is said, too
    first: dict[str, str] = {}
    for entry in found:
        path = f"{below}{entry.name}"
        if out and (path in out or any(str(parent) in out for parent in PurePosixPath(path).parents)):
            continue
        if why := _why_not(entry):
            faults.append(Fault(path, 1, 1, *why))
        elif entry.name.endswith(ENDING):
            alike = first.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
            if alike != path:
                faults.append(Fault(path, 1, 1, *_alike(alike)))
            yield entry.name


def _is_meant(path: str, reason: KeptOut) -> bool:
    """Whether what git keeps out would count for something; of an ignored file that is none of ours its name tells."""
    return reason not in (IGNORED, SPARSE) or path.endswith(ENDING)


def _for_people(name: str) -> bool:
    return bool(FOR_PEOPLE.fullmatch(name)) and not DATA.search(name)


def _kept_out(path: str, reason: KeptOut) -> Fault:
    return Fault(path, 1, 1, reason.why, reason.help)


def _why_not(entry: Entry) -> tuple[str, str] | None:
    """What is wrong with an entry by its name and form, and what to do; None if it is read, or need not be."""
    name = PurePosixPath(entry.name).name
    if entry.trouble:
        return entry.trouble, "put the files themselves higher up, in a readable folder"
    if name == ".git":
        why = "a repository of git's own stands in this folder, so none of its files are committed in this one"
        return why, "delete `.git` there, and commit the files themselves"
    if strange := _strange(name):
        return f"{strange} is in the name, so it cannot be told from another, or cannot be shown", "rename it"
    return _folder(name) if entry.form == "folder" else _other(name, entry)


def _other(name: str, entry: Entry) -> tuple[str, str] | None:
    is_note = name == KEEPS or (_for_people(name) and entry.form in ("file", "link"))
    if is_note or (name.endswith(ENDING) and not name.startswith(".")):
        return None  # of a file that is read, whoever reads it says what else is wrong
    if entry.form == "linked folder":
        return "the symbolic link leads to a folder, whose files are not read", "put the folder itself here"
    return _name(name)


def _folder(name: str) -> tuple[str, str] | None:
    if name.startswith("."):
        return "this folder is hidden", "rename it without the dot"
    if DATA.search(name) and not name.endswith(ENDING):  # which is read, and is then no regular file
        return "this is a folder with the name of a file", "put a file itself here, or rename the folder"
    return None


def _name(name: str) -> tuple[str, str]:
    """Why a file of this name is not read, and what to do about it."""
    stem, _, ending = name.lstrip(".").rpartition(".")
    if ending == "yml" and stem:
        return "the file's name ends in .yml", "rename it to .yaml"
    if name.startswith(".") and name.endswith(ENDING):
        return "the file is hidden: its name begins with a dot", f"rename it to `{stem or 'name'}{ENDING}`"
    why = f"the file is not read: its name does not end in {ENDING}{_foreign(name)}"
    if DATA.search(name):
        return why, f"rename it to `{DATA.split(name.strip(NOISE))[0]}{ENDING}`; {LEFTOVER}"
    right = stem if SequenceMatcher(None, ending, "yaml").ratio() >= LIKE_YAML else name.strip(NOISE)
    return why, f"rename it to `{right}{ENDING}` if it is one of Krampus' files, else move it out of this folder"


def _strange(name: str) -> str:
    """The first character of a name that is not to be seen, as people call it; "" if all are."""
    if NOT_UTF8.search(name):
        return "a byte that is not UTF-8"
    hidden = next((letter for letter in name if not letter.isprintable()), "")
    return f"U+{ord(hidden):04X} {unicodedata.name(hidden, 'a control character')}" if hidden else ""


def _foreign(name: str) -> str:
    """The characters of an ending that look like those of the right one, and are not."""
    ending = name.rpartition(".")[2] if "." in name else name[-4:]
    found = [f"U+{ord(letter):04X} {unicodedata.name(letter, '')}".rstrip() for letter in ending if letter > "~"]
    if name != name.strip():
        return "; there stands a blank"
    return f"; there stands {', '.join(found[:3])}" if found else ""


def _alike(other: str) -> tuple[str, str]:
    why = f"its name differs from {other} in the case of letters alone, or in how they are put together"
    return f"{why}: some machines have only one of the two", "give it another name"
