"""What a pull request changes: its plan beside that of the files before it, from one look at AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.decide.plan_diff import Change, changes
from reconciler.model.plan import Plan
from tests.aws import DATA, WEB, Here
from tests.build import decision
from tests.desk import CONFIG, HOUR, Desk, instances, task


@pytest.fixture
def web(endpoint: str) -> Here:
    return Here(endpoint, account=WEB)


def planned(desk: Desk, folder: Path, base: str = "HEAD^1") -> tuple[Plan, list[Change]]:
    result = desk.krampus("plan", "--out", str(folder / "plan.json"), "--base", base, after=0 * HOUR)
    assert result.exit_code in (0, 3), result.output
    made = Plan.model_validate_json((folder / "plan.json").read_bytes())
    return made, changes(made.before or (), made.decisions)


def test_a_new_an_edited_and_a_removed_task_are_told_apart(desk: Desk, web: Here, tmp_path: Path) -> None:
    first, second, third, fourth = instances(web, 4)
    before = {
        "tasks/edited.yaml": task("disable", first),
        "tasks/same.yaml": task("disable", second),
        "tasks/gone.yaml": task("disable", third),
    }
    desk.write(before)
    (desk.root / "tasks/gone.yaml").unlink()
    desk.write({"tasks/edited.yaml": task("disable", first, severity="high"), "tasks/new.yaml": task("kill", fourth)})

    made, found = planned(desk, tmp_path)

    shown = {change.decision.task: (change.before is not None, change.after is not None) for change in found}
    assert shown == {"edited": (True, True), "new": (False, True), "gone": (True, False)}
    assert {one.task for one in made.decisions} == {"edited", "same", "new"}


def test_an_exemption_that_a_pull_request_adds_shows(desk: Desk, web: Here, tmp_path: Path) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    exemption = f"reason: Needed\nowner: web\nexpires: 2027-01-31\nresources: [{target}]\n"
    desk.write({"exemptions/idle.yaml": exemption})

    _, (change,) = planned(desk, tmp_path)

    assert change.before and change.after
    assert (change.before.verdict, change.after.verdict) == ("scheduled", "exempt")


def test_one_look_serves_both(desk: Desk, web: Here, tmp_path: Path) -> None:
    first, second = instances(web, 2)
    desk.write({"tasks/idle.yaml": task("disable", first)})
    desk.write({"tasks/idle.yaml": task("disable", first, second)})

    made, found = planned(desk, tmp_path)

    assert [change.decision.target for change in found] == [second]
    assert {one.seen for one in made.before or ()} <= {one.seen for one in made.decisions}


def test_an_account_that_is_another_now_is_not_looked_at_for_the_files_before(desk: Desk, tmp_path: Path) -> None:
    desk.write({"tasks/open.yaml": task("disable", {"resource": "arn:aws:s3:::acme", "account": "data-lab"})})
    (desk.root / "tasks/open.yaml").unlink()
    desk.write({"krampus.yaml": CONFIG.replace("data-lab", "lab").replace(DATA, WEB[::-1])})

    _, (change,) = planned(desk, tmp_path)

    assert change.before and change.after is None
    assert change.before.why == "its account is another in the files that were there before"


def test_files_that_had_faults_are_compared_with_nothing(desk: Desk, web: Here, tmp_path: Path) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": "title: nothing else\n"})
    desk.write({"tasks/idle.yaml": task("disable", target)})

    made, _ = planned(desk, tmp_path)

    assert made.before is None
    assert len(made.decisions) == 1


@pytest.mark.parametrize("base", ["nowhere", "--output=/tmp/x", "HEAD^9"])
def test_a_commit_that_is_not_there_closes_the_door(desk: Desk, base: str) -> None:
    desk.write({"tasks/idle.yaml": task("disable", "arn:aws:ec2:eu-west-1:111122223333:instance/i-00000001")})

    result = desk.krampus("plan", f"--base={base}", after=0 * HOUR)

    assert result.exit_code == 1
    assert "there is no commit" in result.stderr


def test_how_a_resource_looks_is_no_change() -> None:
    assert changes([decision(seen="a", display_name="x")], [decision(seen="b", display_name="y")]) == []
    assert changes([decision(why="a")], [decision(why="b")]) != []
