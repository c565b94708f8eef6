"""Opens the doors that a repository's configuration asks for, each only when a command comes to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.config import Config
from reconciler.model.home import Home

if TYPE_CHECKING:
    from reconciler.clients.aws import Aws
    from reconciler.clients.checkout import Checkout
    from reconciler.clients.history import FileHistory
    from reconciler.clients.tracker import Tracker
    from reconciler.render import Renderer


@dataclass(frozen=True)
class Doors:
    """The outside of one repository. `session` names the run in AWS's own logs (CloudTrail); links lead to `home`."""

    root: Path
    config: Config
    session: str
    home: Home = field(default_factory=Home)

    def eyes(self) -> Aws:
        """AWS under the read role."""
        from reconciler.clients.aws import Aws

        return Aws(self.config, "read", self.session)

    def hands(self) -> Aws:
        """AWS under the act role."""
        from reconciler.clients.aws import Aws

        return Aws(self.config, "act", self.session)

    def book(self) -> Checkout:
        """The report branch."""
        from reconciler.clients.checkout import Checkout

        return Checkout(self.root, self.config.report.branch, self.config.report.prefix)

    def history(self) -> FileHistory:
        """Who wrote the repository's files, and when."""
        from reconciler.clients.history import FileHistory

        return FileHistory(self.root)

    def tracker(self) -> Tracker | None:
        """Where teams are told; None if the report alone tells them. DoorClosed if a token is missing."""
        if self.config.issues.tracker == "github":
            return self._github()
        if self.config.issues.tracker == "none":
            return None
        from reconciler.clients.files import Files

        return Files(self.root / str(self.config.issues.folder))

    def _github(self) -> Tracker:
        from reconciler.clients.github_here import here
        from reconciler.clients.github_tokens import Tokens
        from reconciler.clients.github_tracker import GithubTracker
        from reconciler.clients.github_wire import Wire

        tokens = Tokens(here(), frozenset(team.home for team in self.config.teams.values()))
        tokens.check()
        return GithubTracker(Wire(tokens, self.config.issues.writes), self.config.issues.label)

    def renderer(self) -> Renderer:
        """The templates."""
        from reconciler.render import Renderer

        return Renderer(self.root, replace(self.home, report=self.config.report))
