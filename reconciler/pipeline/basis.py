"""What a run goes by besides AWS: the ledger, what main says, and when and by whom it was brought there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.connections import Connections
from reconciler.decide.replay import why_not_of
from reconciler.decide.undo import past_keys
from reconciler.decide.undo_scope import asked_for
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.need import needed
from reconciler.ledger.read import Ledger, read
from reconciler.ledger.record import (
    is_run_state,
)
from reconciler.load.past import past_orders
from reconciler.load.renamed import called_as
from reconciler.load.repository import load_committed
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.undo_request import UndoRequest
from reconciler.publish.missing_ledger import whole


def read_ledger(connections: Connections, now: datetime, plan: Plan | None, *repositories: Repository | None) -> Ledger:
    """The ledger, as far as a plan that was made before, and what the files order, need it; without files all of it."""
    need = needed(connections.config, now, plan, repositories)
    snapshot = connections.report_branch().fetch(is_run_state)
    return whole(read(snapshot, now, need), connections, connections.config)


def with_authors(repository: Repository, connections: Connections) -> Repository:
    """The repository with who wrote its tasks, which the issues tell."""
    return replace(repository, authors=connections.history().authors("tasks"))


def dated(repository: Repository, connections: Connections, now: datetime) -> Repository:
    """The repository with when its orders came to main: nobody can have been told of one before."""
    return replace(repository, brought=connections.brought(repository, now))


def newest_of(repository: Repository, connections: Connections) -> Repository:
    """What main says at this moment; of the configuration, how this run is set up stays, and so does a pause.

    Raises InvalidInput if main has faults, or if files of the checkout are not as they were committed; DoorClosed if
    jobs of GitHub run it, which whoever pushes a branch can start, and the checkout is not of main.
    """
    main, head = connections.main_branch(), connections.report_branch().head()
    if changed := main.uncommitted():
        why = "is not as it was committed, so nobody has reviewed it"
        raise InvalidInput([Fault(file, 1, 1, why, "commit and merge it, or take the change back") for file in changed])
    config = repository.config
    in_jobs = config.issues.tracker == "github" and config.aws.credentials == "oidc"
    commit = main.newest(head, required=in_jobs)
    if commit == head:
        return repository
    newest = called_as(load_before(connections, commit), config)  # what acts knows the accounts by the checkout's names
    kept = {"paused": newest.config.paused or config.paused, "issues": config.issues}
    config = newest.config.model_copy(update=kept)
    return replace(newest, config=config, limit_override=repository.limit_override)


def must_follow(repository: Repository, plan: Plan, ledger: Ledger, connections: Connections, now: datetime) -> None:
    """Rules and limits are pure: what a plan says is decided again, and nobody's word is taken for it."""
    ledger = ledger.without(plan.run)
    repository = with_past(dated(repository, connections, now), ledger, connections, plan.undo_request)
    why = why_not_of(repository, plan, ledger)
    if why:
        help = "plan again, with the same options for `plan`, `record` and `apply`; nothing has been done"
        raise InvalidInput([Fault("plan.json", 1, 1, f"the plan does not follow: {why}", help)])


def with_past(
    repository: Repository, ledger: Ledger, connections: Connections, request: UndoRequest | None = None
) -> Repository:
    """The repository with what its tasks ordered at the commits at which the ledger says that it was done.

    Of what may be undone: what is requested, or what an exemption wants restored.
    """
    wanted = past_keys(ledger, asked_for(ledger, request) if request else repository.to_be_restored)
    if not wanted:
        return repository
    tasks: dict[str, set[str]] = {}
    for commit, task, _ in wanted:
        tasks.setdefault(commit, set()).add(task)
    return replace(repository, past=past_orders(repository.config, wanted, connections.history().tasks_at(tasks)))


def load_before(connections: Connections, commit: str) -> Repository:
    """The files as they were at a commit; InvalidInput with their faults, DoorClosed if there is no such commit."""
    return load_committed(connections.committed(commit))
