"""Templates to text: what people read. A repository's own templates/ come before Krampus' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.defuse import code, plain, prose
from reconciler.errors import DoorClosed
from reconciler.model.notice import Draft, Item, Letter

PACKAGE = Path(__file__).parent
TITLE_LENGTH = 200


class Renderer:
    """The templates of one repository."""

    def __init__(self, root: Path) -> None:
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
        self._environment.filters |= {"code": code, "prose": prose, "plain": plain, "moment": moment, "day": day}

    def draft(self, notice: Letter) -> Draft:
        """The issue that a notice asks for."""
        body = self.text(notice.template, {"notice": notice})
        title = plain(f"[krampus] {notice.title}")[:TITLE_LENGTH]
        return Draft(notice.key, notice.repository, title, body, notice.labels, notice.open)

    def comment(self, news: Sequence[Item]) -> str:
        """A comment that says what is new."""
        return self.text("comment.md.j2", {"news": news})

    def text(self, template: str, context: Mapping[str, Any]) -> str:
        """Any template with its context; DoorClosed names the template and the line that cannot be rendered."""
        try:
            return self._environment.get_template(template).render(context)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise DoorClosed(f"templates/{template}{f':{line}' if line else ''} cannot be rendered: {error}") from None


def moment(value: datetime) -> str:
    """An absolute time: 1 December 2026, 09:00 UTC."""
    return f"{value.day} {value:%B %Y, %H:%M} UTC"


def day(value: datetime) -> str:
    """An absolute date: 1 December 2026."""
    return f"{value.day} {value:%B %Y}"
