"""A run makes only so many changes; what is left is said, starts no notice, and is done once by later runs."""

from __future__ import annotations

import pytest

from reconciler.model.plan import Decision
from tests.build import NOW, TASK, arn
from tests.github.fake import FakeGithub
from tests.github.telling import Telling, over, waits

TEAMS, TASKS = 40, 300


@pytest.mark.promise(2)
def test_300_tasks_over_40_teams_are_told_by_several_runs_and_none_twice(telling: Telling, hub: FakeGithub) -> None:
    telling.settings["writes"] = 200
    names = [f"team-{number:02}" for number in range(TEAMS)]
    grants = next(one.grants for one in hub.accounts.values() if one.login == "krampus[bot]")
    for name in names:
        hub.add(f"acme/{name}")
        grants[f"acme/{name}"] = {"issues": "write"}
    telling.teams |= {name: {"issues": f"acme/{name}"} for name in names}
    decisions = [waits(n, task=f"task-{n:03}", team=names[n % TEAMS]) for n in range(1, TASKS + 1)]
    wrote: list[int] = []
    delivered: list[int] = []
    while len(wrote) < 10:
        told = telling.run(*decisions)
        asked = telling.lines()
        wrote.append(sum(not line.startswith("GET ") for line in asked))
        assert all(asked.count(line) == 1 for line in asked if line.endswith("/labels") and line.startswith("GET "))
        delivered.append(len(told.delivered))
        assert len(told.deferred) == TASKS - len(told.delivered)
        assert len(telling.entries) == len(told.delivered)  # what is deferred starts no notice
        if not told.deferred:
            break
    labels, operators = TEAMS + 1, 2  # theirs is opened since more is missing than a run writes, and closed
    assert wrote == [200, TASKS + labels + operators - 200]
    assert (len(delivered), delivered[-1]) == (2, TASKS)
    assert delivered[0] >= 200 - labels - operators
    keys = [issue.body.splitlines()[0] for name in names for issue in hub.issues(f"acme/{name}")]
    assert len(keys) == len(set(keys)) == TASKS
    telling.run(*decisions)
    assert sorted(telling.lines()) == sorted(f"GET /repos/acme/{name}/issues" for name in (*names, "cloud", "website"))


def test_what_cannot_wait_goes_first(telling: Telling) -> None:
    telling.settings["writes"] = 100
    telling.run(waits(1, task="withdrawn"), waits(2, task="moved"))
    telling.lines()
    telling.settings["writes"] = 4  # one of them a comment, since a date moves
    later, sooner = NOW.replace(day=20), NOW.replace(day=10)
    told = telling.run(
        waits(3, task="late", due=later),
        waits(4, task="soon", due=sooner),
        waits(2, task="moved", why="otherwise", due=NOW.replace(day=9)),
        waits(5, task="latest", due=later.replace(day=25)),
    )
    assert told.delivered.keys() == {("moved", arn(2)), ("soon", arn(4)), ("late", arn(3))}
    assert [said.partition(":")[0] for said in told.deferred] == ["Idle instance", "[krampus] Idle instance"]
    assert all("issues.writes" in said for said in told.deferred)


def test_a_comment_without_its_edit_is_not_said_again(telling: Telling) -> None:
    telling.run(waits(1))
    telling.settings["writes"] = 1
    assert telling.run(waits(1), waits(2)).delivered == {}
    assert telling.run(waits(1), waits(2)).delivered.keys() == {(TASK, arn(1)), (TASK, arn(2))}
    assert len(telling.the().comments) == 1


@pytest.mark.parametrize("decision", [waits(), over()])
def test_none_at_all_writes_nothing_and_reads_nothing_for_it(telling: Telling, decision: Decision) -> None:
    telling.run(waits(2))
    telling.settings["writes"] = 0
    telling.lines()
    told = telling.run(decision)
    assert telling.writes() == []
    assert len(told.deferred) == 1
