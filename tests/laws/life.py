"""Runs of the main job over days, all in memory: what people change in between, and what AWS and the tracker answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from reconciler.model.ledger import Entry, Event
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Verdict
from reconciler.model.sighting import Problem, Sighting, Trouble
from reconciler.model.task import Action, Order
from tests.build import NOW, arn, exemption, order, repository, running, stopped, unseen
from tests.laws.build import by_key, decided, recorded, told_and_found

DAY = timedelta(days=1)
State = Literal["running", "stopped", "gone", "unseen"]
STATES: tuple[State, ...] = ("running", "stopped", "gone", "unseen")


@dataclass(frozen=True)
class World:
    """One target as the files and AWS have it. named: whether the task names it; spared: the last day of its exemption,
    None if no file has one
    """

    state: State = "running"
    action: Action = "disable"
    team: str = "web"
    grace: timedelta = 2 * DAY
    named: bool = True
    spared: date | None = None
    paused: bool = False

    def order(self, number: int) -> Order:
        return order(number, action=self.action, team=self.team, grace=self.grace)

    def sighting(self, number: int) -> Sighting:
        seen = {"running": running(number), "stopped": stopped(number), "gone": Sighting(), "unseen": unseen()}
        return seen[self.state]

    def acted_on(self, decision: Decision) -> World:
        """What AWS makes of the calls."""
        ended = any(call.operation == "terminate_instances" for call in decision.calls)
        return replace(self, state="gone" if ended else "stopped")


@dataclass(frozen=True)
class Step:
    """How long it takes until the next run, what people change before it, and how that run goes.

    answers: whether AWS takes the calls, refuses them, or says nothing; a run that is cut writes nothing at its end.
    deaf: whether the tracker refuses everything
    """

    hours: int
    change: Mapping[str, Any]
    answers: str = "taken"
    deaf: bool = False


@dataclass(frozen=True)
class Run:
    """One run: what it found of the target, what it decided, and what it wrote before its calls and at its end."""

    at: datetime
    world: World
    decision: Decision | None
    lines: Sequence[Entry]

    @property
    def told(self) -> bool:
        """Whether its team was told of the target in this run."""
        return any(line.event is Event.NOTICED for line in self.lines)


CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"state": st.sampled_from(STATES)}),
    st.fixed_dictionaries({"action": st.sampled_from(("disable", "kill"))}),
    st.fixed_dictionaries({"team": st.sampled_from(("web", "data"))}),
    st.fixed_dictionaries({"grace": st.integers(0, 5).map(lambda days: days * DAY)}),
    st.fixed_dictionaries({"named": st.booleans()}),
    st.fixed_dictionaries({"spared": st.none() | st.integers(-1, 6)}),
    st.fixed_dictionaries({"paused": st.booleans()}),
)
DONE = ("taken", "unknown, and done", "cut after its calls")
ANSWERS = ("taken", *DONE, "refused", "unknown, and not done", "cut before its calls")
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from((1, 6, 23, 24, 25, 48, 72)),
        CHANGES,
        st.sampled_from(ANSWERS),
        st.sampled_from((False, False, False, True)),
    ),
    min_size=3,
    max_size=12,
)


def lived(steps: Sequence[Step]) -> list[Run]:
    """All runs. A bystander of the same task, long not due, is there to be mixed up with the target."""
    at, world = NOW, World()
    entries: list[Entry] = []
    runs: list[Run] = []
    for step in steps:
        at += timedelta(hours=step.hours)
        world = replace(world, **_dated(step.change, at))
        run, world = _run(step, at, world, entries)
        entries += run.lines
        runs.append(run)
    return [replace(run, lines=[line for line in run.lines if line.target == arn(1)]) for run in runs]


def _dated(change: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    days = change.get("spared")
    return {**change} if days is None else {"spared": (at + days * DAY).date()}


def _run(step: Step, at: datetime, world: World, entries: Sequence[Entry]) -> tuple[Run, World]:
    one, bystander = world.order(1), order(2, grace=99 * DAY)
    spared = [exemption(expires=world.spared, resources=(arn(1),))] if world.spared else []
    # Neither too many failures nor too many acts: only notices are to speak.
    rails = {"attempts": 99, "restless": 99}
    named = [one, bystander] if world.named else [bystander]
    repo = repository(*named, exemptions=spared, guardrails=rails, paused=world.paused)
    live = {(one.target, one.action): world.sighting(1), (bystander.target, "disable"): running(2)}
    plan = decided(repo, entries, live, at)
    lines = recorded(plan, entries)
    if not (plan.ready and step.answers.startswith("cut")):
        delivered = {} if step.deaf else {each.key: "acme/website#1" for each in plan.decisions}
        outcomes = [_outcome(each, step.answers) for each in plan.ready]
        lines += told_and_found(repo, plan, outcomes, [*entries, *lines], delivered)
    decision = by_key(plan).get((one.task, one.target.arn))
    due = decision is not None and decision.verdict is Verdict.READY
    after = world.acted_on(decision) if decision and due and step.answers in DONE else world
    return Run(at, world, decision, lines), after


def _outcome(one: Decision, answers: str) -> Outcome:
    if answers == "taken":
        return Outcome(task=one.task, target=one.target, sent=len(one.calls))
    trouble = Trouble.DENIED if answers == "refused" else Trouble.UNKNOWN
    return Outcome(task=one.task, target=one.target, sent=0, problem=Problem(trouble, answers))
