"""Templates to text: what people read. A repository's own templates/ come before Krampus' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.errors import DoorClosed
from reconciler.model.issue import LONGEST_TITLE, ROOMY_TEXT, Draft
from reconciler.model.notice import Item, Letter, Notice
from reconciler.model.repository_url import RepositoryUrl
from reconciler.publish.exemption_draft import exemption_draft
from reconciler.publish.plan_comment import Page
from reconciler.render.escape import address, block, code, one_line, prose, title
from reconciler.render.links import to_file
from reconciler.render.markdown import markdown

Filter = Callable[[object], str]
PACKAGE = Path(__file__).parent.parent
MOST_ROWS = 50
# Of a pull request's comment: how many of the targets that it changes, and of the others, until it fits.
ROOM = ((500, 500), (500, 50), (500, 0), (200, 0), (100, 0), (50, 0), (20, 0), (5, 0), (1, 0))
NOWHERE = RepositoryUrl()
DEFUSED: Mapping[str, Filter] = {
    "code": code,
    "prose": prose,
    "plain": one_line,
    "address": address,
    "title": title,
    "markdown": markdown,
}


class Renderer:
    """The templates of one repository. `home`: where links lead; `defused`: what makes hostile text harmless."""

    def __init__(self, root: Path, home: RepositoryUrl = NOWHERE, defused: Mapping[str, Filter] = DEFUSED) -> None:
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
        self._home, self._defused = home, defused
        self._environment.filters |= {**defused, "moment": moment, "day": day, "linked": linked, "block": block}

    def draft(self, notice: Letter) -> Draft:
        """The issue that a notice asks for, with as many rows as it can hold."""
        context: dict[str, Any] = {"notice": notice}
        if isinstance(notice, Notice):
            context |= {"proposal": exemption_draft(notice, self._home), "addresses": self._addresses(notice)}
        for rows in (MOST_ROWS, MOST_ROWS // 2, MOST_ROWS // 5, 1):
            body = self.text(notice.template, {**context, "most": rows})
            if len(body) <= ROOMY_TEXT:
                break
        title = self._defused["title"](f"[krampus] {notice.title}")[:LONGEST_TITLE]
        return Draft(notice.key, notice.repository, title, body, notice.labels, notice.open)

    def comment(self, news: Sequence[Item]) -> str:
        """A comment that says what is new."""
        return self.text("comment.md.j2", {"news": news})

    def plan_comment(self, page: Page, summary: str) -> str:
        """The comment on a pull request, with as many targets as it can hold."""
        for most, others in ROOM:
            context = {"page": page, "summary": summary, "most": most, "most_others": others}
            text = self.text("pull_request.md.j2", context)
            if len(text) <= ROOMY_TEXT:
                break
        return text

    def text(self, template: str, context: Mapping[str, Any]) -> str:
        """Any template with its context; DoorClosed names the template and the line that cannot be rendered."""
        try:
            return self._environment.get_template(template).render(context)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise DoorClosed(f"templates/{template}{f':{line}' if line else ''} cannot be rendered: {error}") from None

    def _addresses(self, notice: Notice) -> dict[str, str]:
        home = self._home
        return {
            "task": to_file(home, notice.file),
            "report": to_file(home, f"{home.report.prefix}README.md", home.report.branch),
        }


def linked(label: str, address: str) -> str:
    """A label that is Markdown already as a link to an address of ours; the label alone where there is none."""
    return f"[{label}]({address})" if address else label


def moment(value: datetime) -> str:
    """An absolute time: 1 December 2026, 09:00 UTC."""
    return f"{value.day} {value:%B %Y, %H:%M} UTC"


def day(value: date) -> str:
    """An absolute date: 1 December 2026."""
    return f"{value.day} {value:%B %Y}"
