"""With KRAMPUS_SHARDS several jobs look side by side; a job that is lost leaves its accounts unseen, and no others."""

from __future__ import annotations

import pytest

from tests.aws import DATA, WEB, Here
from tests.desk import DAY
from tests.workflows.test_runs import due, logs, results, scheduled
from tests.workflows.world import World

JOBS = ("look 1/2", "look 2/2", "plan", "record", "apply 1/2", "apply 2/2", "publish")


@pytest.mark.promise(1, 3)
def test_the_jobs_of_a_matrix_look_and_one_decides(world: World) -> None:
    due(world, (Here(world.aws, WEB), Here(world.aws, DATA)))
    world.variables["KRAMPUS_SHARDS"] = '["1/2", "2/2"]'

    jobs = scheduled(world, DAY)

    assert results(jobs) == dict.fromkeys(JOBS, "success"), logs(jobs)
    assert all("looked at 1, 0 of them" in jobs[f"look {number}/2"].log for number in (1, 2))
    assert sorted(event for event, _ in world.desk.events()) == sorted(["noticed", "intended", "applied"] * 2)


@pytest.mark.promise(7)
def test_a_job_that_is_lost_has_seen_nothing(world: World) -> None:
    due(world, (Here(world.aws, WEB), Here(world.aws, DATA)))
    world.variables["KRAMPUS_SHARDS"] = '["1/2", "2/2"]'

    jobs = scheduled(world, DAY, {"look 2/2": "before"})

    assert jobs["plan"].result == "success", logs(jobs)
    assert jobs["publish"].result == "failure"  # exit 3: something is unseen
    assert "shard 2/2 handed over nothing" in jobs["plan"].log
    assert sorted(one["verdict"] for one in world.desk.report().values()) == ["ready", "unseen"]
    assert [event for event, _ in world.desk.events()].count("applied") == 1


def test_all_lost_is_a_failure(world: World) -> None:
    due(world, (Here(world.aws, WEB), Here(world.aws, DATA)))
    world.variables["KRAMPUS_SHARDS"] = '["1/2", "2/2"]'

    jobs = scheduled(world, DAY, {"look 1/2": "before", "look 2/2": "before"})

    assert [jobs[name].result for name in ("plan", "record", "apply")] == ["failure", "skipped", "skipped"]
