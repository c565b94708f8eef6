"""What bounds the harm of a whole plan: protected resources, one task a target, and limits. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from reconciler.ledger.read import Counts
from reconciler.model.config import Config, Guardrails
from reconciler.model.guards import Guards
from reconciler.model.limit import Excess, LimitKey
from reconciler.model.override import LimitOverride
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.task import Action, Key
from reconciler.resources.shared.protected import ALWAYS_PROTECTED

Protecting = Callable[[str], str]
ACTIONS: tuple[Action, ...] = ("disable", "kill")


def protected(config: Config) -> tuple[str, ...]:
    """Globs of what no task may touch: the repository's own, Krampus' roles, and what AWS keeps for itself."""
    roles = (config.aws.read_role, config.aws.act_role)
    own = (f"arn:*:iam::*:role/{path}{role}" for role in roles for path in ("", "*/"))
    return (*config.guardrails.protected, *ALWAYS_PROTECTED, *own)


def protecting(config: Config) -> Protecting:
    """The first of them that covers a target, by its ARN; "" if none does. To be made once for many targets."""
    patterns = protected(config)
    guards = Guards(patterns)
    return lambda arn: next((patterns[place] for place in guards.covering(arn)), "")


def apply_limits(
    decisions: Sequence[Decision], config: Config, done: Counts, limit_override: LimitOverride
) -> list[Decision]:
    """The same decisions, with what is too much held: a whole account's share, or the whole run's, never a part.

    `done`: what was intended on the same UTC day. What goes only because of the override says so.
    """
    rails = config.guardrails
    decisions = _one_task_a_target(decisions)
    held = _held(decisions, rails, done)
    if not limit_override.limits:
        return held
    raised = {"per_run": limit_override.raised(rails.per_run), "per_account": limit_override.raised(rails.per_account)}
    after = _held(decisions, rails.model_copy(update=raised), done)
    return [
        _allowed(decision, limit_override) if strict.over_limit and decision.verdict is Verdict.READY else decision
        for strict, decision in zip(held, after, strict=True)
    ]


def excesses(decisions: Sequence[Decision], config: Config, done: Counts) -> tuple[Excess, ...]:
    """The limits that hold something of a bounded plan, and those that would if only the others were raised."""
    held = {decision.action for decision in decisions if decision.over_limit}
    exceeded = _exceeded(_due(decisions), _names(decisions), config.guardrails, done)
    return tuple(excess for excess in exceeded if excess.action in held)


def _one_task_a_target(decisions: Sequence[Decision]) -> list[Decision]:
    """Two tasks that are due for one target go one after the other; the reversible one first."""
    first: dict[tuple[str, str], Decision] = {}
    for decision in sorted(decisions, key=lambda one: (one.action, one.task)):
        if decision.verdict is Verdict.READY:
            first.setdefault((decision.account_id, decision.target), decision)
    bounded = []
    for decision in decisions:
        leader = first.get((decision.account_id, decision.target), decision)
        if decision.verdict is Verdict.READY and leader.task != decision.task:
            why = f"the task {leader.task} acts on it in this run"
            bounded.append(
                decision.model_copy(update={"verdict": Verdict.UNDERWAY, "reason": Reason.OTHER_TASK_FIRST, "why": why})
            )
        else:
            bounded.append(decision)
    return bounded


def _due(decisions: Sequence[Decision]) -> Counts:
    """(action, number of the account) -> what counts towards its limits. An undo counts towards none: it restores."""
    due: dict[tuple[Action, str], set[Key]] = defaultdict(set)
    for decision in decisions:
        if decision.over_limit or (decision.verdict is Verdict.READY and not decision.undo_progress):
            due[decision.action, decision.account_id].add(decision.key)
    return due


def _names(decisions: Sequence[Decision]) -> Mapping[str, str]:
    """The number of an account -> its name."""
    return {decision.account_id: decision.account for decision in decisions}


def _held(decisions: Sequence[Decision], rails: Guardrails, done: Counts) -> list[Decision]:
    due = _due(decisions)
    exceeded = list(_exceeded(due, _names(decisions), rails, done))
    # The account's own limit first: it is the more telling of the two.
    by = {(excess.action, excess.account_id): excess for excess in exceeded if excess.account_id}
    for action in ACTIONS:
        rest = {share: keys for share, keys in due.items() if share[0] == action and share not in by}
        total = _excess(action, "", rails.per_run.of(action), _all(rest, action), _all(done, action))
        if total:
            allow = max(excess.allow for excess in exceeded if excess.action == action)
            by |= dict.fromkeys(rest, total.model_copy(update={"allow": allow}))
    return [
        _over(decision, by[decision.action, decision.account_id])
        if decision.verdict is Verdict.READY and (decision.action, decision.account_id) in by
        else decision
        for decision in decisions
    ]


def _over(decision: Decision, excess: Excess) -> Decision:
    held = {"verdict": Verdict.HELD, "reason": Reason.OVER_LIMIT, "why": excess.why, "limit": excess.limited}
    return decision.model_copy(update=held)


def _allowed(decision: Decision, override: LimitOverride) -> Decision:
    let_go = {"reason": Reason.ALLOWED, "why": override.why(decision.action), "allowed_by": override.by}
    return decision.model_copy(update=let_go)


def _exceeded(due: Counts, names: Mapping[str, str], rails: Guardrails, done: Counts) -> Iterator[Excess]:
    """Each account's limit, and the run's with all accounts in it, whether or not their own limits hold them."""
    for action in ACTIONS:
        limit = rails.per_account.of(action)
        found = [
            _excess(action, number, limit, due[action, number], done.get((action, number), frozenset()))
            for number in sorted((number for what, number in due if what == action), key=names.__getitem__)
        ]
        found.append(_excess(action, "", rails.per_run.of(action), _all(due, action), _all(done, action)))
        exceeded = [excess for excess in found if excess]
        allow = max((excess.needed for excess in exceeded), default=0)
        for excess in exceeded:
            yield excess.model_copy(update={"allow": allow, "account": names.get(excess.account_id, "")})


def _all(shares: Mapping[tuple[Action, str], Set[Key]], action: Action) -> Set[Key]:
    """What the accounts have of an action, together."""
    return {key for (what, _), keys in shares.items() if what == action for key in keys}


def _excess(action: Action, account_id: str, limit: int, due: Set[Key], done: Set[Key]) -> Excess | None:
    if not due or len(due | done) <= limit:
        return None
    limited = LimitKey.PER_ACCOUNT if account_id else LimitKey.PER_RUN
    return Excess(
        action=action,
        limited=limited,
        account="",
        account_id=account_id,
        limit=limit,
        due=len(due),
        done=len(done - due),
        allow=0,
    )
