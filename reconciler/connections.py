"""Opens the doors that a repository's configuration asks for, each only when a command comes to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Literal

from reconciler.errors import DoorClosed
from reconciler.model.committed import Committed
from reconciler.model.config import Config
from reconciler.model.repository import Repository
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.task import Key

if TYPE_CHECKING:
    from reconciler.clients.aws.accounts import Aws
    from reconciler.clients.aws.sessions import Sessions
    from reconciler.clients.file_tracker import FileTracker
    from reconciler.clients.git.file_history import FileHistory
    from reconciler.clients.git.main_branch import MainBranch
    from reconciler.clients.git.report_branch import ReportBranch
    from reconciler.clients.git.reviewed import Reviewed
    from reconciler.clients.github.protection import Protection
    from reconciler.clients.github.tokens import Tokens
    from reconciler.clients.github.tracker import GithubTracker
    from reconciler.model.protection import RepositoryIdentity
    from reconciler.render.templates import Renderer


TOLERATED = timedelta(minutes=5)  # AWS refuses signatures that are farther off, and deadlines would be wrong


def ensure_right(ahead: timedelta | None) -> None:
    """DoorClosed if this machine's clock is farther off than that; None if that is unknown, and AWS may yet refuse."""
    if ahead is not None and abs(ahead) > TOLERATED:
        side = "ahead of" if ahead > timedelta() else "behind"
        raise DoorClosed(
            f"this machine's clock is {abs(ahead.total_seconds()):.0f} seconds {side} AWS's and GitHub's, and notices "
            "and deadlines are counted by it: set it (NTP), then run again. Nothing has been done."
        )


def this_clock() -> datetime:
    """What this machine's clock shows, in whole seconds of UTC."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Connections:
    """The outside of one repository. `session` names the run in AWS's own logs (CloudTrail); links lead to `home`.

    environment: the process's variables, in which tokens and the addresses of GitHub are found.
    broken: template of the repository -> why it could not be rendered, filled in by the renderers.
    clock: the time at the moment at which it is asked, while a run goes on; wait: lets so many seconds go by
    """

    root: Path
    config: Config
    session: str
    home: RepositoryUrl = field(default_factory=RepositoryUrl)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    broken: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = this_clock
    wait: Callable[[float], None] = sleep

    def reader(self) -> Aws:
        """AWS under the read role."""
        return self._aws("read", {})

    def writer(self, narrowed: Mapping[str, Sequence[str]]) -> Aws:
        """AWS under the act role; `narrowed`: by account, the policies that cap it for this run."""
        return self._aws("act", narrowed)

    def ahead(self) -> timedelta | None:
        """How far this machine's clock is ahead of AWS's or GitHub's, whichever is farther; None if neither tells."""
        told = [self.ahead_of_aws()]
        if self.config.issues.tracker == "github":
            from reconciler.clients.github.clock import ahead_of_github
            from reconciler.clients.github.environment import github_environment

            told.append(ahead_of_github(github_environment(self.environment)))
        return max(filter(None, told), key=abs, default=None)

    def ahead_of_aws(self) -> timedelta | None:
        """How far this machine's clock is ahead of AWS's; None if AWS cannot be asked."""
        from reconciler.clients.aws.clock import ahead_of_aws

        first = next(iter(self.config.accounts.values()))
        return ahead_of_aws(self._sessions, first.partition)

    def process(self) -> str:
        """This process, as the lease names it."""
        from reconciler.clients.process import this_process

        return this_process()

    def is_dead(self, process: str) -> bool:
        """Whether a process that the lease names is known to have ended."""
        from reconciler.clients.process import is_dead

        return is_dead(process)

    def report_branch(self) -> ReportBranch:
        """The report branch, whose commits must be signed if krampus.yaml names signers."""
        return self._report_branch

    @cached_property
    def _report_branch(self) -> ReportBranch:
        from reconciler.clients.git.believed import KEY
        from reconciler.clients.git.report_branch import ReportBranch

        report = self.config.report
        key = self.environment.get(KEY, "")
        return ReportBranch(self.root, report.branch, report.prefix, signers=report.keys, key=key)

    def main_branch(self) -> MainBranch:
        """The main branch at the remote."""
        from reconciler.clients.git.main_branch import MainBranch

        return MainBranch(self.root)

    def brought(self, repository: Repository, now: datetime) -> dict[Key, datetime]:
        """When each order came to main; nothing where there is no git. What git shows no line of came with its file."""
        found = self._brought(now)
        if not found or all(order.key in found for order in repository.orders):
            return dict(found)
        files = self._task_files
        return {order.key: found.get(order.key) or files.get(order.file, now) for order in repository.orders}

    def _brought(self, now: datetime) -> Mapping[Key, datetime]:
        """What git's history of the tasks tells, read once in a run: it grows with every change that ever was."""
        from reconciler.clients.git.brought import brought

        if now not in self._read:
            self._read[now] = brought(self.root, now)
        return self._read[now]

    @cached_property
    def _read(self) -> dict[datetime, Mapping[Key, datetime]]:
        return {}

    @cached_property
    def _task_files(self) -> Mapping[str, datetime]:
        return self.history().set_on("tasks")

    def history(self) -> FileHistory:
        """Who wrote the repository's files, and when."""
        from reconciler.clients.git.file_history import FileHistory

        return FileHistory(self.root)

    def committed(self, commit: str) -> Committed:
        """The reviewed files of a commit; DoorClosed if the repository has no such commit."""
        from reconciler.clients.git.committed import committed

        return committed(self.root, commit)

    def tracker(self) -> GithubTracker | FileTracker | None:
        """Where teams are told; None if the report alone tells them. DoorClosed if a token is missing."""
        if tokens := self.tokens():
            from reconciler.clients.github.repository import RepositoryApi
            from reconciler.clients.github.tracker import GithubTracker

            return GithubTracker(RepositoryApi(tokens, self.config.issues.writes), self.config.issues.label)
        if self.config.issues.tracker == "none":
            return None
        from reconciler.clients.file_tracker import FileTracker

        return FileTracker(self.root / str(self.config.issues.folder))

    def tokens(self) -> Tokens | None:
        """What opens GitHub; None if issues are not there. DoorClosed if one is missing."""
        if self.config.issues.tracker != "github":
            return None
        from reconciler.clients.github.environment import github_environment
        from reconciler.clients.github.tokens import Tokens

        tokens = Tokens(
            github_environment(self.environment), frozenset(team.home for team in self.config.teams.values())
        )
        tokens.check()
        return tokens

    def settings(self) -> Protection | None:
        """The settings of this repository on GitHub; None if none is named. DoorClosed if there is no token for it."""
        from reconciler.clients.github.api import connect
        from reconciler.clients.github.environment import github_environment
        from reconciler.clients.github.protection import Protection

        around = github_environment(self.environment)
        return Protection(connect(around.token, around), around.repository) if around.repository else None

    def identity(self) -> RepositoryIdentity | None:
        """This repository, as a job's variables tell; None elsewhere."""
        from reconciler.clients.github.environment import own_identity

        return own_identity(self.environment)

    def token_provider(self) -> str:
        """The provider of the tokens of this GitHub's jobs, as IAM names it."""
        from reconciler.iam.trust import GITHUB, provider_of

        return provider_of(self.environment.get("GITHUB_SERVER_URL", "")) or GITHUB

    def reviewed(self, branch: str, wanted: Collection[str]) -> Reviewed:
        """The reviewed branch at the remote, as it was last fetched."""
        from reconciler.clients.git.reviewed import reviewed

        return reviewed(self.root, branch, wanted)

    def renderer(self, base: str = "") -> Renderer:
        """The templates of the checkout, or those of a commit: what a pull request brings must be reviewed first.

        Krampus' own take the place of those that cannot be rendered.
        """
        from reconciler.clients.git.file_history import TEMPLATES
        from reconciler.render.templates import Renderer

        files = self.history().files_at(base, TEMPLATES) if base else None
        return Renderer(self.root, base=files, broken=self.broken)

    @cached_property
    def _sessions(self) -> Sessions:
        """What all accounts and both roles share: models, clients, their connections and pace, and no credentials."""
        from reconciler.clients.aws.pacing import Pace
        from reconciler.clients.aws.sessions import Sessions
        from reconciler.clients.stand_in import is_stand_in

        # Rates that AWS publishes are those of AWS.
        return Sessions(self.session, Pace(ahead=not is_stand_in(self.environment, github=False)))

    def _aws(self, purpose: Literal["read", "act"], narrowed: Mapping[str, Sequence[str]]) -> Aws:
        from reconciler.clients.aws.accounts import Aws
        from reconciler.clients.aws.credentials import CredentialSource
        from reconciler.clients.aws.oidc_token import job_token
        from reconciler.iam.actions import known

        token = job_token(self.environment) if self.config.aws.credentials == "oidc" else None
        return Aws(CredentialSource(self.config, purpose, self._sessions, token, narrowed), known)
