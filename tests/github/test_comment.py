"""The one comment on a pull request: written once, edited in place, ours alone, and never too long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reconciler.cli.app import app
from reconciler.model.plan import Decision, Plan
from tests.build import NOW, arn, call, decision, plan
from tests.github.fake import FakeGithub
from tests.github.state import Comment, Issue
from tests.github.wire import Fault

MARKER = "<!-- krampus:plan -->"
ME = "github-actions[bot]"
DUE = NOW + timedelta(days=7)


@pytest.fixture
def pull(hub: FakeGithub) -> Issue:
    return hub.open_pull("acme/cloud", 7)


def waits(number: int = 1, **over: Any) -> Decision:
    return decision(number, **{"verdict": "scheduled", "why": "web has not been notified yet", "due": DUE, **over})


def compared(after: list[Decision], before: list[Decision]) -> Plan:
    return plan(*after).model_copy(update={"before": plan(*before).decisions})


def say(folder: Path, made: Plan | None, *more: str) -> Result:
    if made:
        (folder / "plan.json").write_text(made.model_dump_json())
    arguments = ["comment", "--plan", str(folder), "--pr", "7", "--root", str(folder), *more]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def ours(pull: Issue) -> list[Comment]:
    return [one for one in pull.comments if one.login == ME]


def test_it_is_written_once_and_then_edited_in_place(pull: Issue, tmp_path: Path) -> None:
    assert say(tmp_path, compared([waits()], [])).exit_code == 0
    assert say(tmp_path, compared([waits(), waits(2)], [])).exit_code == 0

    (comment,) = ours(pull)
    assert comment.body.startswith(f"{MARKER}\n### What this pull request changes\n")
    assert arn(2) in comment.body
    assert "From 8 December 2026, 09:00 UTC Krampus will stop the instance" in comment.body
    assert '`ec2.stop_instances` `{"InstanceIds": ["i-00000000000000001"]}`' in comment.body


@pytest.mark.usefixtures("pull")
def test_the_same_plan_writes_nothing(hub: FakeGithub, tmp_path: Path) -> None:
    say(tmp_path, compared([waits()], []))
    hub.seen()

    assert "kept" in say(tmp_path, compared([waits()], [])).output

    comments = "/repos/acme/cloud/issues/7/comments"
    assert [one.line for one in hub.seen()] == [f"GET {comments}", "POST /graphql"]


def test_without_changes_none_is_written_but_one_that_stands_is_edited(pull: Issue, tmp_path: Path) -> None:
    same = compared([waits()], [waits()])
    assert "none" in say(tmp_path, same).output
    assert ours(pull) == []

    say(tmp_path, compared([waits()], []))
    say(tmp_path, same)

    (comment,) = ours(pull)
    assert "This pull request changes nothing that Krampus does" in comment.body


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_a_plan_that_failed_does_not_leave_the_old_one_standing(pull: Issue, tmp_path: Path, text: str | None) -> None:
    say(tmp_path, compared([waits()], []))
    (tmp_path / "plan.json").unlink()
    if text is not None:
        (tmp_path / "plan.json").write_text(text)

    say(tmp_path, None, "--outcome", "failure")

    (comment,) = ours(pull)
    assert "The plan could not be made" in comment.body
    assert arn() not in comment.body


def test_a_plan_that_was_cancelled_only_takes_the_old_one_away(pull: Issue, tmp_path: Path) -> None:
    say(tmp_path, None, "--outcome", "cancelled")
    assert ours(pull) == []
    say(tmp_path, compared([waits()], []))
    say(tmp_path, None, "--outcome", "cancelled")

    assert "The plan was not finished" in ours(pull)[0].body


def test_a_check_that_failed_over_its_own_plan_says_so_beside_it(pull: Issue, tmp_path: Path) -> None:
    blind = decision(2, verdict="unseen", why="AccessDenied: no", calls=())

    say(tmp_path, compared([waits(), blind], []), "--outcome", "failure")

    (comment,) = ours(pull)
    assert "> - The check that made this plan failed" in comment.body
    assert "> - 1 target could not be seen" in comment.body
    assert arn() in comment.body


@pytest.mark.parametrize(
    ("login", "body"),
    [("ada", f"{MARKER}\nmine"), (ME, f"> {MARKER}\nquoted"), (ME, f" {MARKER}"), (ME, "hello")],
)
def test_what_others_wrote_is_left_alone(hub: FakeGithub, pull: Issue, tmp_path: Path, login: str, body: str) -> None:
    hub.comment(pull, login, body)

    say(tmp_path, compared([waits()], []))

    assert pull.comments[0].body == body
    assert len(pull.comments) == 2


def test_a_person_with_a_token_of_their_own_finds_their_own_comment(
    hub: FakeGithub, pull: Issue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", hub.token("ada", {"acme/cloud": {"pull_requests": "write", "issues": "write"}}))
    hub.comment(pull, ME, f"{MARKER}\nof a bot")

    say(tmp_path, compared([waits()], []))
    say(tmp_path, compared([waits(2)], []))

    assert [one.login for one in pull.comments] == [ME, "ada"]


def test_it_is_found_on_the_second_page(hub: FakeGithub, pull: Issue, tmp_path: Path) -> None:
    for number in range(120):
        hub.comment(pull, "ada", f"{number}")
    say(tmp_path, compared([waits()], []))
    say(tmp_path, compared([waits(2)], []))

    assert len(pull.comments) == 121


def test_a_plan_of_thousands_fits_and_says_what_is_missing(pull: Issue, tmp_path: Path) -> None:
    many = [waits(number, why=f"*[`{'x' * 250}`]*") for number in range(1, 3001)]

    assert say(tmp_path, compared(many, [])).exit_code == 0

    (comment,) = ours(pull)
    assert len(comment.body) <= 60_000
    shown = comment.body.count("**disable** by task")
    assert shown >= 20
    assert f"… and {3000 - shown} more than fit here" in comment.body
    assert "> - This is a large change: 3000 targets." in comment.body
    assert comment.body.rstrip().endswith("</sub>")


def test_what_is_dangerous_comes_first(pull: Issue, tmp_path: Path) -> None:
    final = waits(1, action="kill", calls=[call("terminate_instances", undo=False)])
    freed = waits(2)
    protected = decision(2, verdict="exempt", why="until 2026-12-31: x (web)", calls=())
    over = decision(3, verdict="held", reason="over_limit", limit="per_run")
    gone = waits(5)

    say(tmp_path, compared([final, freed, over, decision(4)], [protected, gone]))

    (comment,) = ours(pull)
    heading = comment.body.split("####", 1)[0]
    for warning in (
        "What is done to 1 target cannot be undone.",
        "1 target is due: the next run acts.",
        "1 target is over a limit, so all of them are held.",
        "1 target is no longer exempt.",
    ):
        assert f"> - {warning}" in heading
    assert "**no longer exempt:**" in comment.body
    assert "**removed:**" in comment.body
    assert "`ec2.terminate_instances`" in comment.body
    assert ", **which cannot be undone**" in comment.body


def test_a_plan_that_was_compared_with_nothing_is_shown_whole(pull: Issue, tmp_path: Path) -> None:
    say(tmp_path, plan(waits()))
    assert "### The plan\n" in ours(pull)[0].body

    say(tmp_path, plan())
    assert "Krampus has nothing to do" in ours(pull)[0].body


@pytest.mark.usefixtures("pull")
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [("GITHUB_REPOSITORY", "../x", "owner/name"), ("GITHUB_TOKEN", "", "no token"), ("GITHUB_TOKEN", "x", "renew it")],
)
def test_a_door_that_is_closed_is_exit_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)

    result = say(tmp_path, compared([waits()], []))

    assert result.exit_code == 1
    assert says in result.stderr


def test_a_write_whose_answer_was_lost_is_sent_once_and_found_later(
    hub: FakeGithub, pull: Issue, tmp_path: Path
) -> None:
    hub.faults.append(Fault("POST .*/comments", status=502, after=True))

    assert say(tmp_path, compared([waits()], [])).exit_code == 1
    assert say(tmp_path, compared([waits(2)], [])).exit_code == 0

    assert len(ours(pull)) == 1
