"""Markers: the first line of what Krampus writes to a tracker, by which it knows its own again. PURE.

A marker of an issue has its key; of a comment, the ids of the news that it tells. A digest over the marker and the
text below it shows an edit by somebody who does not know of it. It is no signature: who may edit an issue can make
one, so a marker is only read from what Krampus' own account wrote, and is believed only of what nobody has edited.
All that it ever decides is whether something is said once more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

PLAN = "<!-- krampus:plan -->"  # the first line of the plan comment on a pull request
ISSUE = re.compile(
    r"\A<!-- krampus:v1 key=(?P<key>[0-9a-f]{20})(?: opened=(?P<opened>[0-9a-f]{12}))?"
    r"(?: text=(?P<text>[0-9a-f]{16}))? -->"
)
COMMENT = re.compile(r"\A<!-- krampus:v1 said=(?P<said>[0-9a-f,]+)(?: text=(?P<text>[0-9a-f]{16}))? -->")


def issue_body(key: str, opened: str, text: str) -> str:
    """The body of an issue. `opened`: which news it announces by being opened, "" if none."""
    about = f"key={key}" + (f" opened={opened}" if opened else "")
    return f"<!-- krampus:v1 {about} text={_digest(about, text)} -->\n{text}"


def comment_body(ids: Sequence[str], text: str) -> str:
    """A comment that tells the news with these ids."""
    about = f"said={','.join(ids)}"
    return f"<!-- krampus:v1 {about} text={_digest(about, text)} -->\n{text}"


def key_in(body: str) -> str:
    """The key that the text of an issue begins with, "" if it begins with none. Whether it was edited is not asked."""
    found = ISSUE.match(body)
    return found["key"] if found else ""


def opened_in(body: str) -> str:
    """Which news an issue says that it announced when it was opened, "" if none; "" too if its text was edited."""
    found = ISSUE.match(body)
    return (found["opened"] or "") if found and _is_whole(found, body) else ""


def said_in(body: str) -> frozenset[str]:
    """The ids of the news that a comment tells; none if its text was edited."""
    found = COMMENT.match(body)
    return frozenset(found["said"].split(",")) if found and _is_whole(found, body) else frozenset()


def ids_in(body: str) -> frozenset[str]:
    """The same, whether it was edited or not: for a tracker that only the operators write to, and that cuts texts."""
    found = COMMENT.match(body)
    return frozenset(found["said"].split(",")) if found else frozenset()


def _is_whole(found: re.Match[str], body: str) -> bool:
    about = found[0].removeprefix("<!-- krampus:v1 ").partition(" text=")[0]
    return found["text"] == _digest(about, body[found.end() :])


def _digest(about: str, text: str) -> str:
    """Line ends and the space around the text count nothing: browsers and trackers change them."""
    plain = "\n".join(text.replace("\r\n", "\n").strip().splitlines())
    return hashlib.sha256(f"{about}\0{plain}".encode()).hexdigest()[:16]
