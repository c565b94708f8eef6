"""What ends a notice is in the ledger, and what comes afterwards is told anew, with its whole time."""

from __future__ import annotations

import pytest

from tests.aws import Here
from tests.depth import sample
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, state, task
from tests.resources.lambda_function import create, make

# What is done to krampus.yaml for a while, and why the notice that stood lapses.
MEANWHILE = {
    "watched": ("enforce: true", "enforce: false"),
    "refused": ("issues:", "guardrails: {{protected: [{target}]}}\nissues:"),
    "paused": ("issues:", "paused: true\nissues:"),
}


@pytest.mark.promise(2)
@pytest.mark.parametrize("cause", sample(MEANWHILE, "refused"))
def test_what_was_called_off_for_a_while_is_told_anew(cause: str, desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="2d")})
    desk.reconcile(0 * HOUR)
    old, new = MEANWHILE[cause]
    desk.write({"krampus.yaml": CONFIG.replace(old, new.format(target=target))})
    for days in (1, 2, 5):
        desk.reconcile(days * DAY)
    desk.write({"krampus.yaml": CONFIG})
    desk.reconcile(5 * DAY + HOUR)
    assert state(web, target) == "running"
    assert cause in [line.get("cause") for line in desk.ledger() if line["event"] == "lapsed"]
    desk.reconcile(7 * DAY)
    assert state(web, target) == "running"
    desk.reconcile(7 * DAY + HOUR)
    assert state(web, target) == "stopped"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(2)
def test_a_team_that_is_told_elsewhere_is_told_anew(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="2d")})
    desk.reconcile(0 * HOUR)
    moved = CONFIG.replace("teams: {web: {}", "teams: {web: {issues: acme/elsewhere}")
    desk.write({"krampus.yaml": moved})
    desk.reconcile(2 * DAY)
    assert state(web, target) == "running"
    assert "acme/elsewhere" in desk.issue(2) and "state: closed" in desk.issue(1)
    desk.reconcile(4 * DAY)
    assert state(web, target) == "stopped"
    causes = [line.get("cause") for line in desk.ledger() if line["event"] == "lapsed"]
    assert causes == ["moved"]


@pytest.mark.promise(2)
def test_a_function_that_is_created_again_after_a_kill_is_another_one(desk: Desk, web: Here) -> None:
    target = make(web)
    name = target.rsplit(":", 1)[1]
    client = web.client("lambda")
    desk.write({"tasks/old.yaml": task("kill", target, options={"skip_backup": True})})
    for days in (0, 1, 2):
        desk.reconcile(days * DAY)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName=name)
    web.client("iam").delete_role(RoleName=name)
    create(web, name)
    for days in (32, 33, 60):
        desk.reconcile(days * DAY)
        assert client.get_function(FunctionName=name)
    assert desk.report()[target]["verdict"] == "refused"
    assert "whether this is the same one cannot be told" in desk.report()[target]["why"]
    # Taken out of the task and named again, it is an order anew, reviewed and told.
    desk.remove("tasks/old.yaml")
    desk.reconcile(61 * DAY)
    desk.write({"tasks/old.yaml": task("kill", target, options={"skip_backup": True})})
    desk.reconcile(62 * DAY)
    assert desk.report()[target]["verdict"] == "scheduled"


@pytest.mark.promise(2)
def test_an_exemption_that_came_and_went_between_two_runs_is_seen(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="1d")})
    desk.reconcile(0 * HOUR)
    exemption = f"reason: A move\nowner: web\nexpires: {START + 2 * DAY:%Y-%m-%d}\nresources: [{target}]\n"
    desk.write({"exemptions/move.yaml": exemption})
    desk.reconcile(4 * DAY)
    assert state(web, target) == "running"
    lapsed = [line["cause"] for line in desk.ledger() if line["event"] == "lapsed"]
    assert lapsed == ["unspared"]
