"""The one comment on a pull request: what its plan comes to, by team and account, what is dangerous first. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.decide.plan_diff import Change, changes
from reconciler.model.forecast import REMEDY, Coming
from reconciler.model.issue import ROOMY_TEXT
from reconciler.model.marker import PLAN
from reconciler.model.notice import Plain, PlainData
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.publish.views import decision_view

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

Outcome = Literal["success", "failure", "cancelled"]
MANY = 20  # targets: so many that a reviewer should count them
MOST_UNMATCHED = 20  # resources that an exemption names for nothing
MOST_LIMITS = 10  # that will hold something, in words
FAILED = "The check that made this plan failed; its log says why."
FREED = "no longer exempt"
ACTING = (Verdict.READY, Verdict.SCHEDULED)
# How many of the targets that it changes are shown, and of the others: the first pair with which the text fits.
ROOM = ((500, 500), (500, 50), (500, 0), (200, 0), (100, 0), (50, 0), (20, 0), (5, 0), (1, 0))


@dataclass(frozen=True)
class Line:
    """One target as the comment shows it. `word`: what the pull request does to it, "" if that is not known."""

    change: Change
    word: str


@dataclass(frozen=True)
class Page:
    """What the comment says.

    compared: whether it is known what the pull request changes; if not, `changed` is the whole plan
    limits: in words, each limit that will hold what the pull request changes
    unmatched: in words, what it exempts, and no task names
    changed, rest: what it changes, and the other targets
    """

    outcome: Outcome
    commit: str = ""
    compared: bool = False
    warnings: Sequence[str] = ()
    limits: Sequence[str] = ()
    unmatched: Sequence[str] = ()
    changed: Sequence[Line] = ()
    rest: Sequence[Line] = ()

    @property
    def nothing(self) -> bool:
        """Whether a pull request needs no comment: nobody waits for one that says nothing."""
        said = self.changed or self.warnings or self.unmatched
        return self.outcome == "cancelled" or (self.outcome == "success" and not said)


def page(plan: Plan | None, outcome: Outcome) -> Page:
    """The page of a plan, or of one that was not made.

    A job that failed may have made its plan all the same: it fails too if something could not be seen.
    """
    if plan is None or outcome == "cancelled":
        return Page("cancelled" if outcome == "cancelled" else "failure")
    if plan.before is None:
        lines, rest = [Line(Change(None, decision), "") for decision in plan.decisions], []
    else:
        lines = [Line(change, _word(change)) for change in changes(plan.before, plan.decisions)]
        known = {line.change.decision.key for line in lines}
        rest = [Line(Change(decision, decision), "") for decision in plan.decisions if decision.key not in known]
    warnings = (*([FAILED] if outcome == "failure" else []), *_warnings(lines))
    limits = tuple(_limits(lines, plan.forecast))
    exempted = tuple(one.says for one in plan.unmatched)
    return Page("success", plan.repository.commit, plan.before is not None, warnings, limits, exempted, lines, rest)


def plan_comment(page: Page, summary: str, renderer: Renderer) -> str:
    """The text of the comment, marker first, with as many targets as it can hold. `summary`: the plan's counts."""
    shown: dict[str, Plain] = {
        "outcome": page.outcome,
        "commit": page.commit[:12],
        "compared": page.compared,
        "warnings": page.warnings,
        "limits": page.limits[:MOST_LIMITS],
        "more_limits": max(0, len(page.limits) - MOST_LIMITS),
        "unmatched": page.unmatched[:MOST_UNMATCHED],
        "more_unmatched": max(0, len(page.unmatched) - MOST_UNMATCHED),
        "remedy": REMEDY,
        "changed_count": len(page.changed),
        "rest_count": len(page.rest),
        "summary": summary,
    }
    changed, rest = sorted(page.changed, key=_place), sorted(page.rest, key=_place)
    for most, others in ROOM:
        fitting = {"changed": _groups(changed[:most]), "rest": _groups(rest[:others])}
        more = {"more_changed": max(0, len(changed) - most), "more_rest": max(0, len(rest) - others)}
        text = f"{PLAN}\n{renderer.text('pull_request.md.j2', {**shown, **fitting, **more})}"
        if len(text) <= ROOMY_TEXT:
            break
    return text


def _word(change: Change) -> str:
    if change.after is None:
        return "removed"
    if change.before is None:
        return "new"
    if change.before.verdict is Verdict.EXEMPT and change.after.verdict is not Verdict.EXEMPT:
        return FREED
    return f"was {change.before.verdict}" if change.before.verdict is not change.after.verdict else "changed"


def _place(line: Line) -> tuple[str, str]:
    return line.change.decision.team, line.change.decision.account


def _groups(lines: Iterable[Line]) -> list[PlainData]:
    """By team and account."""
    groups: dict[tuple[str, str], list[Plain]] = defaultdict(list)
    for line in lines:
        groups[_place(line)].append(_line_view(line))
    return [{"team": team, "account": account, "lines": found} for (team, account), found in sorted(groups.items())]


def _line_view(line: Line) -> PlainData:
    """`asked`: whether a task still asks for it; `acts`: whether its calls are to come."""
    after = line.change.after
    acts = after is not None and after.verdict in ACTING
    return {**decision_view(line.change.decision), "word": line.word, "asked": after is not None, "acts": acts}


def _warnings(lines: Sequence[Line]) -> Iterator[str]:
    """What a reviewer must not overlook, worst first."""
    planned = [line.change.after for line in lines if line.change.after]
    acting = [decision for decision in planned if decision.verdict in ACTING]
    final = [decision for decision in acting if not decision.undoable]
    if final:
        yield f"What is done to {_targets(final)} cannot be undone."
    due = sum(decision.verdict is Verdict.READY for decision in planned)
    if due:
        yield f"{_count(due)} due: the next run acts."
    if len(acting) >= MANY:
        yield f"This is a large change: {len(acting)} targets."
    over = sum(decision.over_limit for decision in planned)
    if over:
        yield f"{_count(over)} over a limit, so all of them are held."
    freed = sum(line.word == FREED for line in lines)
    if freed:
        yield f"{_count(freed)} no longer exempt."
    unseen = [decision for decision in planned if decision.verdict is Verdict.UNSEEN]
    if unseen:
        yield f"{_targets(unseen)} could not be seen, so it is unknown what would happen there."


def _limits(lines: Iterable[Line], forecast: Iterable[Coming]) -> Iterator[str]:
    """What the forecast says of each limit that will hold a task of these lines, in the order of the days."""
    ours = {(one.action, one.account_id, one.task) for line in lines if (one := line.change.after)}
    said = {
        row.says: None
        for row in forecast
        if row.excess and any((row.action, row.account_id, task) in ours for task in row.tasks)
    }
    yield from said


def _targets(decisions: Sequence[Decision]) -> str:
    return f"{len(decisions)} target{'' if len(decisions) == 1 else 's'}"


def _count(number: int) -> str:
    return f"{number} target{' is' if number == 1 else 's are'}"
