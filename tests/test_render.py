"""What people read, whole and byte for byte; and that hostile text stays text.

After a change of the wording: KRAMPUS_GOLDEN=write pytest tests/test_render.py, and look at the difference in git.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.show import markdown, summary
from reconciler.errors import DoorClosed
from reconciler.ledger.history import histories
from reconciler.model.ledger import Event
from reconciler.model.notice import Delivery, Item, News, Notice
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Verdict
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.sighting import Problem, Trouble
from reconciler.publish.attention import attention_of
from reconciler.publish.notices import desired_notices
from reconciler.publish.plan_comment import page as comment_page
from reconciler.publish.report import data, decisions_after_run, page
from reconciler.render.templates import Renderer, day, moment
from tests.build import NOW, TASK, arn, call, decision, entry, order, plan, repository, told

HOME = RepositoryUrl("https://github.com", "acme/krampus-config", "main")
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
        number, **{"verdict": "scheduled", "why": "web was told on 2026-12-01 09:00 UTC", "due": DUE, **over}
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
        decision(8, verdict="satisfied", why="it stands as the task asks", **nothing),
        decision(9, verdict="expired", why="the task ended on 2026-11-30", **nothing),
        decision(10),
        decision(11),
    ]


def done(number: int, problem: Problem | None = None) -> Outcome:
    return Outcome(task=TASK, target=arn(number), sent=1, problem=problem)


OUTCOMES = (done(10), done(11, Problem(Trouble.STATE, "IncorrectInstanceState: it is `stopping`")))


def notice(*decisions: Decision, outcomes: tuple[Outcome, ...] = (), **over: Any) -> Notice:
    orders = [order(number, **over) for number, _ in enumerate(decisions, 1)]
    (found,) = desired_notices(repository(*orders), plan(*decisions), outcomes, histories([told(9)]))
    return found


def test_issue_scheduled(tmp_path: Path) -> None:
    named = [
        one.model_copy(update={"display_name": "legacy-web"}) if one.target == arn(1) else one for one in everything()
    ]
    about: dict[str, Any] = {"finding": "https://example.com/finding?of=1", "author": "Ada Lovelace"}
    found = replace(notice(*named, outcomes=OUTCOMES), **about)
    draft = Renderer(tmp_path, HOME).draft(found)
    same("issue-scheduled.md", draft.body)
    assert (draft.title, draft.labels, draft.open) == ("[krampus] Idle instance", ("krampus", "severity:medium"), True)
    assert (draft.key, draft.repository) == (found.key, "acme/website")


def test_issue_settled(renderer: Renderer) -> None:
    draft = renderer.draft(notice(decision(1, verdict="satisfied", why="it is not there", calls=())))
    same("issue-settled.md", draft.body)
    assert draft.open is False


def test_issue_that_cannot_be_taken_back(renderer: Renderer) -> None:
    kill = decision(1, action="kill", verdict="held", why="failed 3 times in a row; a person must look")
    same("issue-kill.md", renderer.draft(notice(kill, action="kill")).body)


def test_an_issue_of_many_targets_shows_fifty(renderer: Renderer) -> None:
    body = renderer.draft(notice(*(waits(number) for number in range(1, 53)))).body
    assert body.count("| on 8 December 2026, 09:00 UTC |") == 50
    assert "… and 2 more; the report has them all." in body


def test_plan_comment(renderer: Renderer) -> None:
    gone = waits(13)
    freed = decision(12, verdict="exempt", why="until 2026-12-31: Needed (NET-88) (web)", calls=())
    final = [call("terminate_instances", undo=False, InstanceIds=["i-00000000000000014"])]
    over = {"verdict": "scheduled", "why": "data has yet to be told", "due": DUE, "display_name": "batch-7"}
    kill = decision(20, "data", action="kill", task="old", calls=final, **over)
    after = plan(*everything()[:7], waits(12), kill)
    made = after.model_copy(update={"before": plan(*everything()[:6], waits(7), freed, gone).decisions})
    same("pull_request.md", renderer.plan_comment(comment_page(made, "success"), summary(made)))


def test_plan_comment_of_no_plan(renderer: Renderer) -> None:
    same("pull_request-failed.md", renderer.plan_comment(comment_page(None, "failure"), ""))


def test_summary(renderer: Renderer) -> None:
    repo = repository(*(order(number) for number in range(1, 12)))
    same("summary.md", markdown(plan(*everything()), repo, renderer))


def news(count: int) -> list[Item]:
    kinds = ((News.ACTED, "stop the instance"), (News.FAILED, HOSTILE), (News.DRIFTED, "frozen"), (News.TOLD, ""))
    return [
        Item(f"{number:012x}", *kinds[number % 4][:1], arn(number), kinds[number % 4][1]) for number in range(count)
    ]


def test_comment(renderer: Renderer) -> None:
    same("comment.md", renderer.comment(news(4)))


def test_a_comment_on_many_targets_names_fifty(renderer: Renderer) -> None:
    text = renderer.comment(news(1000))
    assert text.count("instance/i-") == 50
    assert "… and 950 more; the table above and the report have them." in text
    assert len(text) < 60_000
    assert "more;" not in renderer.comment(news(50))


def reported(decisions: list[Decision], **over: Any) -> tuple[str, bytes]:
    orders = [order(number) for number in range(1, 12)]
    repo, made = repository(*orders, name="acme | cloud", **over), plan(*decisions)
    before = histories([told(number) for number in range(2, 12)])
    stands = decisions_after_run(repo, made, OUTCOMES, before, Delivery({(TASK, arn(1)): "acme/website#1"}))
    failed = {one.key: one.problem.message for one in OUTCOMES if one.problem}
    root = Path(__file__).parent / "none"
    for_a_person = attention_of(repo, made, OUTCOMES, ())
    return Renderer(root).text("report.md.j2", page(repo.config, stands, failed, for_a_person)), data(stands)


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
        assert "Needs a person" not in reported([held])[0]
        # What failed needs a person also while all is paused or frozen.
        assert "Needs a person" in reported([held, failing])[0]


def test_what_the_report_says_does_not_move_with_the_clock() -> None:
    repo = repository(order())
    for delivered in ({}, {(TASK, arn()): "#1"}):
        first = plan(waits(1, why="web has yet to be told"))
        then = decisions_after_run(repo, first, [], {}, Delivery(delivered))
        later = [told(days=0)] if delivered else []
        why = "web was told on 2026-12-01 09:00 UTC" if delivered else "web has yet to be told"
        second = plan(
            waits(1, why=why, due=DUE if delivered else DUE + timedelta(hours=1)), at=NOW + timedelta(hours=1)
        )
        assert data(decisions_after_run(repo, second, [], histories(later), Delivery())) == data(then)


def test_hostile_text_adds_no_line_no_cell_and_no_markup(renderer: Renderer) -> None:
    plain = notice(decision(1, verdict="held", why="w"))
    hostile = notice(decision(1, verdict="held", why=HOSTILE))
    tame, wild = renderer.draft(plain).body, renderer.draft(replace(hostile, title=HOSTILE)).body
    assert len(tame.splitlines()) == len(wild.splitlines())
    assert wild.replace("\\|", "").count("|") == tame.count("|")
    bare = re.sub(r"\\[^\w\s]", "", wild)
    assert "script" in bare
    for forbidden in ("<script", "@acme/all", "](http", "\x1b", "\u202e", "\n## h", "`c`"):
        assert forbidden not in bare


def test_a_title_is_one_line_of_two_hundred(renderer: Renderer) -> None:
    title = renderer.draft(replace(notice(waits(1)), title="x\n" * 300)).title
    assert title.startswith("[krampus] x x x")
    assert len(title) == 200


def test_a_repositorys_own_template_comes_first(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "comment.md.j2").write_text("Ours: {{ news | length }}\n")
    renderer = Renderer(tmp_path)
    assert renderer.comment(news(4)) == "Ours: 4\n"
    assert renderer.draft(notice(waits(1))).body.startswith("<!-- krampus:v1 key=")


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
        Renderer(tmp_path).comment([])
    assert says in str(caught.value)


def test_times_are_absolute() -> None:
    at = datetime(2026, 3, 7, 8, 5, tzinfo=UTC)
    assert (moment(at), day(at)) == ("7 March 2026, 08:05 UTC", "7 March 2026")


def test_an_event_that_is_no_news_is_not_written_about() -> None:
    assert notice(waits(1)).news[0].news is News.TOLD
    (found,) = desired_notices(repository(order()), plan(waits(1)), (), histories([told(), entry(Event.REMINDED)]))
    assert found.news == ()
    assert Verdict.SCHEDULED in {row.verdict for row in found.rows}
