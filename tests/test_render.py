"""What people read, whole and byte for byte; and that hostile text stays text.

After a change of the wording: KRAMPUS_GOLDEN=write pytest tests/test_render.py, and look at the difference in git.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.show import markdown, summary
from reconciler.errors import DoorClosed
from reconciler.model.ledger import Entry, Event
from reconciler.model.notice import Delivered, Delivery, News, NewsItem, Notice, PlainData
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.sighting import Problem, Trouble
from reconciler.publish.attention import attention_of
from reconciler.publish.exemption_reminders import owners_issues
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_text import comment, draft
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.publish.report import report_files, report_json, report_rows
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer, day, moment
from tests.build import (
    NOW,
    TASK,
    arn,
    call,
    decision,
    entry,
    exceeding,
    exemption,
    ledger_of,
    order,
    plan,
    repository,
    told,
)

NOWHERE = RepositoryUrl()
HOME = RepositoryUrl("https://github.com", "acme/krampus-config", "main")
TEMPLATES = Path(__file__).parent.parent / "templates"
INCLUDED = {"status.md.j2", "exemption_state.md.j2", "over_limit.md.j2"}  # by other templates
GOLDEN = Path(__file__).parent / "golden"
DUE = NOW + timedelta(days=7)
HOSTILE = "a|b`c`<script>alert(1)</script> @acme/all #1\n## h [x](http://e.vil) \u202e\x1b[31m"


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    return Renderer(tmp_path)


def same(name: str, text: str) -> None:
    """Whether the text is the golden file's."""
    path = GOLDEN / name
    if os.environ.get("KRAMPUS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8", newline="")
    assert text.encode() == path.read_bytes()


def waits(number: int, **over: Any) -> Decision:
    return decision(
        number, **{"verdict": "scheduled", "why": "web was notified on 2026-12-01 09:00 UTC", "due": DUE, **over}
    )


def everything() -> list[Decision]:
    """A target of each verdict."""
    nothing: dict[str, Any] = {"calls": ()}
    return [
        waits(1),
        decision(2),
        decision(3, verdict="held", reason="stuck", why="stuck since 2026-11-30 09:00 UTC: the instance is stopping"),
        decision(4, verdict="refused", why="its root device is an instance store", **nothing),
        decision(5, verdict="underway", why="the instance is stopping", **nothing),
        decision(6, verdict="unseen", why="AccessDenied: ec2:DescribeInstances", **nothing),
        decision(7, verdict="exempt", why="until 2026-12-31: Needed (NET-88) (web)", **nothing),
        decision(8, verdict="satisfied", why="it is as the task asks", **nothing),
        decision(9, verdict="expired", why="the task ended on 2026-11-30", **nothing),
        decision(10),
        decision(11),
    ]


def done(number: int, problem: Problem | None = None) -> Outcome:
    return Outcome(task=TASK, target=arn(number), sent=1, problem=problem)


OUTCOMES = (done(10), done(11, Problem(Trouble.STATE, "IncorrectInstanceState: it is `stopping`")))


def notice(
    *decisions: Decision, outcomes: tuple[Outcome, ...] = (), home: RepositoryUrl = NOWHERE, **over: Any
) -> Notice:
    orders = [order(number, **over) for number, _ in enumerate(decisions, 1)]
    run = finished_run(repository(*orders), plan(*decisions), outcomes, ledger_of(told(9)))
    (found,) = task_issues(run, home)
    return found


def with_task(found: Notice, **fields: str) -> Notice:
    """The same notice, whose task says something else."""
    task = found.content["task"]
    assert isinstance(task, dict)
    return replace(found, content={**found.content, "task": {**task, **fields}})


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
    assert body.count("| on 8 December 2026, 09:00 UTC |") == 50
    assert "… and 2 more; the report has them all." in body


def test_plan_comment(renderer: Renderer) -> None:
    gone = waits(13)
    freed = decision(12, verdict="exempt", why="until 2026-12-31: Needed (NET-88) (web)", calls=())
    final = [call("terminate_instances", undo=False, InstanceIds=["i-00000000000000014"])]
    over = {"verdict": "scheduled", "why": "data has not been notified yet", "due": DUE, "display_name": "batch-7"}
    kill = decision(20, "data", action="kill", task="old", calls=final, **over)
    after = plan(*everything()[:7], waits(12), kill)
    made = after.model_copy(update={"before": plan(*everything()[:6], waits(7), freed, gone).decisions})
    same("pull_request.md", plan_comment(page(made, "success"), summary(made), renderer))


def test_plan_comment_of_no_plan(renderer: Renderer) -> None:
    same("pull_request-failed.md", plan_comment(page(None, "failure"), "", renderer))


def test_summary(renderer: Renderer) -> None:
    repo = repository(*(order(number) for number in range(1, 12)))
    same("summary.md", markdown(plan(*everything()), repo, renderer))


def news(count: int) -> list[NewsItem]:
    kinds = ((News.ACTED, "stop the instance"), (News.FAILED, HOSTILE), (News.DRIFTED, "frozen"), (News.NOTICED, ""))
    return [
        NewsItem(f"{number:012x}", *kinds[number % 4][:1], arn(number), kinds[number % 4][1]) for number in range(count)
    ]


def test_comment(renderer: Renderer) -> None:
    said, _, text = comment(news(4), renderer).partition("\n")
    same("comment.md", text)
    assert said == f"<!-- krampus:v1 said={','.join(f'{number:012x}' for number in range(4))} -->"


def test_a_comment_on_many_targets_names_fifty(renderer: Renderer) -> None:
    text = comment(news(1000), renderer)
    assert text.count("instance/i-") == 50
    assert "… and 950 more; the table above and the report have them." in text
    assert len(text) < 60_000
    assert "more;" not in comment(news(50), renderer)


def reported(decisions: list[Decision], **over: Any) -> tuple[str, bytes]:
    orders = [order(number) for number in range(1, 12)]
    before = ledger_of(*(told(number) for number in range(2, 12)))
    run = finished_run(repository(*orders, name="acme | cloud", **over), plan(*decisions), OUTCOMES, before)
    delivery = Delivery({(TASK, arn(1)): "acme/website#1"})
    files = report_files(run, attention_of(run), delivery, Renderer(Path(__file__).parent / "none"))
    return files["README.md"].decode(), files["report.json"]


def test_report() -> None:
    decisions = [*everything(), decision(1, "lab", verdict="held", reason="watched", why="lab is only watched")]
    text, facts = reported(decisions)
    same("report.md", text)
    same("report.json", facts.decode())


def test_report_of_nothing() -> None:
    text, facts = reported([])
    assert "No task is in force." in text
    assert facts == b'{\n "decisions": [],\n "version": 1\n}\n'


def test_a_report_needs_no_person_for_what_is_meant_to_be_held() -> None:
    failing = decision(1, verdict="held", reason="given_up")
    for reason in ("paused", "watched", "frozen"):
        held = decision(2, verdict="held", reason=reason, why="in any words")
        assert "Needs attention" not in reported([held])[0]
        # What failed needs a person also while all is paused or frozen.
        assert "Needs attention" in reported([held, failing])[0]


def test_what_the_report_says_does_not_move_with_the_clock() -> None:
    repo = repository(order())

    def reported_by(made: Plan, entries: list[Entry], delivered: Delivered) -> bytes:
        return report_json(report_rows(finished_run(repo, made, [], ledger_of(*entries)), delivered))

    for delivered in ({}, {(TASK, arn()): "#1"}):
        first = reported_by(plan(waits(1, why="web has not been notified yet")), [], delivered)
        later = [told(days=0)] if delivered else []
        why = "web was notified on 2026-12-01 09:00 UTC" if delivered else "web has not been notified yet"
        second = plan(
            waits(1, why=why, due=DUE if delivered else DUE + timedelta(hours=1)), at=NOW + timedelta(hours=1)
        )
        assert reported_by(second, later, {}) == first


class Recorder(Renderer):
    """The templates, and the data that each was handed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.handed: dict[str, Any] = {}

    def text(self, template: str, data: PlainData) -> str:
        self.handed[template] = data
        return super().text(template, data)


def not_plain(value: Any) -> list[Any]:
    """The parts of a template's data that are more than text, numbers, times, lists and mappings."""
    if isinstance(value, dict):
        return [part for one in (*value, *value.values()) for part in not_plain(one)]
    if isinstance(value, list | tuple):
        return [part for one in value for part in not_plain(one)]
    return [] if value is None or type(value) in (str, int, float, bool, date, datetime) else [value]


def test_templates_are_handed_plain_data_alone(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    spared = [exemption(expires=date(2026, 12, 31)), exemption(resources=(arn(99),))]
    over = [
        decision(number, verdict="held", reason="over_limit", limit="per_account", allowed_by="") for number in (12, 13)
    ]
    repo = repository(*map(order, range(1, 14)), exemptions=spared, guardrails={"per_account": {"disable": 1}})
    made = plan(*everything(), *over)
    run = finished_run(repo, exceeding(made, repo), OUTCOMES, ledger_of(told(9)))
    attention = attention_of(run)
    assert all((attention.over, attention.unseen, attention.held, attention.failed, attention.exemptions))
    notices = [
        *task_issues(run, HOME),
        operators_issue(repo.config, attention),
        *owners_issues(repo, attention.exemptions, {}),
    ]
    for each in notices:
        draft(each, recorder)
    comment(news(4), recorder)
    report_files(run, attention, Delivery(), recorder)
    plan_comment(page(made.model_copy(update={"before": made.decisions[:3]}), "success"), "", recorder)
    markdown(made, repo, recorder)
    assert set(recorder.handed) == {path.name for path in TEMPLATES.iterdir()} - INCLUDED
    assert {name: found for name, data in recorder.handed.items() if (found := not_plain(data))} == {}


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


def test_a_title_is_one_line_of_two_hundred(renderer: Renderer) -> None:
    title = draft(replace(notice(waits(1)), title="x\n" * 300), renderer).title
    assert title.startswith("[krampus] x x x")
    assert len(title) == 200


def test_a_repositorys_own_template_comes_first(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "comment.md.j2").write_text("Ours: {{ news | length }}\n")
    renderer = Renderer(tmp_path)
    assert comment(news(4), renderer).endswith(" -->\nOurs: 4\n")
    assert draft(notice(waits(1)), renderer).body.startswith("<!-- krampus:v1 key=")


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("line\n{% if %}", "templates/comment.md.j2:2 cannot be rendered"),
        ("{% include '../../secret' %}", "cannot be rendered"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
    ],
)
def test_a_template_that_cannot_or_must_not_be_rendered(tmp_path: Path, template: str, says: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "comment.md.j2").write_text(template)
    with pytest.raises(DoorClosed, match=r"templates/comment\.md\.j2.* cannot be rendered") as caught:
        comment([], Renderer(tmp_path))
    assert says in str(caught.value)


def test_times_are_absolute() -> None:
    at = datetime(2026, 3, 7, 8, 5, tzinfo=UTC)
    assert (moment(at), day(at)) == ("7 March 2026, 08:05 UTC", "7 March 2026")


def test_an_event_that_is_no_news_is_not_written_about() -> None:
    assert notice(waits(1)).news[0].news is News.NOTICED
    before = ledger_of(told(), entry(Event.REMINDED))
    (found,) = task_issues(finished_run(repository(order()), plan(waits(1)), (), before), NOWHERE)
    assert (found.news, found.open) == ((), True)
