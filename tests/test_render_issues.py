"""An issue and its comments, whole and byte for byte; and that hostile or endless text does not break them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from reconciler.model.ledger import Event
from reconciler.model.notice import News, NewsItem
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_text import comment, draft
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer
from tests.build import NOW, arn, call, decision, entry, ledger_of, order, plan, repository, told
from tests.golden_files import same
from tests.notices import HOME, HOSTILE, NOWHERE, OUTCOMES, everything, news, notice, waits, with_task


def test_issue_scheduled(tmp_path: Path) -> None:
    named = [
        one.model_copy(update={"display_name": "legacy-web"}) if one.target == arn(1) else one for one in everything()
    ]
    found = notice(*named, outcomes=OUTCOMES, home=HOME)
    found = with_task(found, finding="https://example.com/finding?of=1", author="Ada Lovelace")
    made = draft(found, Renderer(tmp_path))
    same("issue-scheduled.md", made.body)
    assert (made.title, made.labels, made.open) == ("[krampus] Idle instance", ("krampus", "severity:medium"), True)
    assert (made.key, made.repository) == (found.key, "acme/website")


def test_issue_settled(renderer: Renderer) -> None:
    made = draft(notice(decision(1, verdict="satisfied", why="it is not there", calls=())), renderer)
    same("issue-settled.md", made.body)
    assert made.open is False


def test_issue_that_cannot_be_taken_back(renderer: Renderer) -> None:
    final = call("terminate_instances", undo=False, InstanceIds=["i-00000000000000001"])
    kill = decision(1, action="kill", verdict="held", why="failed 3 times in a row; a person must look", calls=(final,))
    same("issue-kill.md", draft(notice(kill, action="kill"), renderer).body)


def test_an_issue_of_many_targets_shows_fifty(renderer: Renderer) -> None:
    body = draft(notice(*(waits(number) for number in range(1, 53))), renderer).body
    assert body.count("| on 8 December 2026, 09:00 UTC; a limit will hold it then |") == 50
    assert "… and 2 more; the report has them all." in body


def test_a_title_is_one_line_of_two_hundred(renderer: Renderer) -> None:
    title = draft(replace(notice(waits(1)), title="x\n" * 300), renderer).title
    assert title.startswith("[krampus] x x x")
    assert len(title) == 200


def test_hostile_text_adds_no_line_no_cell_and_no_markup(renderer: Renderer) -> None:
    plain = notice(decision(1, verdict="held", why="w"))
    hostile = notice(decision(1, verdict="held", why=HOSTILE))
    tame, wild = draft(plain, renderer).body, draft(replace(hostile, title=HOSTILE), renderer).body
    assert len(tame.splitlines()) == len(wild.splitlines())
    assert wild.replace("\\|", "").count("|") == tame.count("|")
    bare = re.sub(r"\\[^\w\s]", "", wild)
    assert "script" in bare
    for forbidden in ("<script", "@acme/all", "](http", "\x1b", "\u202e", "\n## h", "`c`"):
        assert forbidden not in bare


def test_comment(renderer: Renderer) -> None:
    said, _, text = comment(news(4), renderer).partition("\n")
    same("comment.md", text)
    assert said.startswith(f"<!-- krampus:v1 said={','.join(f'{number:012x}' for number in range(4))} text=")


def test_comment_on_each_change(renderer: Renderer) -> None:
    stops, due = "stop the instance", NOW + timedelta(days=4)
    over = "over the limit guardrails.per_account.disable (20): 30 due in web; all of them are held until it is raised"
    items = [
        NewsItem("1", News.ACTED, arn(1), stops, by="allowed disable=30 by octocat"),
        NewsItem("2", News.ACTED, arn(2), stops, by="without a new notice, by octocat: an incident, NET-99"),
        NewsItem("3", News.REPEATED, arn(3), stops),
        NewsItem("4", News.BROUGHT_FORWARD, arn(4), stops, due),
        NewsItem("5", News.POSTPONED, arn(5), stops, due),
        NewsItem("6", News.HELD, arn(6), over),
        NewsItem("7", News.RELEASED, arn(7), stops, due),
        NewsItem("8", News.REMINDED, arn(8), stops, due),
        NewsItem("9", News.REFUSED, arn(9), "protected: arn:aws:ec2:*:*:instance/*"),
        NewsItem("a", News.RESTORED, arn(10), "undone: asked for by octocat"),
        NewsItem("b", News.ENDING, "exemptions/bastion.yaml", "2026-12-31"),
    ]
    assert {item.news for item in items} | {News.FAILED, News.DRIFTED, News.NOTICED, News.STANDING} == set(News)
    same("comment-changes.md", comment(items, renderer).partition("\n")[2])


def test_a_comment_on_many_targets_names_fifty(renderer: Renderer) -> None:
    text = comment(news(1000), renderer)
    assert text.count("instance/i-") == 50
    assert "… and 950 more; the table above and the report have them." in text
    assert len(text) < 60_000
    assert "more;" not in comment(news(50), renderer)


def test_an_event_that_is_no_news_is_not_written_about() -> None:
    assert notice(waits(1)).news[0].news is News.NOTICED
    before = ledger_of(told(), entry(Event.REMINDED))
    (found,) = task_issues(finished_run(repository(order()), plan(waits(1)), (), before, NOW), NOWHERE)
    assert (found.news, found.open) == ((), True)
