"""Exemptions: what a reviewed file protects, from which tasks and actions, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from pydantic import Field

from reconciler.model.fields import Day, Model, Switch, Text
from reconciler.model.spelling import guarding
from reconciler.model.task import Action


class Exemption(Model):
    """One file of exemptions/."""

    reason: Text
    owner: str
    expires: Day
    resources: tuple[str, ...] = Field(min_length=1)
    tasks: tuple[str, ...] | None = Field(None, min_length=1)
    actions: tuple[Action, ...] | None = Field(None, min_length=1)
    restore: Switch = False

    def covers(self, arn: str, task: str, action: Action) -> bool:
        """Whether it applies to this target, task and action, regardless of the time."""
        return self.is_for(task, action) and guarding(self.resources, arn) != ""

    def is_for(self, task: str, action: Action) -> bool:
        """Whether it applies to this task and action, whatever their targets."""
        return (self.tasks is None or task in self.tasks) and (self.actions is None or action in self.actions)

    @property
    def end(self) -> datetime:
        """The first moment at which it no longer protects: its last day, in UTC, is included."""
        return datetime.combine(self.expires + timedelta(days=1), time(), tzinfo=UTC)
