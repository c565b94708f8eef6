"""What a model's refusal of a value means to a person: a sentence, and a help that is accepted if it is taken. PURE."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from reconciler.errors import nearest
from reconciler.load.annotations import Path, choices_at, keys_at
from reconciler.model import meant
from reconciler.model.config import EXTERNAL_ID, LABEL, REPOSITORY, ROLE, VARIABLE
from reconciler.model.fields import LINE, LINK, NAME
from reconciler.yamlio.characters import excerpt

SHOWN = 200  # characters of a value
# pydantic's error type -> message and help of the fault.
SENTENCES = {
    "bool_type": ("'{got}' is not true or false", "write true or false, without quotes"),
    "int_type": ("'{got}' is not a whole number", "write digits, without quotes"),
    "string_type": ("{what} must be text, not {type}", "put it in quotes"),
    "string_pattern_mismatch": ("'{got}' is not valid here", "it must match {pattern}"),
    "string_too_short": ("{what} is empty", "write something{or_nothing}"),
    "string_too_long": ("{what} is longer than {max_length} characters", "shorten it"),
    "too_short": ("{what} is empty", "give at least one{or_nothing}"),
    "tuple_type": ("{what} must be a list, not {type}", "write [a, b], or a line with a dash for each"),
    "mapping_type": ("{what} must be a mapping, not {type}", "write `key: value` lines below it"),
    "dict_type": ("{what} must be a mapping, not {type}", "write `key: value` lines below it"),
    "model_type": ("{what} must be a mapping, not {type}", "write `key: value` lines below it"),
    "greater_than_equal": ("{got} is less than {ge}", "write {ge} or more"),
    "less_than_equal": ("{got} is more than {le}", "write {le} or less"),
}
# What may be a secret is not repeated.
PATTERNS = {
    ROLE: ("'{got}' cannot be the name of a role", "write its name alone, without its account and path"),
    REPOSITORY: ("'{got}' is not a repository of GitHub", "write OWNER/NAME, as acme/website"),
    VARIABLE: (
        "this is not the name of an environment variable",
        "write its name, as WEB_SLACK_URL, not what it holds",
    ),
    LABEL: ("'{got}' cannot be a label", "use at most 40 letters, digits, blanks and _ : . -"),
    EXTERNAL_ID: ("this cannot be an external id", "use letters, digits and _ + = , . @ : / -"),
    LINE: ("{what} must be one line", "write it in one line"),
    NAME: ("'{got}' cannot be a name here", "use a-z, 0-9 and dashes, at most 63, not beginning with a dash"),
    LINK: ("'{got}' is not a link", "write a whole address that begins with https://"),
}
PATTERNED = frozenset({"finding", "issues", "notify", "regions", "new_regions", "read_role", "act_role", "external_id"})
TRUTHS = {**dict.fromkeys(("true", "yes", "on", "y"), "true"), **dict.fromkeys(("false", "no", "off", "n"), "false")}


def sentence(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """The message and the help for one error of a model."""
    kind, path, got = detail["type"], detail["loc"], detail["input"]
    if kind == "extra_forbidden":
        return f"unknown key '{path[-1]}'", nearest(path[-1], keys_at(model, path[:-1]))
    if kind == "missing":
        return f"the key '{path[-1]}' is missing", f"add `{path[-1]}: …`"
    or_nothing = ", or leave the key out" if _optional(path, model) else ""
    if got is None:
        return _nothing(path, or_nothing)
    if kind == "wrong":
        return detail["ctx"]["message"], detail["ctx"]["help"]
    if kind == "literal_error" and isinstance(got, str | int | float):
        choices = choices_at(model, path)
        return f"'{excerpt(str(got), SHOWN)}' is not one of {', '.join(choices)}", nearest(got, choices)
    return _refused("string_type" if kind == "literal_error" else kind, detail, or_nothing)


def _refused(kind: str, detail: ErrorDetails, or_nothing: str) -> tuple[str, str]:
    """What pydantic's own types refuse."""
    path, context, got = detail["loc"], detail.get("ctx", {}), detail["input"]
    if kind == "string_too_short" and context["min_length"] > 1:
        return f"{_what(path)} is too short", f"write at least {context['min_length']} characters"
    message, hint = SENTENCES.get(kind, ("{msg}", "see `krampus schema` and `krampus kinds` for what is accepted"))
    message, hint = PATTERNS.get(context.get("pattern", ""), (message, hint))
    words = {"what": _what(path), "got": excerpt(str(got), SHOWN), "type": _type(got), "or_nothing": or_nothing}
    words |= {"msg": detail["msg"].removeprefix("Value error, "), **context}
    return message.format(**words), _plainly(kind, path, got) or hint.format(**words)


def _what(path: Path) -> str:
    """What stands at a path, for people: they count from 1."""
    if path and isinstance(path[-1], int):
        parent = next((part for part in reversed(path) if isinstance(part, str)), "the list")
        return f"item {path[-1] + 1} of '{parent}'"
    return f"'{path[-1]}'" if path else "the file"


def _optional(path: Path, model: type[BaseModel]) -> bool:
    """Whether the file may do without the key at a path: known of those at its top."""
    if len(path) != 1:
        return False
    field = next((each for name, each in model.model_fields.items() if path[0] in (name, each.alias)), None)
    return field is not None and not field.is_required()


def _nothing(path: Path, or_nothing: str) -> tuple[str, str]:
    """An empty `-`, or a key without a value."""
    if path and isinstance(path[-1], int):
        return f"{_what(path)} is empty: nothing follows its dash", "write it behind the dash, or delete the line"
    return f"{_what(path)} is empty", f"write its value behind the colon{or_nothing}"


def _plainly(kind: str, path: Path, got: Any) -> str:
    """The very thing to write, if that is beyond doubt; "" if not."""
    if kind == "int_type" and isinstance(got, str | float) and (number := meant.whole_number(str(got))):
        return f"write `{number}`"
    if kind == "bool_type" and (truth := TRUTHS.get(str(got).strip().lower())):
        return f"write `{truth}`"
    if kind == "string_type" and PATTERNED.intersection(path):
        return "write text"  # of digits alone it would be refused, too
    if kind == "string_type" and isinstance(got, int):
        return f'put it in quotes: "{str(got).lower()}"'
    if kind == "string_type" and isinstance(got, list | dict):
        return "write one text"
    return ""


def _type(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", dict: "a mapping", list: "a list", str: "text"}
    return names.get(type(value), "nothing")
