"""Templates to text: what people read. A repository's own templates/ come before Krampus' own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from traceback import walk_tb
from types import MappingProxyType, NoneType

from jinja2 import BaseLoader, Environment, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError

from reconciler.checkout import Unreadable, read
from reconciler.errors import DoorClosed, Fault
from reconciler.model.notice import Plain, PlainData
from reconciler.render.budget import Budget
from reconciler.render.escape import address, block, code, one_line, prose
from reconciler.render.filters import of_text
from reconciler.render.markdown import markdown
from reconciler.render.own_templates import FOLDER, ours, own_templates
from reconciler.render.sandbox import Sandbox

Filter = Callable[[object], str]
Find = Callable[[str], bytes | None]
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
MOST_OF_A_TEMPLATE = 64 << 10  # bytes; the largest of ours has five thousand
LONGEST_REASON = 300  # characters
# What makes text harmless that came from outside, by the name under which templates call it.
ESCAPES: Mapping[str, Filter] = {
    "code": code,
    "prose": prose,
    "plain": one_line,
    "address": address,
    "markdown": markdown,
}
# Whatever a template does wrong, Python says with one of these; none of them is of the machine.
WRONG = (
    *(TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError),
    *(SyntaxError, TypeError, ValueError),
)


class Renderer:
    """The templates of one repository, with Krampus' own behind them."""

    def __init__(
        self,
        root: Path,
        escapes: Mapping[str, Filter] = ESCAPES,
        *,
        base: Mapping[str, bytes] | None = None,
        broken: dict[str, str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        """`base`: path -> content of the templates of another commit, which then count instead of those at `root`.

        `broken`: template -> why it cannot be rendered, filled in here; Krampus' own takes its place. Without it
        `text` raises DoorClosed.
        """
        self._broken = broken
        find: Find = _at(base) if base is not None else _below(root)
        self._budget = budget or Budget()
        self._theirs = Sandbox(_Loader(find, ours), self._budget, _filters(escapes))
        self._ours = Sandbox(_Loader(ours), Budget(math.inf, math.inf, 1 << 40), _filters(escapes))

    def text(self, template: str, data: PlainData) -> str:
        """A template with its data; DoorClosed names the template and the line that cannot be rendered.

        TypeError if the data holds anything but plain values.
        """
        handed = {str.__str__(name): plain(value) for name, value in data.items()}
        broken = {} if self._broken is None else self._broken
        if template not in broken:
            try:
                return _rendered(self._theirs, template, handed)
            except DoorClosed as closed:
                if self._broken is None:
                    raise
                broken[template] = str(closed)
        return _rendered(self._ours, template, handed)


def plain(value: Plain) -> Plain:
    """A copy of a value that is text, a number, a time, a list or a mapping, in types of Python's own.

    TypeError for anything else: what a template is handed has no method of ours.
    """
    if isinstance(value, str):
        return str.__str__(value)  # of an enumeration's member too
    if type(value) in (bool, int, float, date, datetime, NoneType):
        return value
    if isinstance(value, Mapping) and type(value) in (dict, MappingProxyType):
        return {str.__str__(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and type(value) in (list, tuple):
        return [plain(inner) for inner in value]
    raise TypeError(f"a template must be handed plain values, not {type(value).__name__!r}")


def faults(root: Path) -> list[Fault]:
    """What is wrong with the repository's own templates as far as it shows without data; nothing is rendered."""
    found = []
    sandbox = Sandbox(_Loader(_below(root)), Budget(), _filters(ESCAPES))
    try:
        own = own_templates(root)
    except Unreadable as refused:
        return [Fault(FOLDER, 1, 1, str(refused), refused.help)]
    for name in own:
        sandbox.budget.begin()
        try:
            sandbox.get_template(name)
        except WRONG as error:
            file, line = _where(error, name)
            found.append(Fault(file, line or 1, 1, _why(error), "see docs/files.md for what templates may use"))
    return found


def linked(label: str, address: str) -> str:
    """A label that is Markdown already as a link to an address of ours; the label alone where there is none."""
    return f"[{label}]({address})" if address else label


def moment(value: datetime) -> str:
    """An absolute time: 1 December 2026, 09:00 UTC."""
    return f"{value.day} {value:%B %Y, %H:%M} UTC"


def day(value: date) -> str:
    """An absolute date: 1 December 2026."""
    return f"{value.day} {value:%B %Y}"


class _Loader(BaseLoader):
    """Templates by their plain names from the first source that has one."""

    def __init__(self, *sources: Find) -> None:
        self._sources = sources

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002  Jinja's
        if not NAME.fullmatch(template):
            raise SecurityError(f"{template!r} is no name of a file in {FOLDER}/")
        for find in self._sources:
            if (content := find(template)) is None:
                continue
            if len(content) > MOST_OF_A_TEMPLATE:
                raise SecurityError(f"{template}: the file is larger than {MOST_OF_A_TEMPLATE:,} bytes")
            return content.decode(), f"{FOLDER}/{template}", None
        raise TemplateNotFound(template)


def _below(root: Path) -> Find:
    def find(name: str) -> bytes | None:
        try:
            return read(root, FOLDER, name)
        except Unreadable as refused:
            raise SecurityError(f"{name}: {refused}; {refused.help}") from None

    return find


def _at(base: Mapping[str, bytes]) -> Find:
    return lambda name: base.get(f"{FOLDER}/{name}")


def _filters(escapes: Mapping[str, Filter]) -> dict[str, Callable[..., str]]:
    texts: dict[str, Callable[..., str]] = {**escapes, "linked": linked, "block": block}
    return {**{name: of_text(function) for name, function in texts.items()}, "moment": moment, "day": day}


def _rendered(sandbox: Sandbox, template: str, data: Mapping[str, Plain]) -> str:
    sandbox.budget.begin()
    try:
        return sandbox.get_template(template).render(data)
    except WRONG as error:
        file, line = _where(error, template)
        part = "" if file == f"{FOLDER}/{template}" else f", a part of {FOLDER}/{template},"
        raise DoorClosed(f"{file}{f':{line}' if line else ''}{part} cannot be rendered: {_why(error)}") from None
    finally:
        sandbox.budget.end()


def _where(error: BaseException, template: str) -> tuple[str, int]:
    """The innermost file and line of a template that an error comes from; line 0 if it is not known."""
    if isinstance(error, TemplateSyntaxError) and error.name:
        name = error.name.removeprefix(f"{FOLDER}/")  # Jinja's lexer gives the file's
        return f"{FOLDER}/{name}", error.lineno
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    known = (place for place in reversed(frames) if place[0].startswith(f"{FOLDER}/"))
    return next(known, (f"{FOLDER}/{template}", 0))


def _why(error: BaseException) -> str:
    return " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
