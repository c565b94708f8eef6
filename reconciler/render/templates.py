"""Templates to text: what people read. A repository's own templates/ come before Krampus' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.errors import DoorClosed
from reconciler.model.notice import PlainData
from reconciler.render.escape import address, block, code, one_line, prose
from reconciler.render.markdown import markdown

Filter = Callable[[object], str]
PACKAGE = Path(__file__).parent.parent
# What makes text harmless that came from outside, by the name under which templates call it.
ESCAPES: Mapping[str, Filter] = {
    "code": code,
    "prose": prose,
    "plain": one_line,
    "address": address,
    "markdown": markdown,
}


class Renderer:
    """The templates of one repository, with Krampus' own behind them."""

    def __init__(self, root: Path, escapes: Mapping[str, Filter] = ESCAPES) -> None:
        folders = (root / "templates", PACKAGE / "templates", PACKAGE.parent / "templates")
        # A pull request may bring templates, and its plan is rendered next to credentials.
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([folder for folder in folders if folder.is_dir()]),
            autoescape=select_autoescape(enabled_extensions=("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters |= {**escapes, "moment": moment, "day": day, "linked": linked, "block": block}

    def text(self, template: str, data: PlainData) -> str:
        """A template with its data; DoorClosed names the template and the line that cannot be rendered."""
        try:
            return self._environment.get_template(template).render(data)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise DoorClosed(f"templates/{template}{f':{line}' if line else ''} cannot be rendered: {error}") from None


def linked(label: str, address: str) -> str:
    """A label that is Markdown already as a link to an address of ours; the label alone where there is none."""
    return f"[{label}]({address})" if address else label


def moment(value: datetime) -> str:
    """An absolute time: 1 December 2026, 09:00 UTC."""
    return f"{value.day} {value:%B %Y, %H:%M} UTC"


def day(value: date) -> str:
    """An absolute date: 1 December 2026."""
    return f"{value.day} {value:%B %Y}"
