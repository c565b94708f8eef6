"""The report branch is deleted between two runs of the schedule: no job begins another, and the operators are told."""

from __future__ import annotations

from tests.aws import DATA, WEB, Here
from tests.desk import DAY
from tests.promises_kept.test_absent_ledger import deleted
from tests.workflows.test_runs import due, logs, results, scheduled
from tests.workflows.world import World


def test_the_schedule_does_not_begin_anew(world: World) -> None:
    due(world, (Here(world.aws, WEB), Here(world.aws, DATA)))
    (told,) = world.hub.listed(world.name).issues
    deleted(world.desk)  # and the token of `plan` may not read issues

    jobs = scheduled(world, DAY)

    assert results(jobs) == {"plan": "success", "record": "skipped", "apply": "skipped", "publish": "failure"}, logs(
        jobs
    )
    assert "lines of the ledger are missing" in jobs["publish"].log
    assert world.desk.tip() == ""
    operators = world.hub.listed(world.name).issues[-1]
    assert (operators.number > told.number, "## Lines of the ledger are missing" in operators.body) == (True, True)
    assert told.comments == []
