"""The files of the report that are named after an account or a team. PURE."""

from __future__ import annotations

import hashlib
import re

ACCOUNTS, TEAMS = "accounts", "teams"
ESCAPE = "_"  # is in no name of krampus.yaml, so that nothing that is escaped looks like one
LONGEST = 100  # characters
# What Windows takes for a device, whatever its ending: a clone there could not be checked out.
DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
OURS = re.compile(rf"({ACCOUNTS}|{TEAMS})/[a-z0-9{ESCAPE}-]{{1,{LONGEST}}}(\.\d{{1,6}})?\.(md|json)")


def file_name(name: str) -> str:
    """A name as that of a file, without an ending: small letters, digits, dashes and underscores.

    Two names never come to one file, not even where capital letters count as small ones. What krampus.yaml may call an
    account or a team stays as it is, but for what Windows reserves.
    """
    if DEVICES.fullmatch(name):
        return f"{ESCAPE}{name}"
    escaped = "".join(_letter(letter) for letter in name) or ESCAPE
    if len(escaped) <= LONGEST:
        return escaped
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
    return f"{escaped[: LONGEST - 18]}{ESCAPE * 2}{digest}"


def is_page(path: str) -> bool:
    """Whether a path of the report branch is one of these files; what a run no longer writes of them is removed."""
    return OURS.fullmatch(path) is not None


def _letter(letter: str) -> str:
    if letter in "abcdefghijklmnopqrstuvwxyz0123456789-":
        return letter
    return "".join(f"{ESCAPE}{byte:02x}" for byte in letter.encode(errors="surrogatepass"))
