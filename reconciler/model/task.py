"""Tasks: what a reviewed file orders, and the order for each of its targets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from reconciler.model.fields import Count, Day, Duration, Line, Link, Model, Moment, Text, wrong
from reconciler.model.target import Target

Action = Literal["disable", "kill"]
Key = tuple[str, str]  # the id of a task, and the ARN of one of its targets
Severity = Literal["low", "medium", "high", "critical"]


def _long_form(value: Any) -> Any:
    if isinstance(value, str):  # nearly all are
        return {"resource": value}
    if isinstance(value, int | float | list):
        kind = "a list" if isinstance(value, list) else "true or false" if isinstance(value, bool) else "a number"
        raise wrong(f"this is {kind}, not a target", "write an ARN: arn:aws:ec2:eu-west-1:111122223333:instance/i-…")
    return value


class TaskTarget(Model):
    """One target of a task: an ARN, and the values that override those of the task."""

    resource: str
    account: str | None = Field(None, description="name or id; required if the ARN names no account")
    team: str | None = None
    after: Moment | None = None
    options: Mapping[str, Any] | None = None
    note: Line | None = None


class Select(Model):
    """Targets described instead of named."""

    kinds: tuple[str, ...] = Field(min_length=1)
    accounts: tuple[str, ...] = Field(min_length=1)
    regions: tuple[str, ...] = ("*",)
    missing_tags: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}
    older_than: Duration | None = None


class Task(Model):
    """One file of tasks/."""

    title: Line
    reason: Text
    action: Action
    severity: Severity = "medium"
    after: Moment | None = None
    grace: Duration | None = None
    until: Day | None = None
    finding: Link | None = None
    team: str | None = None
    options: Mapping[str, Any] = {}
    expect: Count | None = None
    targets: tuple[Annotated[TaskTarget, BeforeValidator(_long_form)], ...] | None = Field(None, min_length=1)
    select: Select | None = None

    @model_validator(mode="after")
    def _named_or_described(self) -> Task:
        if (self.targets is None) == (self.select is None):
            problem = "neither targets nor select" if self.targets is None else "both targets and select"
            raise wrong(f"the task has {problem}", "give either `targets:` (a list of ARNs) or `select:`")
        return self


@dataclass(frozen=True)
class Order:
    """What one task orders for one of its targets, with all overrides and defaults applied.

    `file` is the path of the task's file, and `content` the digest of what it says, by which a change of it is known;
    `options` have been checked against the kind's verb.
    """

    task: str
    title: str
    target: Target
    action: Action
    severity: Severity
    team: str
    grace: timedelta
    after: datetime | None
    until: datetime | None  # the first moment at which it is no longer in force
    options: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    content: str = ""

    @property
    def key(self) -> Key:
        """What it is about: task and target."""
        return (self.task, self.target.arn)

    @property
    def digest(self) -> str:
        """12 hex characters of a SHA-256 over action and options: equal if two tasks order the same."""
        return _digest(self.action, self.options)

    @property
    def notice(self) -> str:
        """12 hex characters of a SHA-256 over action, options, team and account: if it changes, a new notice is needed.

        The account by its number: a bucket's ARN names none, and what the task says of it is a name.
        """
        return _digest(self.action, self.options, self.team, self.target.account_id)


PastKey = tuple[str, str, str]  # a commit, the id of a task, and the ARN of a target
Past = Mapping[PastKey, Order | str]  # what it ordered there; or, for a person, why that is not known


def _digest(*values: object) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
