"""What is foreseen, whole and byte for byte: on a pull request, in an issue, in the report, and to the operators."""

from __future__ import annotations

from datetime import timedelta

from reconciler.cli.schedule import schedule_markdown
from reconciler.cli.show import summary
from reconciler.decide.rules import decide
from reconciler.ledger.read import Ledger
from reconciler.model.notice import Delivery
from reconciler.model.plan import Plan
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import FinishedRun, finished_run
from reconciler.publish.issue_text import comment, draft
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.publish.report import report_files
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer
from tests.build import NOW, ledger_of, order, repository, seen, told
from tests.golden_files import same
from tests.notices import HOME

DAY = timedelta(days=1)
OLD, NEW = range(1, 3), range(3, 7)  # two of a task that stands, and four that a pull request adds
RAILS = {"per_account": {"disable": 3}, "freeze": [{"from": "2026-12-20", "to": "2026-12-24"}]}
FAR = order(9, "data", task="retire", action="kill", grace=20 * DAY)  # which falls into the freeze
ORDERS = [
    *(order(number, task="open-ssh", after=NOW + 8 * DAY) for number in OLD),
    *(order(number, grace=8 * DAY) for number in NEW),
    FAR,
]


def planned() -> Plan:
    before, after = repository(*ORDERS[:2], guardrails=RAILS), repository(*ORDERS, guardrails=RAILS)
    was = decide(before, known(), seen(before.orders), NOW).decisions
    return decide(after, known(), seen(after.orders), NOW, "c0ffee").model_copy(update={"before": was})


def known() -> Ledger:
    return ledger_of(*(told(number, 1, task="open-ssh") for number in OLD))


def finished() -> FinishedRun:
    return finished_run(repository(*ORDERS, guardrails=RAILS), planned(), [], known(), NOW)


def test_a_pull_request_warns_of_the_limit_that_will_hold_it(renderer: Renderer) -> None:
    made = planned()
    same("pull_request-foreseen.md", plan_comment(page(made, "success"), summary(made), renderer))


def test_an_issue_promises_no_date_that_is_ruled_out(renderer: Renderer) -> None:
    held = next(
        each for each in task_issues(finished(), HOME) if each.title == ORDERS[2].title and len(each.about) == 4
    )
    same("issue-foreseen.md", draft(held, renderer).body)


def test_the_report_lays_the_coming_days_out(renderer: Renderer) -> None:
    run = finished()
    every = {row.key: "acme/website#1" for row in run.rows}
    files = report_files(run, attention_of(run), Delivery(every, at=NOW), renderer)
    same("report-foreseen.md", files["README.md"].decode())


def test_the_schedule_is_played_out(renderer: Renderer) -> None:
    same("schedule.md", schedule_markdown(planned(), (NOW + 30 * DAY).date(), renderer))


def test_the_operators_are_told_of_a_limit_that_stands(renderer: Renderer) -> None:
    repo = repository(*(order(number, grace=DAY) for number in (1, 2, 3)), guardrails={"per_account": {"disable": 2}})
    ledger = ledger_of(*(told(number, 10) for number in (1, 2, 3)))
    run = finished_run(repo, decide(repo, ledger, seen(repo.orders), NOW), [], ledger, NOW)
    issue = operators_issue(repo.config, attention_of(run))
    same("operators-standing.md", draft(issue, renderer).body)
    same("comment-standing.md", comment(issue.news, renderer))
