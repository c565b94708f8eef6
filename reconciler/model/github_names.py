"""Names that GitHub and git give: a branch, and whom an issue mentions."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from reconciler.model.fields import wrong

BRANCH = r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}"
LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}"
MENTION = re.compile(rf"@{LOGIN}(/[A-Za-z0-9._-]{{1,100}})?")
# Of chat programs. On GitHub each is a stranger's account, or nobody's.
EVERYBODY = ("all", "channel", "everyone", "here")
# What git refuses in a branch's name (https://git-scm.com/docs/git-check-ref-format), and what would be taken for
# something else: git refuses a branch HEAD, GitHub one that looks like a commit or begins with refs/.
REFUSED = (
    (r"\.\.", "it has two dots in a row"),
    (r"//|^/|/$", "it has an empty part between slashes"),
    (r"(^|/)\.", "a part of it begins with a dot"),
    (r"\.$", "it ends with a dot"),
    (r"\.lock(/|$)", "a part of it ends with `.lock`"),
    (r"@\{", "it has `@{`"),
    (r"^-", "it begins with a dash"),
    (r"[\x00-\x20\x7f~^:?*\[\\]", "git does not allow {} in it"),
    (r"^(HEAD|FETCH_HEAD|ORIG_HEAD|MERGE_HEAD)$", "git means something else by it"),
    (r"^refs(/|$)", "it is the name of a reference; leave `refs/heads/` out"),
    (r"^([0-9a-f]{40}|[0-9a-f]{64})$", "it looks like a commit"),
)
USUAL = "write `krampus/reports`, or another name of letters, digits, dashes and single slashes"


def _branch(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        raise wrong("the branch has no name" if value == "" else "the branch's name must be text", USUAL)
    for pattern, why in REFUSED:
        if found := re.search(pattern, value):
            raise wrong(f"'{value[:100]}' is no name for a branch: {why.format(repr(found[0]))}", USUAL)
    if not re.fullmatch(BRANCH, value):
        raise wrong(f"'{value[:100]}' is no name for the branch: only letters, digits and . _ / - are taken", USUAL)
    return value


def _mention(value: Any) -> Any:
    help = 'write the name of one user or team: "@acme" or "@acme/web-oncall"'
    if not isinstance(value, str) or not value.strip():
        raise wrong("`mention` names nobody" if value == "" else "`mention` must be one text", help)
    said = value.strip()
    if said.lower().removeprefix("@") in EVERYBODY:
        raise wrong(f"'{said}' notifies nobody on GitHub, or a stranger of that name", help)
    if len(re.findall(r"[^\s,;]+", said)) > 1:
        raise wrong(f"'{said[:100]}' names several; one can be mentioned", f"{help}; a team can have several members")
    if not MENTION.fullmatch(value):
        meant = f"@{said.lstrip('@')}"
        help = f'write `"{meant}"`' if MENTION.fullmatch(meant) else help
        raise wrong(f"'{said[:100]}' is not a user or a team of GitHub", help)
    return value


Branch = Annotated[str, BeforeValidator(_branch), WithJsonSchema({"type": "string", "pattern": f"^{BRANCH}$"})]
Mention = Annotated[
    str,
    BeforeValidator(_mention),
    WithJsonSchema({"type": "string", "pattern": r"^@[A-Za-z0-9-]{1,39}(/[A-Za-z0-9._-]{1,100})?$"}),
]
