"""The forecast knows the rules that will decide: what a limit, a freeze or the pause will hold is said beforehand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.model.forecast import in_words, moment_in_words
from tests.aws import Here
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, state, task
from tests.github.conftest import hub as hub  # noqa: PLC0414  a fixture
from tests.github.fake import FakeGithub

THEN = START.replace(hour=0) + 5 * DAY  # when all of it is due
AT_THEN = THEN - START
REMEDY = "Raise the limit, spread them with `after`, or split the task."


def on(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def due_then(*targets: str | dict[str, str], action: str = "disable", **keys: object) -> str:
    return task(action, *targets, **{"after": on(THEN), **keys})


def foretold(account: str = "website-prod") -> str:
    """The very sentence of the table's row."""
    return (
        f"30 will be due together on {in_words(THEN.date())} in {account}; guardrails.per_account.disable allows 20 a "
        "day: all of them will be held, and with them 3 of open-ssh"
    )


def plain(text: str) -> str:
    """Markdown as it reads."""
    return text.replace("\\", "")


def comment_of(desk: Desk, hub: FakeGithub, after: timedelta = 0 * HOUR) -> str:
    """What the checks of a pull request write on it, of the last commit."""
    pull, file = hub.open_pull("acme/cloud", 7), str(desk.root.parent / "plan.json")
    assert desk.krampus("plan", "--out", file, "--base", "HEAD^1", after=after).exit_code == 0
    said = ["comment", "--plan", file, "--pr", "7", "--root", str(desk.root)]
    result = CliRunner().invoke(app, said, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    (comment,) = pull.comments
    return plain(comment.body)


@pytest.fixture
def crowded(desk: Desk, web: Here) -> list[str]:
    """3 targets of one task whose team has been told, and 30 of another that the last commit adds, due on one day."""
    targets = instances(web, 33)
    desk.write({"tasks/open-ssh.yaml": due_then(*targets[:3])})
    desk.reconcile(0 * HOUR)
    desk.write({"tasks/public.yaml": due_then(*targets[3:])})
    return targets


@pytest.mark.promise(8)
def test_plan_and_pull_request_say_before_the_merge_that_a_limit_will_hold_all_of_a_day(
    desk: Desk, crowded: list[str], hub: FakeGithub
) -> None:
    comment = comment_of(desk, hub)
    shown = desk.krampus("plan", after=0 * HOUR)

    assert f"> - **{foretold()}**. {REMEDY}" in comment
    assert comment.count("**but a limit will hold it then**") == 33  # of the three others too: they are held with them
    line = f"{in_words(THEN.date())}: disable 33 in website-prod (30 of public and 3 of open-ssh): {foretold()}"
    assert f"Coming days\n  {line}\n  {REMEDY}" in shown.stdout
    assert shown.exit_code == 0
    made = json.loads((desk.root.parent / "plan.json").read_text())
    assert {one["held_then"] for one in made["decisions"]} == {"over_limit"}
    assert {one["held_then"] for one in made["before"]} == {None}
    (row,) = made["forecast"]
    assert (row["due"], row["tasks"], row["held"]) == (33, {"open-ssh": 3, "public": 30}, "over_limit")
    assert crowded


@pytest.mark.promise(8)
def test_issues_and_report_promise_no_date_that_is_ruled_out_and_the_day_comes_as_foretold(
    desk: Desk, web: Here, crowded: list[str]
) -> None:
    desk.reconcile(1 * HOUR)
    desk.reconcile(2 * HOUR)
    first, second, report = plain(desk.issue(1)), plain(desk.issue(2)), plain(desk.reported("README.md"))
    head = desk.head()
    desk.reconcile(3 * HOUR)
    quiet = desk.head()

    for issue, count in ((first, 3), (second, 30)):
        assert f"that is due on {moment_in_words(THEN)}, but {foretold()}.** Nothing is done until a person" in issue
        assert issue.count(f"on {moment_in_words(THEN)}; a limit will hold it then") == count
        assert "Krampus will" not in issue
    assert "## Coming days" in report
    tasks = "30 of public and 3 of open-ssh"
    assert f"| {in_words(THEN.date())} | disable | `website-prod` | 33 | {tasks} | **held:** {foretold()} |" in report
    assert REMEDY in report
    assert {one["held_then"] for one in desk.report().values()} == {"over_limit"}
    assert quiet == head, "nothing changed, so nothing is written"

    desk.reconcile(AT_THEN + HOUR, expect=3)
    assert {one["reason"] for one in desk.report().values()} == {"over_limit"}
    assert {state(web, target) for target in crowded} == {"running"}


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(8)
@pytest.mark.parametrize("way", ["after", "limit", "split"])
def test_what_a_reviewer_is_told_to_do_makes_it_vanish(
    desk: Desk, web: Here, crowded: list[str], way: str, hub: FakeGithub
) -> None:
    later = on(THEN + DAY)
    late = [{"resource": target, "after": later} for target in crowded[18:]]
    ways = {
        "after": {"tasks/public.yaml": due_then(*crowded[3:18], *late)},
        "limit": {"krampus.yaml": CONFIG + "guardrails: {per_account: {disable: 33}}\n"},
        "split": {
            "tasks/public.yaml": due_then(*crowded[3:18]),
            "tasks/public-2.yaml": due_then(*crowded[18:], after=later),
        },
    }
    desk.write(ways[way])

    comment, shown = comment_of(desk, hub), desk.krampus("plan", after=0 * HOUR).stdout

    assert "will be held" not in comment + shown
    assert "a limit will hold it" not in comment
    assert ": disable " in shown and shown.count(": will be done") == (1 if way == "limit" else 2)
    if way == "after":
        for after in (1 * HOUR, AT_THEN + HOUR, AT_THEN + DAY + HOUR):
            desk.reconcile(after)
        assert {state(web, target) for target in crowded} == {"stopped"}


FREEZE = f"guardrails: {{freeze: [{{from: {THEN:%Y-%m-%d}, to: {THEN + 2 * DAY:%Y-%m-%d}}}]}}\n"
WEEKLY = f'guardrails: {{weekly_freeze: [{{from: "{THEN - DAY:%a} 16:00", to: "{THEN + DAY:%a} 08:30", zone: UTC}}]}}\n'


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(8)
@pytest.mark.parametrize(
    ("rails", "ends"),
    [(FREEZE, THEN + 3 * DAY), (WEEKLY, THEN + DAY + 8.5 * HOUR)],
    ids=["freeze", "weekly freeze"],
)
def test_a_freeze_is_said_beforehand_with_its_end_and_what_it_lets_go_together(
    desk: Desk, web: Here, rails: str, ends: datetime, hub: FakeGithub
) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": CONFIG + rails, "tasks/open-ssh.yaml": due_then(target)})

    comment, shown = comment_of(desk, hub), desk.krampus("plan", after=0 * HOUR).stdout
    desk.reconcile(0 * HOUR)
    issue = plain(desk.issue())

    when = f"{moment_in_words(ends)}, when a freeze ends"
    assert f"From {when}, Krampus will stop the instance" in comment
    assert f"**On {moment_in_words(ends)}, or soon after, Krampus will" in issue
    assert f"| on {when} |" in issue
    held = f"a freeze will hold them then, until {moment_in_words(ends)}"
    line = "disable 1 in website-prod (1 of open-ssh)"
    assert f"{in_words(THEN.date())}: {line}: {held}\n  {in_words(ends.date())}: {line}: will be done" in shown

    desk.reconcile(ends - START - HOUR / 2)
    assert state(web, target) == "running"
    desk.reconcile(ends - START)
    assert state(web, target) == "stopped"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(8)
def test_what_a_freeze_gathers_for_one_day_meets_the_limit_of_that_day(desk: Desk, web: Here, hub: FakeGithub) -> None:
    rails = FREEZE.replace("{freeze", "{per_account: {disable: 2}, freeze")
    targets = instances(web, 3)
    days = [{"resource": one, "after": on(THEN + number * DAY)} for number, one in enumerate(targets)]
    desk.write({"krampus.yaml": CONFIG + rails, "tasks/open-ssh.yaml": due_then(*days)})

    comment = comment_of(desk, hub)

    day = in_words((THEN + 3 * DAY).date())
    limit = f"3 will be due together on {day} in website-prod; guardrails.per_account.disable allows 2 a day"
    assert f"> - **{limit}: all of them will be held**. {REMEDY}" in comment
    assert comment.count("when a freeze ends, **but a limit will hold it then**") == 3
    desk.reconcile(0 * HOUR)
    desk.reconcile(AT_THEN + 3 * DAY + HOUR, expect=3)
    assert {state(web, target) for target in targets} == {"running"}


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(8)
def test_the_pause_is_said_beforehand_and_the_limit_behind_it(desk: Desk, crowded: list[str], hub: FakeGithub) -> None:
    desk.write({"krampus.yaml": CONFIG + "paused: true\n"})
    desk.reconcile(1 * HOUR)
    desk.reconcile(2 * HOUR)
    head = desk.head()
    desk.reconcile(3 * HOUR)

    issue, report = plain(desk.issue()), plain(desk.reported("README.md"))
    comment = comment_of(desk, hub, 3 * HOUR)

    says = f"Krampus is paused, and nothing is done until that ends; if that ends before, {foretold()}"
    assert f"but {says}.**" in issue
    assert "but Krampus is paused, and it waits until that ends" in issue
    assert f"| **held:** {says} |" in report
    assert f"> - **{says}**. {REMEDY}" in comment
    assert desk.head() == head
    assert crowded


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(8)
def test_what_ends_before_it_is_due_is_not_announced_as_coming(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/open-ssh.yaml": task("disable", target, until=f"{START:%Y-%m-%d}")})
    desk.reconcile(0 * HOUR)

    assert f"but the task ended on {START:%Y-%m-%d}" in plain(desk.issue())
    assert desk.report()[target]["held_then"] == "expired"


@pytest.mark.promise(8)
def test_until_plays_the_schedule_out(desk: Desk, web: Here, crowded: list[str]) -> None:
    few = instances(web, 2)
    desk.write({"tasks/few.yaml": task("kill", *few, after=on(THEN + DAY), options={"skip_backup": True})})
    late, last = f"{THEN:%Y-%m-%d}", f"{THEN + DAY:%Y-%m-%d}"

    text = desk.krampus("plan", "--until", last, after=0 * HOUR)
    short = desk.krampus("plan", "--until", late, after=0 * HOUR)
    before = desk.krampus("plan", "--until", f"{START:%Y-%m-%d}", after=0 * HOUR)
    markdown = desk.krampus("plan", "--until", last, "--format", "markdown", after=0 * HOUR)
    made = desk.krampus("plan", "--until", late, "--format", "json", after=0 * HOUR)

    held = f"  {in_words(THEN.date())}: disable 33 in website-prod (30 of public and 3 of open-ssh): {foretold()}\n"
    done = f"  {in_words((THEN + DAY).date())}: kill 2 in website-prod (2 of few): will be done\n"
    heading = f"Schedule from {in_words(START.date())} to"
    assert text.stdout == f"{heading} {in_words((THEN + DAY).date())}\n{held}{done}  {REMEDY}\n"
    assert short.stdout == f"{heading} {in_words(THEN.date())}\n{held}  {REMEDY}\n"
    assert before.stdout == f"{heading} {in_words(START.date())}\n  Nothing comes in that time.\n"
    assert f"### {heading}" in markdown.stdout
    assert (
        f"| {in_words((THEN + DAY).date())} | kill | `website-prod` | 2 | 2 of few | will be done |" in markdown.stdout
    )
    assert [row["held"] for row in json.loads(made.stdout)["forecast"]] == ["over_limit"]
    assert desk.events() and crowded


@pytest.mark.parametrize(
    ("until", "why"),
    [
        (f"{START - DAY:%Y-%m-%d}", "is in the past"),
        (f"{START + 400 * DAY:%Y-%m-%d}", "more than a year ahead"),
        ("2026-02-30", "does not exist"),
        ("tomorrow", "is not a date"),
    ],
)
def test_a_day_that_cannot_be_played_out_is_refused_with_words(desk: Desk, until: str, why: str) -> None:
    result = desk.krampus("plan", "--until", until, after=0 * HOUR)

    assert result.exit_code == 2
    assert why in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(8)
def test_a_limit_that_holds_for_more_than_a_day_reaches_the_operators_once(desk: Desk, web: Here) -> None:
    targets = instances(web, 6)
    rails = CONFIG + "guardrails: {per_account: {disable: 2}}\n"
    desk.write({"krampus.yaml": rails, "tasks/open-ssh.yaml": due_then(*targets[:3])})
    desk.reconcile(0 * HOUR)
    comments = []

    def run(after: timedelta) -> str:
        desk.reconcile(AT_THEN + after, expect=3)
        text = plain(desk.issue(2))
        comments.append(text.count("Held for more than a day"))
        return text

    assert "3 targets due to disable" in run(1 * HOUR)
    run(24 * HOUR)
    assert comments == [0, 0]
    said = run(25 * HOUR)
    assert comments[-1] == 1
    since = in_words(THEN.date())
    assert f"guardrails.per_account.disable (2) has held 3 targets in website-prod since {since}" in said
    assert f"all of them are held since {since}" in said

    # More come to them, and then the very first is mended by its team: it is the same hold, and said already.
    desk.write({"tasks/more.yaml": task("disable", *targets[3:])})
    run(26 * HOUR)
    assert "6 targets due to disable" in run(51 * HOUR)
    web.client("ec2").terminate_instances(InstanceIds=[one.rsplit("/", 1)[1] for one in targets[:3]])
    assert "3 targets due to disable" in run(52 * HOUR)
    run(90 * HOUR)
    assert set(comments[2:]) == {1}
    told = [line["target"] for line in desk.ledger() if line["event"] == "reminded"]
    assert sorted(told) == sorted(targets), "each once"
