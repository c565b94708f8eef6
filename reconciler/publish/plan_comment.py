"""The one comment on a pull request: what its plan comes to, by team and account, what is dangerous first. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.decide.plan_diff import Change, changes
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.resources.catalog import KINDS

Outcome = Literal["success", "failure", "cancelled"]
MANY = 20  # targets: so many that a reviewer should count them
FAILED = "The check that made this plan failed; its log says why."
ACTING = (Verdict.READY, Verdict.SCHEDULED)


@dataclass(frozen=True)
class Line:
    """One target as the comment shows it. `word`: what the pull request does to it; `does`: what Krampus would do."""

    change: Change
    word: str
    does: str
    title: str

    @property
    def acts(self) -> bool:
        """Whether its calls are to come."""
        return self.change.after is not None and self.change.after.verdict in ACTING


@dataclass(frozen=True)
class Page:
    """What templates/pull_request.md.j2 is rendered with.

    compared: whether it is known what the pull request changes; if not, `changed` is the whole plan
    changed, rest: by team and account; nothing: whether there is nothing to say
    """

    outcome: Outcome
    commit: str = ""
    compared: bool = False
    warnings: Sequence[str] = ()
    changed: Sequence[tuple[str, str, Sequence[Line]]] = ()
    rest: Sequence[tuple[str, str, Sequence[Line]]] = ()

    @property
    def nothing(self) -> bool:
        """Whether a pull request needs no comment: nobody waits for one that says nothing."""
        return self.outcome == "cancelled" or (self.outcome == "success" and not (self.changed or self.warnings))


def page(plan: Plan | None, outcome: Outcome) -> Page:
    """The page of a plan, or of one that was not made.

    A job that failed may have made its plan all the same: it fails too if something could not be seen.
    """
    if plan is None or outcome == "cancelled":
        return Page("cancelled" if outcome == "cancelled" else "failure")
    differs = [Change(None, one) for one in plan.decisions]
    rest: list[Change] = []
    if plan.before is not None:
        differs = changes(plan.before, plan.decisions)
        known = {change.one.key for change in differs}
        rest = [Change(one, one) for one in plan.decisions if one.key not in known]
    compared = plan.before is not None
    return Page(
        "success",
        plan.repository.commit,
        compared,
        (*([FAILED] if outcome == "failure" else []), *_warnings(differs)),
        _grouped(_line(change, _word(change) if compared else "") for change in differs),
        _grouped(_line(change, "") for change in rest),
    )


def _line(change: Change, word: str) -> Line:
    kind = KINDS.get(change.one.kind)
    verb = kind.verbs.get(change.one.action) if kind else None
    return Line(change, word, verb.does if verb else change.one.action, kind.title if kind else change.one.kind)


def _word(change: Change) -> str:
    if change.after is None:
        return "no longer asked for"
    if change.before is None:
        return "new"
    if change.before.verdict is Verdict.EXEMPT and change.after.verdict is not Verdict.EXEMPT:
        return "no longer exempt"
    return f"was {change.before.verdict}" if change.before.verdict is not change.after.verdict else "changed"


def _grouped(lines: Iterable[Line]) -> tuple[tuple[str, str, tuple[Line, ...]], ...]:
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.change.one.team, line.change.one.account].append(line)
    return tuple((team, account, tuple(found)) for (team, account), found in sorted(groups.items()))


def _warnings(differs: Sequence[Change]) -> Iterable[str]:
    """What a reviewer must not overlook, worst first."""
    ones = [change.after for change in differs if change.after]
    acting = [one for one in ones if one.verdict in ACTING]
    final = [one for one in acting if not _reversible(one)]
    if final:
        yield f"What is done to {_targets(final)} cannot be taken back."
    due = sum(one.verdict is Verdict.READY for one in ones)
    if due:
        yield f"{_count(due)} due at once: the next run acts."
    if len(acting) >= MANY:
        yield f"It is much at once: {len(acting)} targets."
    over = [one for one in ones if one.over_limit]
    if over:
        yield f"{_count(len(over))} over a limit, and all of them are held."
    lost = [change for change in differs if _word(change) == "no longer exempt"]
    if lost:
        yield f"{_count(len(lost))} no longer exempt."
    unseen = [one for one in ones if one.verdict is Verdict.UNSEEN]
    if unseen:
        yield f"{_targets(unseen)} could not be seen, so that nobody knows what would become of it."


def _reversible(one: Decision) -> bool:
    return all(call.undo for call in one.calls)


def _targets(ones: Sequence[Decision]) -> str:
    return f"{len(ones)} target{'' if len(ones) == 1 else 's'}"


def _count(number: int) -> str:
    return f"{number} target{' is' if number == 1 else 's are'}"
