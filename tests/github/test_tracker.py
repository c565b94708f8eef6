"""Issues on GitHub over several runs: found again, kept, healed; whatever people, GitHub and others do to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.marker import key_in, opened_in
from reconciler.model.notice import Delivery
from reconciler.model.plan import Verdict
from tests.build import NOW, TASK, arn
from tests.github.fake import FakeGithub
from tests.github.telling import Telling, over, waits
from tests.github.wire import Fault

WEB, CLOUD = "/repos/acme/website/issues", "/repos/acme/cloud/issues"


def test_one_issue_for_all_targets_of_a_task_and_team(telling: Telling, hub: FakeGithub) -> None:
    answered = telling.run(waits(1), waits(2), waits(3, team="data"), waits(4, task="another"))
    assert answered == Delivery(
        {
            ("another", arn(4)): f"{hub.url}/acme/website/issues/1",
            (TASK, arn(1)): f"{hub.url}/acme/website/issues/2",
            (TASK, arn(2)): f"{hub.url}/acme/website/issues/2",
            (TASK, arn(3)): f"{hub.url}/acme/cloud/issues/1",
        }
    )
    issue = telling.the(2)
    assert (issue.login, issue.labels) == ("krampus[bot]", ["krampus", "severity:medium"])
    assert issue.body.startswith("<!-- krampus:v1 key=")
    assert telling.the(1, "acme/cloud").login == "github-actions[bot]"


@pytest.mark.promise(9)
def test_a_run_in_which_nothing_changed_asks_for_one_list_a_repository_and_whose_each_token_is(
    telling: Telling,
) -> None:
    telling.run(waits(1), waits(2, team="data"))
    telling.hub.seen()
    telling.run(waits(1), waits(2, team="data"))
    asked = telling.hub.seen()
    assert sorted(request.line for request in asked) == [f"GET {CLOUD}", f"GET {WEB}", *["POST /graphql"] * 2]
    lists = [request.query for request in asked if request.query]
    assert {(query["labels"], query["state"]) for query in lists} == {("krampus", "open")}


@pytest.mark.promise(9)
def test_and_one_more_for_each_hundred_issues(telling: Telling) -> None:
    telling.settings["writes"] = 1000
    many = [waits(number, team="data", task=f"task-{number}") for number in range(1, 202)]
    telling.run(*many)
    telling.lines()
    telling.run(*many)
    assert sorted(telling.lines()) == [f"GET {CLOUD}"] * 3 + [f"GET {WEB}"]


@pytest.mark.promise(9)
def test_closed_when_settled_and_opened_again_when_it_is_back(telling: Telling) -> None:
    telling.run(waits())
    telling.run(over())
    assert telling.the().state == "closed"
    telling.lines()
    telling.run(over())
    assert telling.writes() == []
    telling.run(waits(why="it is due again"))
    assert telling.the().state == "open"
    assert "it is back" in telling.the().comments[0].body
    assert len(telling.hub.issues("acme/website")) == 1


@pytest.mark.promise(11)
def test_an_opening_that_was_never_recorded_is_not_announced_again_on_another_day(telling: Telling) -> None:
    telling.run(waits())
    for days in (1, 2):
        telling.entries = ()  # the run ended before it recorded anything
        telling.run(waits(due=NOW + timedelta(days=days)))
    assert telling.the().comments == []
    assert f"{NOW + timedelta(days=2):%-d %B %Y}" in telling.the().body


@pytest.mark.promise(2)
def test_another_action_than_an_opening_or_a_comment_announced_is_announced(telling: Telling) -> None:
    for action, comments in (("disable", 0), ("kill", 1), ("kill", 1)):
        telling.entries = ()  # the run ended before it recorded anything
        telling.run(waits(action=action))
        assert len(telling.the().comments) == comments


@pytest.mark.promise(11)
def test_what_came_after_an_opening_that_was_never_recorded_is_announced(telling: Telling) -> None:
    telling.run(waits())
    telling.entries = ()
    telling.run(waits(), waits(2))
    assert [arn(2) in comment.body for comment in telling.the().comments] == [True]


@pytest.mark.parametrize("ledger", [True, False])
def test_closed_by_hand_while_it_stands_it_is_opened_again(telling: Telling, ledger: bool) -> None:
    telling.run(waits())
    telling.the().state = "closed"
    if not ledger:
        telling.entries = ()
    telling.lines()
    telling.run(waits())
    assert telling.the().state == "open"
    assert telling.writes()[-1:] == [f"PATCH {WEB}/1"]
    assert len(telling.hub.issues("acme/website")) == 1


def test_one_that_was_closed_long_ago_is_found_where_the_ledger_says(telling: Telling) -> None:
    telling.run(waits())
    issue = telling.the()
    issue.state, issue.updated_at = "closed", issue.at - timedelta(days=200)
    telling.run(waits())
    assert (telling.the().state, len(telling.hub.issues("acme/website"))) == ("open", 1)


def test_one_that_is_gone_for_good_is_opened_anew(telling: Telling) -> None:
    telling.run(waits())
    telling.hub.repositories["acme/website"].issues.clear()
    telling.hub.open_issue("acme/website", "ada", "Another", "of a person")
    assert telling.run(waits()).refused == ()
    assert len(telling.hub.issues("acme/website")) == 2


def test_people_edit_the_title_and_the_text_and_add_labels(telling: Telling) -> None:
    telling.run(waits())
    issue = telling.the()
    title, body = issue.title, issue.body
    telling.hub.repositories["acme/website"].labels["Sprint 7"] = "ededed"
    issue.title, issue.body = "Mine", f"{body.splitlines()[0]}\r\nMine\r\n"
    issue.labels += ["bug", "Sprint 7"]
    issue.labels.remove("severity:medium")
    telling.hub.comment(issue, "ada", "We are on it")
    telling.lines()
    telling.run(waits())
    assert telling.writes() == [f"PATCH {WEB}/1"]
    assert (issue.title, issue.body.partition("\n")[2]) == (title, body.partition("\n")[2])
    assert key_in(issue.body) == key_in(body)
    assert opened_in(body) and not opened_in(issue.body)  # what its marker said was not Krampus' word any more
    assert sorted(issue.labels) == ["Sprint 7", "bug", "krampus", "severity:medium"]
    assert [comment.body for comment in issue.comments] == ["We are on it"]
    assert len(telling.hub.issues("acme/website")) == 1


def test_what_a_browser_does_to_line_ends_is_no_change(telling: Telling) -> None:
    telling.run(waits())
    telling.the().body = telling.the().body.replace("\n", "\r\n").rstrip()
    telling.lines()
    telling.run(waits())
    assert telling.writes() == []


def test_the_case_of_a_label_is_no_change(telling: Telling) -> None:
    telling.hub.repositories["acme/website"].labels |= {"Krampus": "ededed", "SEVERITY:Medium": "ededed"}
    telling.run(waits())
    assert telling.the().labels == ["Krampus", "SEVERITY:Medium"]
    telling.lines()
    telling.run(waits())
    assert telling.writes() == []


def test_one_that_lost_its_label_is_found_where_the_ledger_says(telling: Telling) -> None:
    telling.run(waits())
    telling.the().labels.remove("krampus")
    telling.run(waits())
    assert telling.the().labels == ["krampus", "severity:medium"]
    assert len(telling.hub.issues("acme/website")) == 1


def test_copies_are_closed_and_the_oldest_is_kept(telling: Telling) -> None:
    telling.run(waits())
    for _ in range(2):
        telling.hub.open_issue("acme/website", "krampus[bot]", "Copy", telling.the().body, "krampus")
    telling.run(waits())
    assert [issue.state for issue in telling.hub.issues("acme/website")] == ["open", "closed", "closed"]
    telling.lines()
    telling.run(waits())
    assert telling.writes() == []


def test_what_people_forge_and_pull_requests_are_nobodys_issue(telling: Telling) -> None:
    telling.run(waits())
    body = telling.the().body
    telling.hub.repositories["acme/website"].issues.clear()
    telling.entries = ()
    forged = telling.hub.open_issue("acme/website", "mallory", "Forged", body, "krampus")
    pull = telling.hub.open_pull("acme/website", 2)
    pull.login, pull.body, pull.labels = "krampus[bot]", body, ["krampus"]
    quoted = telling.hub.open_issue("acme/website", "krampus[bot]", "Quoted", f"> {body}", "krampus")
    telling.run(waits())
    assert [one.number for one in telling.hub.issues("acme/website")] == [1, 3, 4]
    telling.run(over())
    assert [one.state for one in (forged, pull, quoted, telling.the(4))] == ["open", "open", "open", "closed"]


def test_two_installations_share_a_repository_and_leave_each_others_issues_alone(telling: Telling) -> None:
    telling.run(waits())
    other = Telling(telling.hub, telling.root, {"installation": "acme/other"})
    other.run(waits())
    assert len(telling.hub.issues("acme/website", "open")) == 2
    telling.lines()
    telling.run(waits())
    other.run(waits())
    assert telling.writes() == []
    telling.run(waits(2, team="data"))  # its task is withdrawn for this team
    assert [one.state for one in telling.hub.issues("acme/website")] == ["closed", "open"]


def test_a_repository_by_two_names_is_one(telling: Telling) -> None:
    telling.teams["data"] = {"issues": "Acme/Cloud"}
    telling.run(waits(team="data"))
    telling.run(waits(team="data"))
    assert [one.state for one in telling.hub.issues("acme/cloud")] == ["open"]


def test_issues_of_a_repository_that_is_called_pull_are_no_pull_requests(telling: Telling) -> None:
    telling.hub.add("acme/pull")
    grants = next(one.grants for one in telling.hub.accounts.values() if one.login == "krampus[bot]")
    grants["acme/pull"] = {"issues": "write"}
    telling.teams["web"] = {"issues": "acme/pull"}
    telling.run(waits())
    telling.entries = ()
    telling.run(waits())
    assert len(telling.hub.issues("acme/pull")) == 1


@pytest.mark.promise(9)
def test_only_complete_sight_closes(telling: Telling) -> None:
    telling.run(waits(1), waits(2))
    telling.run(over(1), over(2, Verdict.UNSEEN))
    assert telling.the().state == "open"


def test_lists_that_lag_behind_double_nothing(telling: Telling) -> None:
    telling.hub.lag()
    telling.run(waits(1), waits(2, team="data"))
    telling.lines()
    assert len(telling.run(waits(1), waits(2, team="data")).delivered) == 2
    assert telling.writes() == []
    telling.hub.catch_up()
    telling.run(waits(1), waits(2, team="data"))
    assert [len(telling.hub.issues(name)) for name in ("acme/website", "acme/cloud")] == [1, 1]


def test_a_double_for_which_the_ledger_was_lost_too_heals(telling: Telling) -> None:
    telling.hub.lag()
    telling.run(waits())
    telling.entries = ()
    telling.run(waits())
    telling.hub.catch_up()
    telling.run(waits())
    assert [one.state for one in telling.hub.issues("acme/website")] == ["open", "closed"]


@pytest.mark.promise(11)
@pytest.mark.parametrize("status", [502, 0])
def test_an_issue_whose_answer_was_lost_is_not_delivered_and_not_doubled(telling: Telling, status: int) -> None:
    telling.hub.faults.append(Fault(f"POST {WEB}", status, after=True))
    first = telling.run(waits())
    assert (len(first.delivered), len(first.refused)) == (0, 1)
    assert len(telling.run(waits()).delivered) == 1
    assert len(telling.hub.issues("acme/website")) == 1


@pytest.mark.promise(11)
def test_a_comment_whose_answer_was_lost_is_not_doubled(telling: Telling) -> None:
    telling.run(waits(1))
    telling.hub.faults.append(Fault(f"POST {WEB}/1/comments", 502, after=True))
    assert len(telling.run(waits(1), waits(2)).delivered) == 0
    telling.run(waits(1), waits(2))
    assert len(telling.the().comments) == 1
    assert arn(2) in telling.the().body


def test_a_text_that_is_too_long_ends_on_a_row_and_stays_the_same(telling: Telling) -> None:
    (telling.root / "templates").mkdir()
    rows = "{% for row in range(9000) %}\n| row {{ row }} |\n{% endfor %}"
    (telling.root / "templates" / "issue.md.j2").write_text(f"No marker\n\n```\n{rows}\n```\n")
    telling.run(waits())
    body = telling.the().body
    assert 55_000 < len(body) <= 65_536
    assert body.startswith("<!-- krampus:v1 key=")
    assert body.splitlines()[-5:][0].endswith(" |")
    assert body.endswith("```\n\n… the rest is in the report.\n")
    telling.lines()
    telling.run(waits())
    assert telling.writes() == []
