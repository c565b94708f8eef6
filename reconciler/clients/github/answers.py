"""The answers of GitHub that Krampus reads, each with all that it must have: what has another form is a refusal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[int, Field(gt=0)]


class Answer(BaseModel):
    """Nothing is converted: a number in quotes is none. What is not read is ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class User(Answer):
    """An account, a person's or an App's."""

    login: str
    id: Number


class App(Answer):
    """The App by which something was written."""

    slug: str | None = None


class Label(Answer):
    """A label of an issue or a repository."""

    name: str


class Authored(Answer):
    """What somebody wrote. user: None if GitHub does not know any more; performed_via_github_app: by which App."""

    html_url: str
    body: str | None
    user: User | None
    performed_via_github_app: App | None = None

    @property
    def text(self) -> str:
        """The body, "" if there is none; people who edit in the browser leave CRLF behind."""
        return (self.body or "").replace("\r\n", "\n")


class IssueAnswer(Authored):
    """An issue; with `pull_request`, a pull request."""

    number: Number
    title: str
    labels: list[Label | str]
    state: Literal["open", "closed"]
    locked: bool = False
    active_lock_reason: str | None = None
    pull_request: Any = None

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of its labels."""
        return tuple(label if isinstance(label, str) else label.name for label in self.labels)


class CommentAnswer(Authored):
    """A comment on an issue or a pull request."""

    id: Number
    created_at: Annotated[datetime, Field(strict=False)]
    updated_at: Annotated[datetime, Field(strict=False)]


class Viewer(Answer):
    """Whose token it is, in the words of GraphQL."""

    login: Annotated[str, Field(min_length=1)]
    databaseId: Number  # noqa: N815  GitHub's own


class Editor(Answer):
    """Who edited a text; no id if the account is no more."""

    databaseId: Number | None = None  # noqa: N815  GitHub's own


class TextEdit(Answer):
    """One edit of a text."""

    editor: Editor | None


class TextEdits(Answer):
    """All edits of a text, of which the first are listed."""

    totalCount: Annotated[int, Field(ge=0)]  # noqa: N815  GitHub's own
    nodes: list[TextEdit]
