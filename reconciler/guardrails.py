"""What bounds the harm of a whole plan: protected resources, one task a target, and limits. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from reconciler.model.config import Config
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import OVER_LIMIT, Decision, Verdict
from reconciler.model.task import Action

# Nobody can lift these: without them an account is cut off from its organisation or from AWS itself.
ALWAYS_PROTECTED = (
    "arn:*:iam::*:role/aws-service-role/*",
    "arn:*:iam::*:role/aws-reserved/*",
    "arn:*:iam::aws:*",
    "arn:*:iam::*:role/OrganizationAccountAccessRole",
    "arn:*:iam::*:role/*/OrganizationAccountAccessRole",
    "arn:*:iam::*:oidc-provider/*",
)
ACTIONS: tuple[Action, ...] = ("disable", "kill")
Key = tuple[str, str]


def protected(config: Config) -> tuple[str, ...]:
    """Globs of what no task may touch: the repository's own, Krampus' roles, and what AWS keeps for itself."""
    roles = (config.aws.read_role, config.aws.act_role)
    own = (f"arn:*:iam::*:role/{path}{role}" for role in roles for path in ("", "*/"))
    return (*config.guardrails.protected, *ALWAYS_PROTECTED, *own)


def bound(decisions: Sequence[Decision], config: Config, entries: Iterable[Entry], now: datetime) -> list[Decision]:
    """The same decisions, with what is too much held: a whole account's share, or the whole run's, never a part."""
    decisions = _one_task_a_target(decisions)
    today = _intended_on(entries, now)
    for action in ACTIONS:
        for account in sorted({decision.account for decision in decisions}):
            limit = config.guardrails.per_account.of(action)
            decisions = _hold(decisions, action, account, today, limit)
        decisions = _hold(decisions, action, None, today, config.guardrails.per_run.of(action))
    return decisions


def _one_task_a_target(decisions: Sequence[Decision]) -> list[Decision]:
    """Two tasks that are due for one target go one after the other; the reversible one first."""
    first: dict[tuple[str, str], Decision] = {}
    for decision in sorted(decisions, key=lambda one: (one.action, one.task)):
        if decision.verdict is Verdict.READY:
            first.setdefault((decision.account, decision.target), decision)
    bounded = []
    for decision in decisions:
        leader = first.get((decision.account, decision.target), decision)
        if decision.verdict is Verdict.READY and leader.task != decision.task:
            why = f"the task {leader.task} acts on it in this run"
            bounded.append(decision.model_copy(update={"verdict": Verdict.UNDERWAY, "why": why}))
        else:
            bounded.append(decision)
    return bounded


def _intended_on(entries: Iterable[Entry], now: datetime) -> dict[tuple[Action, str], set[Key]]:
    """(action, account) -> what was set about on this UTC day, so that repeated runs do not multiply a limit."""
    today: dict[tuple[Action, str], set[Key]] = defaultdict(set)
    for entry in entries:
        if entry.event is Event.INTENDED and entry.at.date() == now.date():
            today[entry.action, entry.account].add(entry.key)
    return today


def _hold(
    decisions: Sequence[Decision],
    action: Action,
    account: str | None,
    today: dict[tuple[Action, str], set[Key]],
    limit: int,
) -> list[Decision]:
    def in_share(decision: Decision) -> bool:
        return decision.action == action and account in (None, decision.account)

    due = {one.key for one in decisions if one.verdict is Verdict.READY and in_share(one)}
    before = {
        key for (what, where), keys in today.items() if what == action and account in (None, where) for key in keys
    }
    if not due or len(due | before) <= limit:
        return list(decisions)
    name = f"guardrails.per_run.{action}" if account is None else f"guardrails.per_account.{action}"
    where = "in this run" if account is None else f"in {account}"
    done = f" and {len(before - due)} done today" if before - due else ""
    why = f"{OVER_LIMIT} {name} ({limit}): {len(due)} due {where}{done}; all of them are held"
    held = {"verdict": Verdict.HELD, "why": why}
    return [one.model_copy(update=held) if one.verdict is Verdict.READY and in_share(one) else one for one in decisions]
