"""A run that is killed after any of its writes to GitHub: the next finishes it, and says and opens nothing twice."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from reconciler.model.plan import Decision
from tests.aws import WEB, Here
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, task
from tests.fake_tracker import Cut
from tests.github.fake import FakeGithub
from tests.github.telling import Telling, over, waits

DAYS: tuple[tuple[Decision, ...], ...] = (
    (waits(1), waits(2, team="data")),
    (waits(1), waits(3), waits(2, team="data")),
    (over(1), over(3), over(2, team="data")),
    (waits(1, why="again"), over(3), over(2, team="data")),
)


def stands(telling: Telling) -> list[object]:
    """All that people see of all issues."""
    found: list[object] = []
    for name in ("acme/website", "acme/cloud"):
        for one in telling.hub.issues(name):
            said = [re.sub("said=[0-9a-f,]+", "", comment.body) for comment in one.comments]
            found.append((one.number, one.title, one.body, sorted(one.labels), one.state, said))
    return found


def live(telling: Telling, cut_after: int) -> bool:
    """Day after day, each run again if it was killed; whether one was."""
    telling.hub.cut_after, was_cut = cut_after, False
    for decisions in DAYS:
        try:
            telling.run(*decisions)
        except Cut:
            was_cut = True
            telling.run(*decisions)
    telling.hub.cut_after = 0
    return was_cut


@pytest.mark.promise(11)
@pytest.mark.usefixtures("cuts")
@pytest.mark.parametrize("makes_labels", [True, pytest.param(False, marks=pytest.mark.proof)])
def test_killed_after_any_write_all_stands_as_if_it_had_not_been(telling: Telling, makes_labels: bool) -> None:
    for name in ("acme/website", "acme/cloud"):
        telling.hub.add(name, makes_labels=makes_labels)
    assert not live(telling, 0)
    should, writes = stands(telling), telling.writes()
    assert len(writes) > 8
    for k in itertools.count(1):
        for name in ("acme/website", "acme/cloud"):
            telling.hub.add(name, makes_labels=makes_labels)
        telling.entries = ()
        if not live(telling, k):
            break
        assert stands(telling) == should, k
        telling.lines()
        telling.run(*DAYS[-1])
        assert telling.writes() == [], k
    assert k == len(writes) + 1


def two_tasks(endpoint: str) -> dict[str, str]:
    """Two files, each about an instance of its own."""
    return {f"tasks/{one[-6:]}.yaml": task("disable", one) for one in instances(Here(endpoint, WEB), 2)}


@pytest.fixture
def cloud(desk: Desk, telling: Telling) -> Desk:
    """A desk whose issues are on GitHub: those of team `web` in acme/website."""
    assert telling
    config = CONFIG.replace("web: {}", "web: {issues: acme/website}")
    config = re.sub("issues: {tracker: files.*", "issues: {tracker: github}", config)
    desk = replace(desk, pushes=True)
    desk.write({"krampus.yaml": f"{config}report: {{signers: protected-branch}}\n"})
    return desk


@pytest.mark.promise(9, 11)
@pytest.mark.usefixtures("cuts")
@pytest.mark.parametrize("k", [1, 2, 3], ids=["label", "first issue", "last issue"])
def test_a_whole_run_killed_on_the_way_is_finished_by_the_next_and_then_all_is_quiet(
    cloud: Desk, hub: FakeGithub, endpoint: str, k: int
) -> None:
    cloud.write(two_tasks(endpoint))
    hub.cut_after = k
    with pytest.raises(Cut):
        cloud.reconcile(0 * HOUR)
    cloud.reconcile(1 * HOUR)
    keys = {issue.body.splitlines()[0] for issue in hub.issues("acme/website")}
    assert len(keys) == len(hub.issues("acme/website")) == len(cloud.events()) == 2
    head = cloud.head()
    hub.seen()
    cloud.reconcile(2 * HOUR)
    lists = ["GET /repos/acme/cloud/issues", "GET /repos/acme/website/issues", "POST /graphql"]
    assert (sorted(request.line for request in hub.seen()), cloud.head()) == (lists, head)


@pytest.mark.promise(2, 7, 9)
def test_told_on_github_then_acted_then_settled_then_quiet(cloud: Desk, hub: FakeGithub, endpoint: str) -> None:
    (target,) = instances(Here(endpoint, WEB))
    cloud.write({"tasks/idle.yaml": task("disable", target)})
    cloud.reconcile(0 * HOUR)
    (issue,) = hub.issues("acme/website")
    assert cloud.ledger()[0]["place"] == f"{hub.url}/acme/website/issues/{issue.number}"
    cloud.reconcile(DAY + HOUR)
    assert len(issue.comments) == 1
    cloud.reconcile(DAY + 2 * HOUR)
    assert issue.state == "closed"
    hub.seen()
    head = cloud.head()
    cloud.reconcile(DAY + 3 * HOUR)
    assert all(request.verb == "GET" for request in hub.seen())
    assert cloud.head() == head


@pytest.mark.promise(2)
def test_what_is_deferred_is_said_and_starts_no_notice(cloud: Desk, hub: FakeGithub, endpoint: str) -> None:
    text = (cloud.root / "krampus.yaml").read_text(encoding="utf-8")
    cloud.write({"krampus.yaml": text.replace("tracker: github", "tracker: github, writes: 2")})
    cloud.write(two_tasks(endpoint))
    result = cloud.reconcile(0 * HOUR, expect=3)
    assert "deferred to a later run: A finding: this run has made all the changes" in result.output
    assert "1 of their issues are left to a later run" in cloud.reported("README.md")
    assert len(cloud.events()) == len(hub.issues("acme/website")) == 1
    cloud.reconcile(2 * HOUR)
    assert "left to a later run" not in cloud.reported("README.md")
    assert len(cloud.events()) == len(hub.issues("acme/website")) == 2


@pytest.mark.promise(1)
def test_without_a_token_nothing_is_looked_at(cloud: Desk, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    result = cloud.reconcile(0 * HOUR, expect=1)
    assert "GITHUB_TOKEN" in result.output
    assert hub.requests == []
