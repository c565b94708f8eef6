"""What shall become of each target now: rules in order, the first that speaks wins. PURE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.decide.case import Case, changing, told_on, with_planned_calls
from reconciler.decide.forecast import foresee
from reconciler.decide.freezes import PAUSED, frozen, only_watched
from reconciler.decide.limits import Protecting, apply_limits, excesses, protecting
from reconciler.decide.looks import looks_for, shown_to
from reconciler.decide.releases import with_releases
from reconciler.decide.restore import split_undo_and_forward, with_restore
from reconciler.decide.reversible import SKEW
from reconciler.ledger.history import calls_digest, standing_hold
from reconciler.ledger.read import Ledger
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import NOT_LOOKED_AT, Live, Resource, Sighting
from reconciler.model.target import Arn, Target
from reconciler.model.task import Order
from reconciler.resources.catalog import KINDS
from reconciler.resources.shared.owners import owners

RESTLESS_WITHIN = timedelta(days=7)
RuleResult = tuple[Verdict, Reason, str] | None


def decide(repository: Repository, ledger: Ledger, live: Live, now: datetime, commit: str = "") -> Plan:
    """The plan for `now` (aware UTC, whole seconds) from what git says, what the ledger tells and what AWS shows.

    `live` has what `decide.looks` wants to be looked at; KeyError if it has not.
    """
    covered = protecting(repository.config)
    looked: dict[Target, Sighting] = {}
    decisions = []
    for order in repository.orders:
        if any(looks_for(order, repository, ledger, now)):
            looked[order.target] = live[order.target]
        sighting = looked.get(order.target, NOT_LOOKED_AT)
        decisions.append(decide_order(repository, order, ledger, sighting, now, covered))
    undos, forward = split_undo_and_forward(decisions)  # an undo is bounded by no limit
    config, done = repository.config, ledger.intended_on(now.date())
    bounded = with_releases(apply_limits(forward, config, done, repository.limit_override), repository, ledger, now)
    foreseen, forecast = foresee([*undos, *bounded], config, done, now)
    return plan_of(now, commit, foreseen, exceeded=excesses(bounded, config, done), live=looked, forecast=forecast)


def decide_order(  # noqa: PLR0913, PLR0917  all that a target's verdict may hang on
    repository: Repository, order: Order, ledger: Ledger, sighting: Sighting, now: datetime, covered: Protecting
) -> Decision:
    """What the rules say of one target by itself; no limit has been looked at.

    Of what was seen of the target it goes by that alone which the order needed to know, whatever others did.
    covered: `protecting`, made once
    """
    history, exemptions = ledger.history(order.key), repository.exemptions_for(order)
    looks = list(looks_for(order, repository, ledger, now))
    whole = shown_to(looks, sighting)
    sighting = shown_to(looks[:1], sighting)
    brought = repository.brought.get(order.key)
    quieted = _quieted(order, ledger)
    case = Case(order, sighting, history, exemptions, covered, repository.config, now, brought, quieted)
    case = with_planned_calls(case)
    return with_restore(_dated(_decision(case), case), case, whole, ledger.applied.get(order.key), repository.past)


def _quieted(order: Order, ledger: Ledger) -> datetime | None:
    """When any task last stopped what writes to the target, or took that back; None if none did, or no kind asks."""
    operations = KINDS[order.target.kind].verbs[order.action].quiets
    keys = [one.key for operation in operations for one in (operation, *operation.undo)]
    sent = ledger.last_intended.get(order.target.arn, {}) if keys else {}
    return max((sent[key] for key in keys if key in sent), default=None)


def _decision(case: Case) -> Decision:
    order, resource, kind = case.order, case.sighting.resource, KINDS[case.order.target.kind]
    results = (rule(case) for rule in RULES)
    verdict, reason, why = next((result for result in results if result), (Verdict.READY, Reason.DUE, "it is due"))
    open_ends = (Verdict.SCHEDULED, Verdict.HELD, Verdict.READY)
    # Nobody told: only what is scheduled has a time to come, and it would move with the clock elsewhere.
    noticed = verdict in open_ends and case.notice is not None
    waits = case.account.enforce and (verdict is Verdict.SCHEDULED or noticed)
    return Decision(
        task=order.task,
        target=order.target.arn,
        account=order.target.account,
        account_id=order.target.account_id,
        region=(resource.region if resource else "") or order.target.region,
        kind=order.target.kind,
        action=order.action,
        team=order.team,
        severity=order.severity,
        verdict=verdict,
        reason=reason,
        why=why,
        due=case.due if waits else None,
        seen=resource.digest if resource else "",
        identity=case.identity,
        calls=case.calls if verdict in open_ends else (),
        display_name=kind.display_name(resource) if resource else "",
        owners=owners(resource, case.config.owners) if resource else (),
        notes=case.notes if verdict in open_ends else (),
        name=order.target.name,
        title=kind.title,
        does=case.verb.does,
        manual=case.verb.manual_commands,
    )


def _dated(decision: Decision, case: Case) -> Decision:
    """The same decision, with the freeze that moves its date, and the rule of its own that will hold it then."""
    if decision.verdict is not Verdict.SCHEDULED or not decision.due:
        return decision
    said: dict[str, object] = {}
    if case.ripe < decision.due and frozen(case.config.guardrails, case.order.severity, case.ripe):
        said["frozen_from"] = case.ripe
    if case.order.until or case.history.failures or case.history.stale or case.history.done:  # which most have not
        then = replace(case, now=decision.due)
        result = expired(then) or given_up(then)
        said |= {"held_then": result[1], "foreseen": result[2]} if result else {}
    return decision.model_copy(update=said) if said else decision


def expired(case: Case) -> RuleResult:
    """1: the task is past its end."""
    if case.order.until and case.now >= case.order.until:
        return Verdict.EXPIRED, Reason.EXPIRED, f"the task ended on {case.order.until - timedelta(days=1):%Y-%m-%d}"
    return None


def exempt(case: Case) -> RuleResult:
    """2: an exemption in force covers it."""
    in_force = [exemption for exemption in case.exemptions if case.now < exemption.end]
    if in_force:
        longest = max(in_force, key=lambda exemption: exemption.expires)
        return (
            Verdict.EXEMPT,
            Reason.EXEMPT,
            f"until {longest.expires}: {' '.join(longest.reason.split())} ({longest.owner})",
        )
    return None


def unseen(case: Case) -> RuleResult:
    """3: it could not be seen."""
    problem = case.sighting.problem
    return (Verdict.UNSEEN, Reason.UNSEEN, problem.message) if problem else None


def guarded(case: Case) -> RuleResult:
    """4: a guardrail protects it, or it is Krampus' own."""
    if pattern := case.protecting(case.order.target.arn):
        return Verdict.REFUSED, Reason.PROTECTED, f"protected: {pattern}"
    spelt = _true_spelling(case)
    why = f"AWS writes it `{spelt}`; correct the ARN: protections and exemptions are decided by it"
    return (Verdict.REFUSED, Reason.WRONG_PATH, why) if spelt else None


def _true_spelling(case: Case) -> str:
    """IAM finds a name whatever its case and path; what AWS writes after the account, "" if the ARN says so too."""
    target, resource = case.order.target, case.sighting.resource
    pattern, arn = KINDS[target.kind].arn, Arn.parse(target.arn)
    if resource is None or not pattern.folds:
        return ""
    # A missing fact is no right path.
    true = pattern.format(
        partition=arn.partition, account=arn.account, path=str(resource.facts.get("path", "/?/")), name=resource.name
    )
    return "" if true == target.arn else Arn.parse(true).resource


def refused(case: Case) -> RuleResult:
    """5: the kind refuses, or a person must act first."""
    return (Verdict.REFUSED, Reason.KIND_REFUSES, case.refused) if case.refused else None


def satisfied(case: Case) -> RuleResult:
    """6: it is gone, or no call is needed."""
    if case.sighting.resource is None:
        return Verdict.SATISFIED, Reason.GONE, "it is not there"
    if case.calls or case.underway:
        return None
    return Verdict.SATISFIED, Reason.AS_ASKED, "it is as the task asks"


def underway(case: Case) -> RuleResult:
    """7: AWS is still at it; stuck for too long, a person should look."""
    if not case.underway:
        return None
    # What was done and then seen to stand says nothing of what AWS is at now.
    ours = case.history.acted and not case.history.settled
    since = case.history.done[-1][0] if ours and case.history.done else case.now
    if case.now - since > case.verb.stuck_after:
        return Verdict.HELD, Reason.STUCK, f"stuck since {since:%Y-%m-%d %H:%M} UTC: {case.underway}"
    return Verdict.UNDERWAY, Reason.AWS_AT_WORK, case.underway


def newcomer(case: Case) -> RuleResult:
    """8: it is not the resource of which its team was told, so it is not what was reviewed."""
    history, resource = case.history, case.sighting.resource
    first = history.first_noticed_at
    if resource is None or first is None:
        return None
    if history.identity and case.identity != history.identity:
        why = f"{_since(resource)}it is not the one of which {case.order.team} was told"
    elif resource.created and resource.created > first + SKEW:
        why = f"{_since(resource)}after the first notice"
    elif history.gone and not history.identity:
        why = "it was gone, or ended, and whether this is the same one cannot be told"
    else:
        return None
    why = f"{why}: not what was reviewed; to have it acted on, take it out of {case.order.file} and add it again"
    return Verdict.REFUSED, Reason.ANOTHER_RESOURCE, why


def _since(resource: Resource) -> str:
    return f"created {resource.created:%Y-%m-%d %H:%M} UTC, " if resource.created else ""


def taken_back(case: Case) -> RuleResult:
    """Before 9: somebody had it undone in an emergency. Before, since a team must not be told a date meanwhile."""
    line = standing_hold(case.history, case.order)
    if line is None:
        return None
    why = f"taken back by {line.by} on {line.at:%Y-%m-%d}, until the task's file changes"
    return Verdict.HELD, Reason.TAKEN_BACK, why


def scheduled(case: Case) -> RuleResult:
    """9: its team has not been told, or not for long enough; or the date that it was told has not come."""
    after = case.order.after
    if not case.account.enforce:
        # No notice is ever given for a watched account; what holds it is said below.
        if after and case.now < after:
            return Verdict.SCHEDULED, Reason.BEFORE_AFTER, f"not before {after:%Y-%m-%d %H:%M} UTC"
        return None
    if case.notice is None:
        return Verdict.SCHEDULED, Reason.NOT_TOLD, f"{case.order.team} has not been notified yet"
    # A freeze that has come since the notice moves the date, and until then it says better why nothing is done.
    waits = case.now < case.due and not frozen(case.config.guardrails, case.order.severity, case.now)
    if waits or case.now < case.ripe:
        return Verdict.SCHEDULED, Reason.TOLD, told_on(case.order.team, case.notice.told_at)
    return None


def given_up(case: Case) -> RuleResult:
    """10: it failed or changed right before the act too often in a row, or what was done did not stick."""
    rails = case.config.guardrails
    if case.history.failures >= rails.attempts:
        return Verdict.HELD, Reason.GIVEN_UP, f"failed {case.history.failures} times in a row; a person must look"
    if case.history.stale >= rails.attempts:
        return Verdict.HELD, Reason.CHANGING, changing(case)
    needed = calls_digest(case.calls)
    again = [at for at, calls in case.history.done if calls == needed and case.now - at <= RESTLESS_WITHIN]
    if len(again) >= rails.restless:
        why = f"done {len(again)} times in 7 days, and each time something undid it; a person must look"
        return Verdict.HELD, Reason.RESTLESS, why
    return None


def watched(case: Case) -> RuleResult:
    """11: the account is only watched."""
    if case.account.enforce:
        return None
    return Verdict.HELD, Reason.WATCHED, only_watched(case.order.target.account)


def stopped(case: Case) -> RuleResult:
    """12: a freeze, or the pause."""
    if case.config.paused:
        return Verdict.HELD, Reason.PAUSED, PAUSED
    why = frozen(case.config.guardrails, case.order.severity, case.now)
    return (Verdict.HELD, Reason.FROZEN, why) if why else None


RULES: tuple[Callable[[Case], RuleResult], ...] = (
    expired,
    exempt,
    unseen,
    guarded,
    refused,
    satisfied,
    underway,
    newcomer,
    taken_back,
    scheduled,
    given_up,
    watched,
    stopped,
)
