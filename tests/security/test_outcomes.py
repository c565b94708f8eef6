"""What was done to AWS is in the ledger afterwards, whatever becomes of the tracker and of the files in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.aws import WEB, Here
from tests.depth import sample
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, state, task
from tests.fake_tracker import Cut
from tests.github import conftest as github_fixtures
from tests.github.fake import FakeGithub
from tests.github.telling import Telling
from tests.github.wire import Fault

hub, telling, cuts = github_fixtures.hub, github_fixtures.telling, github_fixtures.cuts


@pytest.fixture
def cloud(desk: Desk, telling: Telling) -> Desk:
    """A desk whose issues are on GitHub: those of team `web` in acme/website."""
    assert telling
    config = CONFIG.replace("web: {}", "web: {issues: acme/website}")
    config = re.sub("issues: {tracker: files.*", "issues: {tracker: github}", config)
    desk = replace(desk, pushes=True)
    desk.write({"krampus.yaml": f"{config}report: {{signers: protected-branch}}\n"})
    return desk


def no_token(_desk: Desk, _hub: FakeGithub, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("GITHUB_TOKEN")


def no_app(_desk: Desk, _hub: FakeGithub, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("KRAMPUS_ISSUES_TOKEN")


def a_bad_key(_desk: Desk, _hub: FakeGithub, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("KRAMPUS_ISSUES_TOKEN")
    patch.setenv("KRAMPUS_APP_ID", "1")
    patch.setenv("KRAMPUS_APP_PRIVATE_KEY", "none")


def github_answers(line: str = ".*", /, **fault: object) -> Callable[[Desk, FakeGithub, pytest.MonkeyPatch], None]:
    """GitHub answers all these requests so."""

    def act(_desk: Desk, hub: FakeGithub, _patch: pytest.MonkeyPatch) -> None:
        hub.faults.append(Fault(line, times=9999, **fault))  # type: ignore[arg-type]

    return act


def change(old: str, new: str, task: str = "") -> Callable[[Desk, FakeGithub, pytest.MonkeyPatch], None]:
    """A pull request that is merged between `apply` and `publish`. `task`: what is done to its file."""

    def act(desk: Desk, _hub: FakeGithub, _patch: pytest.MonkeyPatch) -> None:
        text = (desk.root / "krampus.yaml").read_text(encoding="utf-8")
        assert old in text
        desk.write({"krampus.yaml": text.replace(old, new)})
        if task == "removed":
            desk.remove("tasks/idle.yaml")
            desk.remove("tasks/later.yaml")

    return act


def broken_template(desk: Desk, _hub: FakeGithub, _patch: pytest.MonkeyPatch) -> None:
    desk.write({"templates/issue.md.j2": "{{ nothing.at.all }}", "templates/report.md.j2": "{{ nothing.at.all }}"})


TROUBLES: dict[str, Callable[[Desk, FakeGithub, pytest.MonkeyPatch], None]] = {
    "no token": no_token,
    "no token for the team's repository": no_app,
    "a key that is none": a_bad_key,
    "401": github_answers(status=401, message="Bad credentials"),
    "502": github_answers("(POST|PATCH) /repos/.*", status=502),  # a read would be asked again, after pauses
    "no answer": github_answers("(POST|PATCH) /repos/.*", status=0),
    "a limit": github_answers(status=429, headers={"Retry-After": "9999"}),
    "a page in its place": github_answers(status=200, raw=b"<html>"),
    "an empty object": github_answers(status=200, data={}),
    "a redirect": github_answers(status=302, headers={"Location": "http://127.0.0.1:1/x"}),
    "the account is renamed": change("website-prod", "website-live"),
    "the account is removed": change(f'  website-prod: {{id: "{WEB}", team: web, enforce: true}}\n', "", "removed"),
    "the team is renamed": change("web: {issues", "site: {issues"),
    "the task is removed": change("name: Tests", "name: Tests", "removed"),
    "a broken template": broken_template,
}


@pytest.mark.promise(3, 11)
@pytest.mark.parametrize("trouble", sample(TROUBLES, "no token", "502", "the account is renamed", "a broken template"))
def test_the_outcome_reaches_the_ledger(  # noqa: PLR0913, PLR0917  fixtures
    cloud: Desk, hub: FakeGithub, endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trouble: str
) -> None:
    target, later = instances(Here(endpoint, WEB), 2)
    cloud.write({"tasks/idle.yaml": task("disable", target)})
    if trouble == "the team is renamed":
        text = (cloud.root / "krampus.yaml").read_text(encoding="utf-8")
        cloud.write({"krampus.yaml": text.replace("team: web, enforce", "team: data, enforce")})
        cloud.write({"tasks/idle.yaml": task("disable", target, team="web")})
    cloud.reconcile(0 * HOUR)
    cloud.write({"tasks/later.yaml": task("disable", later)})  # of which the team waits for its notice
    plan, out = str(tmp_path / "plan.json"), str(tmp_path / "out.json")
    assert cloud.krampus("plan", "--out", plan, after=DAY + HOUR).exit_code == 0
    assert cloud.krampus("record", plan).exit_code == 0
    assert cloud.krampus("apply", plan, "--out", out, after=DAY + HOUR).exit_code == 0
    if trouble == "the team is renamed":
        cloud.write({"tasks/idle.yaml": task("disable", target, team="data")})
        text = (cloud.root / "krampus.yaml").read_text(encoding="utf-8")
        cloud.write({"krampus.yaml": text.replace("defaults: {grace: 1d, team: web}", "defaults: {team: data}")})
    TROUBLES[trouble](cloud, hub, monkeypatch)

    published = cloud.krampus("publish", plan, out)

    expected = 0 if trouble == "the account is renamed" else 3
    assert published.exit_code == expected, published.output
    assert [event for event, one in cloud.events() if one == target][:3] == ["noticed", "intended", "applied"]
    assert trouble != "the account is renamed" or len(hub.issues("acme/website")[0].comments) == 1
    assert state(Here(endpoint, WEB), target) == "stopped"


@pytest.mark.promise(12)
def test_a_whole_run_whose_tracker_breaks_off_writes_what_it_did(cloud: Desk, hub: FakeGithub, endpoint: str) -> None:
    (target,) = instances(Here(endpoint, WEB))
    cloud.write({"tasks/idle.yaml": task("disable", target)})
    cloud.reconcile(0 * HOUR)
    hub.faults.append(Fault(".*", 200, raw=b"<html>", times=9999))
    result = cloud.reconcile(DAY + HOUR, expect=3)
    assert "could not be notified" in result.output
    assert cloud.events()[2:] == [("applied", target)]
    hub.faults.clear()
    cloud.reconcile(DAY + 2 * HOUR)
    assert hub.issues("acme/website")[0].state == "closed"


@pytest.mark.usefixtures("cuts")
def test_a_run_that_is_interrupted_while_it_tells_writes_what_it_did(
    cloud: Desk, hub: FakeGithub, endpoint: str
) -> None:
    """As a job that is cancelled: whatever ends the telling, the push of the outcomes is still tried."""
    (target,) = instances(Here(endpoint, WEB))
    cloud.write({"tasks/idle.yaml": task("disable", target)})
    cloud.reconcile(0 * HOUR)
    hub.cut_after = 1
    with pytest.raises(Cut):
        cloud.reconcile(DAY + HOUR)
    assert cloud.events()[1:] == [("intended", target), ("applied", target)]
