"""The port to what publishing needs of the outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from reconciler.ledger.record import ReportBranch
from reconciler.model.repository_url import RepositoryUrl
from reconciler.publish.tracker import Tracker

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer


class Connections(Protocol):
    """The outside of one repository. Each method opens what it names, or raises DoorClosed."""

    @property
    def home(self) -> RepositoryUrl:
        """The address of the repository itself; its reviewed files and its report are there."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time at the moment at which it is asked (aware UTC, whole seconds)."""

    def report_branch(self) -> ReportBranch:
        """The branch of ledger and report."""

    def tracker(self) -> Tracker | None:
        """Where issues are; None if the report itself is the notice."""

    def renderer(self) -> Renderer:
        """The templates."""
