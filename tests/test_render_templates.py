"""Templates are handed plain data alone, may be a repository's own, and reach nothing that they must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.schedule import schedule_markdown
from reconciler.cli.show import markdown
from reconciler.errors import DoorClosed
from reconciler.model.notice import Delivery, PlainData
from reconciler.publish.attention import attention_of
from reconciler.publish.exemption_reminders import owners_issues
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_text import comment, draft
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.publish.report import BOUNDS, report_files
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer, day, moment
from tests.build import NOW, arn, decision, exceeding, exemption, ledger_of, order, plan, repository, told
from tests.notices import HOME, OUTCOMES, everything, news, notice, waits

TEMPLATES = Path(__file__).parent.parent / "templates"
INCLUDED = {"coming.md.j2", "status.md.j2", "exemption_state.md.j2", "over_limit.md.j2"}  # by other templates


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
    run = finished_run(repo, exceeding(made, repo), OUTCOMES, ledger_of(told(9)), NOW)
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
    for whole in (BOUNDS.whole, 0):  # on one page, and on many
        report_files(run, attention, Delivery(), recorder, replace(BOUNDS, whole=whole))
    plan_comment(page(made.model_copy(update={"before": made.decisions[:3]}), "success"), "", recorder)
    markdown(made, repo, recorder)
    schedule_markdown(made, NOW.date(), recorder)
    assert set(recorder.handed) == {path.name for path in TEMPLATES.iterdir()} - INCLUDED
    assert {name: found for name, data in recorder.handed.items() if (found := not_plain(data))} == {}


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
