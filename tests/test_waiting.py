"""An undo waits for the run that is at work, with a bound, and says for whom."""

from __future__ import annotations

from datetime import timedelta

from reconciler.ledger.lease import none_at_work
from reconciler.ledger.waiting import LONGEST, wait_for_others
from reconciler.model.branch_snapshot import BranchSnapshot
from tests.build import NOW

AT_WORK = b'{"run": "0123abcd", "at": "%s"}' % f"{NOW:%Y-%m-%dT%H:%M:%SZ}".encode()
SECOND = timedelta(seconds=1)


class World:
    """A branch on which a run is at work until so many seconds have gone by, and a clock that goes with the waiting."""

    def __init__(self, ends: float) -> None:
        self.ends, self.waited, self.said = ends, 0.0, list[str]()

    def wait(self, seconds: float) -> None:
        self.waited += seconds

    def fetch(self) -> BranchSnapshot:
        files = {"run.json": AT_WORK} if self.waited < self.ends else none_at_work()
        return BranchSnapshot("c", files)

    def run(self, own: str = "", dead: bool = False) -> float:
        clock = lambda: NOW + self.waited * SECOND  # noqa: E731  one line says it
        wait_for_others(self.fetch, clock, lambda _process: dead, self.wait, self.said.append, own)
        return self.waited


def test_it_goes_on_once_the_other_has_ended_and_says_for_whom_it_waits_once() -> None:
    world = World(100)
    assert 100 <= world.run() < 120
    (said,) = world.said
    assert said == "the run 0123abcd is at work; waiting until it ends, for 15 minutes at most"


def test_nobody_at_work_and_its_own_run_are_not_waited_for() -> None:
    assert World(0).run() == 0
    assert World(100).run(own="0123abcd") == 0


def test_it_does_not_wait_for_ever() -> None:
    assert LONGEST.total_seconds() <= World(1e9).run() < LONGEST.total_seconds() + 15
