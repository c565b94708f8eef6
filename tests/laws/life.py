"""Runs of the main job over weeks, in memory: what people change in between, what AWS and the tracker answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from reconciler.ledger.entries import after_run, reminded
from reconciler.model.ledger import Entry
from reconciler.model.notice import Delivery, Notice
from reconciler.model.outcome import Outcome
from reconciler.model.override import LimitOverride
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.repository import Repository
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.sighting import Problem, Resource, Sighting, Trouble
from reconciler.model.task import Action, Order
from reconciler.publish.finished_run import finished_run
from reconciler.publish.task_issues import task_issues
from tests.build import DEFAULTS, NOW, chained, exemption, ledger_of, repository, unseen
from tests.laws.build import by_key, decided, order_of, recorded, resource_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KindName = Literal["rds:db", "lambda:function"]
State = Literal["running", "done", "gone", "unseen"]
STATES: tuple[State, ...] = ("running", "done", "gone", "unseen")
DATABASE = {
    "engine": "postgres",
    "cluster": "",
    "source": "",
    "severed": False,
    "replicas": [],
    "multi_az": False,
    "protected": False,
    "final_snapshot": "",
}


@dataclass(frozen=True)
class World:
    """One target as the files and AWS have it, and how the next run is started.

    born: which resource of its name it is; named: whether the task names it; spared, frozen: the last days of an
    exemption and of a freeze, None if no file has one; limit: of its account; home: where its team's issues are
    allow, waive: whether a person lets it go over a limit, and without a new notice
    unsure: whether a function has ended without any run having seen or heard of it
    """

    state: State = "running"
    born: int = 0
    action: Action = "disable"
    force: bool = False
    team: str = "web"
    grace: timedelta = 2 * DAY
    after: datetime | None = None
    severity: Any = "medium"
    notice: timedelta = DAY
    critical: timedelta | None = None
    named: bool = True
    spared: date | None = None
    frozen: date | None = None
    paused: bool = False
    enforce: bool = True
    protected: bool = False
    home: str = "acme/website"
    limit: int = 20
    allow: bool = False
    waive: bool = False
    unsure: bool = False

    @property
    def floor(self) -> timedelta:
        return self.critical if self.severity == "critical" and self.critical is not None else self.notice

    def order(self, kind: KindName) -> Order:
        options = {"skip_backup": True, **({"force": True} if self.force and kind == "rds:db" else {})}
        given = options if self.action == "kill" else {}
        over = {"team": self.team, "grace": self.grace, "after": self.after, "severity": self.severity}
        return order_of(kind, self.action, given, **over)

    def sighting(self, kind: KindName) -> Sighting:
        if self.state == "unseen":
            return unseen()
        if self.state == "gone":
            return Sighting()
        return Sighting(resource=self._resource(kind))

    def _resource(self, kind: KindName) -> Resource:
        done = self.state == "done"
        if kind == "lambda:function":
            return resource_of(kind, {"reserved": 0 if done else None, "mappings": [], "edge": []})
        status = {"status": "stopped" if done else "available", "resource": f"db-{self.born}"}
        return resource_of(kind, {**DATABASE, **status})

    def repository(self, kind: KindName) -> Repository:
        one = self.order(kind)
        accounts = {**DEFAULTS["accounts"], "web": {**DEFAULTS["accounts"]["web"], "enforce": self.enforce}}
        rails = {
            # Neither too many failures nor too many acts: only notices are to speak.
            **{"attempts": 99, "restless": 99, "notice": self.notice, "notice_critical": self.critical},
            "per_account": {"disable": self.limit, "kill": self.limit},
            "protected": [one.target.arn] if self.protected else [],
            "freeze": [{"from": NOW.date(), "to": self.frozen}] if self.frozen else [],
        }
        spared = [exemption(expires=self.spared, resources=(one.target.arn,))] if self.spared else []
        named = [one] if self.named else []
        teams = {"web": {"issues": self.home}, "data": {}}
        over = {"accounts": accounts, "teams": teams, "guardrails": rails, "paused": self.paused}
        made = repository(*named, exemptions=spared, **over)
        limits: dict[Action, int] = {"disable": 50, "kill": 50} if self.allow else {}
        return replace(made, limit_override=LimitOverride(limits, "ada", "an incident" if self.waive else ""))


@dataclass(frozen=True)
class Step:
    """How long it takes until the next run, what people change before it, and how that run goes.

    queued: how many hours after its plan it tells the teams; minutes: how long that takes
    answers: whether AWS takes the calls, refuses them, or says nothing; a run that is cut writes nothing at its end
    deaf: whether the tracker refuses everything
    """

    hours: float
    change: Mapping[str, Any] = field(default_factory=dict)
    queued: int = 0
    minutes: int = 0
    answers: str = "taken"
    deaf: bool = False


@dataclass(frozen=True)
class Run:
    """One run: what it found of the target, what it decided, and what its team was told, when.

    told: the issues that were delivered, as their team reads them
    """

    at: datetime
    world: World
    decision: Decision | None
    told_at: datetime
    told: Sequence[Notice]
    lines: Sequence[Entry]


def _days(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"state": st.sampled_from(STATES)}),
    st.just({"state": "running", "born": +1}),
    st.fixed_dictionaries({"action": st.sampled_from(("disable", "kill"))}),
    st.fixed_dictionaries({"force": st.booleans()}),
    st.fixed_dictionaries({"team": st.sampled_from(("web", "data"))}),
    st.fixed_dictionaries({"grace": _days(0, 9).map(lambda days: days * DAY)}),
    st.fixed_dictionaries({"after": st.none() | _days(-3, 9)}),
    st.fixed_dictionaries({"severity": st.sampled_from(("low", "critical"))}),
    st.fixed_dictionaries({"notice": st.sampled_from((HOUR, DAY, 3 * DAY))}),
    st.fixed_dictionaries({"critical": st.sampled_from((None, HOUR))}),
    st.fixed_dictionaries({"named": st.booleans()}),
    st.fixed_dictionaries({"spared": st.none() | _days(-1, 6)}),
    st.fixed_dictionaries({"frozen": st.none() | _days(0, 6)}),
    st.fixed_dictionaries({"paused": st.booleans()}),
    st.fixed_dictionaries({"enforce": st.booleans()}),
    st.fixed_dictionaries({"protected": st.booleans()}),
    st.fixed_dictionaries({"home": st.sampled_from(("acme/website", "acme/elsewhere"))}),
    st.fixed_dictionaries({"limit": st.sampled_from((0, 20))}),
    st.fixed_dictionaries({"allow": st.booleans(), "waive": st.booleans()}),
)
DONE = ("taken", "unknown, and done", "cut after its calls")
ANSWERS = ("taken", *DONE, "refused", "unknown, and not done", "cut before its calls")
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from((1, 6, 23.5, 24, 48, 72, 200)),
        CHANGES,
        st.sampled_from((0, 0, 0, 2, 23)),
        st.sampled_from((0, 0, 45)),
        st.sampled_from(ANSWERS),
        st.sampled_from((False, False, False, True)),
    ),
    min_size=3,
    max_size=12,
)


def lived(steps: Sequence[Step], kind: KindName) -> list[Run]:
    """All runs."""
    at, world = NOW, World()
    entries: list[Entry] = []
    runs: list[Run] = []
    for step in steps:
        at += timedelta(hours=step.hours)
        world = changed(world, step.change, at, kind)
        run = _run(step, at, world, kind, entries)
        entries += run.lines
        runs.append(run)
        world = _after(run, step, kind)
        at = run.told_at
    return runs


def changed(world: World, change: Mapping[str, Any], at: datetime, kind: KindName) -> World:
    """The world after a change; days are counted from now.

    AWS tells nothing by which a function that is created again between two runs is known, unless it said that it took
    the end of the old one: docs/safety.md says so.
    """
    dated = {name: to for name, to in change.items() if not (world.unsure and name in ("state", "born"))}
    if kind == "lambda:function":
        dated.pop("force", None)  # which its `kill` does not know
    if dated.get("born"):
        dated["born"] = world.born + (kind == "rds:db" or world.state == "gone")
    elif world.state == "gone" and dated.get("state") in ("running", "done"):
        dated["born"] = world.born + 1  # what was gone does not come back
    for name in ("spared", "frozen"):
        if dated.get(name) is not None:
            dated[name] = (at + dated[name] * DAY).date()
    if dated.get("after") is not None:
        dated["after"] = at + dated["after"] * DAY
    return replace(world, **dated)


def _run(step: Step, at: datetime, world: World, kind: KindName, entries: Sequence[Entry]) -> Run:
    one, repo = world.order(kind), world.repository(kind)
    live = {one.target: world.sighting(kind)} if world.named else {}
    plan = decided(repo, entries, live, at)
    lines, telling = recorded(plan, entries), at + timedelta(hours=step.queued)
    told_at = telling + timedelta(minutes=step.minutes)
    notices: Sequence[Notice] = ()
    if not (plan.ready and step.answers.startswith("cut")):
        notices, more = _published(repo, plan, [*entries, *lines], telling, step)
        lines += more
    return Run(at, world, by_key(plan).get(one.key), told_at, notices, lines)


def _published(
    repo: Repository, plan: Plan, entries: Sequence[Entry], telling: datetime, step: Step
) -> tuple[Sequence[Notice], list[Entry]]:
    outcomes = [_outcome(each, step.answers) for each in plan.ready]
    ledger = ledger_of(*chained(*entries))
    run = finished_run(repo, plan, outcomes, ledger, telling)
    notices = [] if step.deaf else [one for one in task_issues(run, RepositoryUrl()) if one.open]
    places = {key: f"{one.repository}#1" for one in notices for key in one.about}
    delivery = Delivery(places, at=telling + timedelta(minutes=step.minutes))
    found = after_run(plan, outcomes, ledger.histories, run.tellings, run.lapses, delivery)
    return notices, [*found, *reminded(plan, run.reminders, delivery)]


def _after(run: Run, step: Step, kind: KindName) -> World:
    """What AWS makes of the calls. What a person allows is for one run."""
    decision, world = run.decision, replace(run.world, allow=False, waive=False, unsure=False)
    if decision is None or decision.verdict is not Verdict.READY or step.answers not in DONE:
        return world
    if decision.action != "kill":
        return replace(world, state="done")
    return replace(world, state="gone", unsure=kind == "lambda:function" and step.answers != "taken")


def _outcome(one: Decision, answers: str) -> Outcome:
    if answers == "taken":
        return Outcome(task=one.task, target=one.target, sent=len(one.calls))
    trouble = Trouble.DENIED if answers == "refused" else Trouble.UNKNOWN
    return Outcome(task=one.task, target=one.target, sent=0, problem=Problem(trouble, answers))
