"""krampus comment."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.checkout import Unreadable
from reconciler.cli.common import Root, report_errors
from reconciler.cli.exit import Exit
from reconciler.cli.plan_file import Misfit, read_plan
from reconciler.cli.show import show_broken, summary
from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.model.plan import Plan
from reconciler.model.repository_url import REPOSITORY


class Outcome(StrEnum):
    """The result of the job that made the plan, in the words of GitHub Actions."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"


def comment(
    number: Annotated[int, typer.Option("--pr", min=1, help="The number of the pull request.")],
    plan: Annotated[Path, typer.Option(help="The file that `krampus plan --out` wrote, or its folder.")] = Path(
        "plan.json"
    ),
    outcome: Annotated[Outcome, typer.Option(help="The result of the job that made the plan.")] = Outcome.SUCCESS,
    root: Root = Path(),
) -> None:
    """Write the plan as one comment on a pull request, edited in place. None is written if nothing changes.

    GITHUB_TOKEN needs `pull-requests: write`; GITHUB_REPOSITORY names the repository. Exit 0 fine, 1 GitHub refused,
    3 written, but a template of the repository could not be rendered.
    """
    from reconciler.clients.github.api import connect
    from reconciler.clients.github.environment import github_environment
    from reconciler.clients.github.pull_request import PullRequest
    from reconciler.publish.plan_comment import page, plan_comment
    from reconciler.render.templates import Renderer

    with report_errors():
        repository = os.environ.get("GITHUB_REPOSITORY", "")
        if not REPOSITORY.fullmatch(repository):
            raise DoorClosed("GITHUB_REPOSITORY is not `owner/name`; set it")
        content = _read(plan)
        shown = page(content, outcome.value)
        broken: dict[str, str] = {}
        text = plan_comment(shown, summary(content) if content else "", Renderer(root, broken=broken))
        show_broken(broken)
        environment = github_environment(os.environ)
        try:
            result = PullRequest(connect(environment.token, environment), repository, number).write_comment(
                text, create=not shown.nothing
            )
        except TrackerRefused as refused:
            raise DoorClosed(f"the comment was not written: {refused}") from None
    print(f"comment on #{number}: {result}")
    raise typer.Exit(Exit.PARTIAL if broken else Exit.FINE)


def _read(file: Path) -> Plan | None:
    """The plan, or None if the file is missing or invalid: the comment then says that there is no plan."""
    names = ("plan.json.gz", "plan.json")
    path = next((file / name for name in names if (file / name).exists()), file)
    try:
        return read_plan(path)
    except (Unreadable, Misfit):
        return None
