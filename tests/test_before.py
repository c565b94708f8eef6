"""What a pull request changes: its plan beside that of the files before it, from one look at AWS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.decide.plan_diff import Change, changes
from reconciler.model.plan import Plan
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.render.templates import Renderer
from tests.aws import DATA, WEB, Here
from tests.build import decision
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, task


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


def test_what_a_pull_request_exempts_and_no_task_names_is_said_with_the_nearest_targets(
    desk: Desk, web: Here, tmp_path: Path
) -> None:
    first, second = instances(web, 2)
    old = {"exemptions/old.yaml": exempting(second.replace("eu-west-1", "us-east-1"))}
    desk.write({"krampus.yaml": CONFIG, "tasks/idle.yaml": task("disable", first), **old})
    typo = first.replace("eu-west-1", "us-east-1")
    desk.write({"exemptions/new.yaml": exempting(typo, first, f"arn:aws:ec2:*:{DATA}:volume/*")})
    made, _ = planned(desk, tmp_path)
    said = "exemptions/new.yaml protects nothing today: {} covers no target of a task{}".format
    near = f"; the nearest targets are {first}"
    assert [one.says for one in made.unmatched] == [said(typo, near), said(f"arn:aws:ec2:*:{DATA}:volume/*", "")]
    text = plan_comment(page(made, "success"), "", Renderer(desk.root))
    assert "protects nothing today" in text
    assert text.count("protects nothing today") == 2
    checked = desk.krampus("validate", after=0 * HOUR)
    assert checked.exit_code == 0
    assert checked.stderr.count("protects nothing today") == 3
    assert "exemptions/old.yaml protects nothing today" in checked.stderr


def exempting(*arns: str) -> str:
    return json.dumps(
        {"reason": "Needed", "owner": "web", "expires": f"{START + 30 * DAY:%Y-%m-%d}", "resources": arns}
    )
