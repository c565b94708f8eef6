"""Two runs of the real stages on real git, with a clock that the test sets and moments at all they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reconciler.apply.send import WhyNot
from reconciler.connections import Connections
from reconciler.errors import DoorClosed
from reconciler.load.repository import load
from reconciler.model.call import Call
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.sighting import Problem
from reconciler.pipeline import plan as planning
from reconciler.pipeline import run as running
from tests.desk import START, Desk

MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """The time, what was sent by which run, and what happens at each moment of the first run.

    slow: how long each call takes; moments: what was seen of the first, in order; at: what to do at which of them
    """

    desk: Desk
    now: datetime = START
    slow: timedelta = timedelta()
    sent: list[tuple[str, str]] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    at: dict[int, Callable[[], None]] = field(default_factory=dict)
    offline: bool = False

    def clock(self) -> datetime:
        """The door to the time."""
        return self.now

    def moment(self, run: str, what: str) -> None:
        """One moment of a run."""
        if run == "first":
            self.moments.append(what)
            self.at.get(len(self.moments) - 1, lambda: None)()

    def connections(self, run: str) -> Watched:
        """The outside, as this run has it: each is on a machine of its own."""
        return Watched(self.desk.root, load(self.desk.root).config, run, clock=self.clock, world=self)

    def reconcile(self, run: str) -> str:
        """All in one process; why it could not, "" if it could."""
        try:
            running.reconcile(load(self.desk.root), self.connections(run), self.now, lambda _count: None)
        except DoorClosed as closed:
            return str(closed)
        return ""

    def plan(self, run: str = "first") -> Plan:
        """The job `plan`."""
        return planning.make_plan(load(self.desk.root), self.connections(run), self.now, lambda _count: None)[0]

    def record(self, plan: Plan, run: str = "first") -> None:
        """The job `record`."""
        running.record_plan(load(self.desk.root), plan, self.connections(run), self.now)

    def apply(self, plan: Plan, run: str = "first") -> list[Outcome]:
        """The job `apply`."""
        return list(running.apply_plan(load(self.desk.root), plan, (1, 1), self.connections(run), self.now))

    def publish(self, plan: Plan, outcomes: Sequence[Outcome], run: str = "first") -> None:
        """The job `publish`."""
        running.publish_plan(load(self.desk.root), plan, outcomes, self.connections(run), self.now)


@dataclass(frozen=True)
class Watched(Connections):
    """The outside of one run, of which the world sees every push and every call."""

    world: Any = None

    def process(self) -> str:
        """Of a machine of its own: nobody can know whether it has ended."""
        return f"{self.session}:1"

    def report_branch(self) -> Any:
        """The report branch, with a moment before and after each push."""
        return Pushes(super().report_branch(), self.world, self.session)

    def writer(self, narrowed: Mapping[str, Sequence[str]]) -> Any:
        """AWS, with a moment before and after each call."""
        return Calls(super().writer(narrowed), self.world, self.session)


@dataclass
class Pushes:
    """The report branch as it is, but for its pushes."""

    branch: Any
    world: World
    run: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.branch, name)

    def push(self, *arguments: Any, **named: Any) -> Any:
        """The push."""
        if self.world.offline and self.run == "first":
            raise DoorClosed("the network is down")
        self.world.moment(self.run, f"before the push: {arguments[1].split(',')[0]}")
        commit = self.branch.push(*arguments, **named)
        self.world.moment(self.run, f"after the push: {arguments[1].split(',')[0]}")
        return commit


@dataclass
class Calls:
    """AWS as it is, but that each call takes its time."""

    aws: Any
    world: World
    run: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.aws, name)

    def send(self, account: str, region: str, call: Call, why_not: WhyNot) -> Problem | None:
        """The call."""
        what = f"{call.operation} {sorted(call.arguments.values(), key=str)}"
        problem: Problem | None = self.aws.send(account, region, call, why_not)
        self.world.sent.append((self.run, what))
        self.world.now += self.world.slow
        self.world.moment(self.run, f"after {what}")
        return problem
