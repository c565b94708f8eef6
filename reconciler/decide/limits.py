"""What bounds the harm of a whole plan: protected resources, one task a target, and limits. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.model.config import Config, Guardrails
from reconciler.model.ledger import Entry, Event
from reconciler.model.override import LimitOverride
from reconciler.model.plan import Decision, LimitKey, Verdict
from reconciler.model.reason import Reason
from reconciler.model.task import Action, Key

# Nobody can lift these: without them an account is cut off from its organisation or from AWS itself.
ROLES = (
    "OrganizationAccountAccessRole",
    "AWSControlTower*",
    "aws-controltower-*",
    "AWSCloudFormationStackSetExecutionRole",
    "AWSCloudFormationStackSetAdministrationRole",
    "stacksets-exec-*",
)
ALWAYS_PROTECTED = (
    "arn:*:iam::*:role/aws-service-role/*",
    "arn:*:iam::*:role/aws-reserved/*",
    "arn:*:iam::aws:*",
    *(f"arn:*:iam::*:role/{path}{role}" for role in ROLES for path in ("", "*/")),
    "arn:*:iam::*:oidc-provider/*",
    "arn:*:iam::*:saml-provider/AWSSSO_*",
    "arn:*:iam::*:root",
)
ACTIONS: tuple[Action, ...] = ("disable", "kill")
Today = Mapping[tuple[Action, str], set[Key]]


@dataclass(frozen=True)
class Excess:
    """A limit that is exceeded: which, where ("" for the whole run), and what it would have to be.

    allow: what `--allow` must name for this action, so that nothing of it is held in that run
    """

    action: Action
    limited: LimitKey
    account: str
    limit: int
    due: int
    done: int
    allow: int

    @property
    def key(self) -> str:
        """The limit's place in krampus.yaml."""
        return f"guardrails.{self.limited}.{self.action}"

    @property
    def needed(self) -> int:
        """The limit at which it would go."""
        return self.due + self.done

    @property
    def why(self) -> str:
        """What is said of each target that it holds."""
        where = f"in {self.account}" if self.account else "in this run"
        done = f" and {self.done} done today" if self.done else ""
        return (
            f"over the limit {self.key} ({self.limit}): {self.due} due {where}{done}; all of them are held until it is "
            f"raised, or a run is given --allow {self.action}={self.allow}"
        )


def protected(config: Config) -> tuple[str, ...]:
    """Globs of what no task may touch: the repository's own, Krampus' roles, and what AWS keeps for itself."""
    roles = (config.aws.read_role, config.aws.act_role)
    own = (f"arn:*:iam::*:role/{path}{role}" for role in roles for path in ("", "*/"))
    return (*config.guardrails.protected, *ALWAYS_PROTECTED, *own)


def apply_limits(
    decisions: Sequence[Decision],
    config: Config,
    entries: Iterable[Entry],
    now: datetime,
    limit_override: LimitOverride,
) -> list[Decision]:
    """The same decisions, with what is too much held: a whole account's share, or the whole run's, never a part.

    What goes only because of the allowance says so.
    """
    rails, today = config.guardrails, _intended_on(entries, now)
    decisions = _one_task_a_target(decisions)
    held = _held(decisions, rails, today)
    if not limit_override.limits:
        return held
    raised = {"per_run": limit_override.raised(rails.per_run), "per_account": limit_override.raised(rails.per_account)}
    after = _held(decisions, rails.model_copy(update=raised), today)
    return [
        one.model_copy(
            update={
                "reason": Reason.ALLOWED,
                "why": limit_override.why(one.action),
                "allowed_by": limit_override.by,
            }
        )
        if strict.over_limit and one.verdict is Verdict.READY
        else one
        for strict, one in zip(held, after, strict=True)
    ]


def excesses(
    decisions: Sequence[Decision], config: Config, entries: Iterable[Entry], now: datetime
) -> tuple[Excess, ...]:
    """The limits that hold something of a bounded plan, and those that would if only the others were raised."""
    found = _exceeded(decisions, config.guardrails, _intended_on(entries, now))
    held = {one.action for one in decisions if one.over_limit}
    return tuple(excess for excess in found if excess.action in held)


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
            bounded.append(
                decision.model_copy(update={"verdict": Verdict.UNDERWAY, "reason": Reason.OTHER_TASK_FIRST, "why": why})
            )
        else:
            bounded.append(decision)
    return bounded


def _intended_on(entries: Iterable[Entry], now: datetime) -> Today:
    """(action, account) -> what was set about on this UTC day, so that repeated runs do not multiply a limit.

    An undo is not counted.
    """
    today: dict[tuple[Action, str], set[Key]] = defaultdict(set)
    for entry in entries:
        if entry.event is Event.INTENDED and not entry.undo and entry.at.date() == now.date():
            today[entry.action, entry.account].add(entry.key)
    return today


def _held(decisions: Sequence[Decision], rails: Guardrails, today: Today) -> list[Decision]:
    exceeded = list(_exceeded(decisions, rails, today))
    # The account's own limit first: it is the more telling of the two.
    by = {(one.action, one.account): one for one in exceeded if one.account}
    for action in ACTIONS:
        rest = [one for one in decisions if one.action == action and (action, one.account) not in by]
        total = _excess(rest, action, "", rails.per_run.of(action), today)
        if total:
            allow = max(one.allow for one in exceeded if one.action == action)
            by |= {(action, one.account): replace(total, allow=allow) for one in rest}
    return [
        _over(one, by[one.action, one.account])
        if one.verdict is Verdict.READY and (one.action, one.account) in by
        else one
        for one in decisions
    ]


def _over(one: Decision, excess: Excess) -> Decision:
    held = {"verdict": Verdict.HELD, "reason": Reason.OVER_LIMIT, "why": excess.why, "limit": excess.limited}
    return one.model_copy(update=held)


def _exceeded(decisions: Sequence[Decision], rails: Guardrails, today: Today) -> Iterator[Excess]:
    """Each account's limit, and the run's with all accounts in it, whether or not their own limits hold them."""
    for action in ACTIONS:
        accounts = sorted({one.account for one in decisions})
        found = [_excess(decisions, action, account, rails.per_account.of(action), today) for account in accounts]
        found.append(_excess(decisions, action, "", rails.per_run.of(action), today))
        real = [one for one in found if one]
        yield from (replace(one, allow=max(each.needed for each in real)) for one in real)


def _counts(one: Decision) -> bool:
    """Whether it is of a limit's share. An undo is of none: it restores."""
    return one.over_limit or (one.verdict is Verdict.READY and not one.undo_progress)


def _excess(decisions: Iterable[Decision], action: Action, account: str, limit: int, today: Today) -> Excess | None:
    def in_share(what: str, where: str) -> bool:
        return what == action and account in ("", where)

    due = {one.key for one in decisions if in_share(one.action, one.account) and _counts(one)}
    before = {key for (what, where), keys in today.items() if in_share(what, where) for key in keys}
    if not due or len(due | before) <= limit:
        return None
    limited = LimitKey.PER_ACCOUNT if account else LimitKey.PER_RUN
    return Excess(action, limited, account, limit, len(due), len(before - due), 0)
