"""The plan on a pull request, a job's summary and the report, whole and byte for byte; and what a report leaves out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.cli.show import markdown, summary
from reconciler.model.ledger import Entry
from reconciler.model.notice import Delivered, Delivery
from reconciler.model.plan import Decision, Plan
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import finished_run
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.publish.report import report_files
from reconciler.publish.report_json import report_json
from reconciler.publish.report_rows import report_rows
from reconciler.render.templates import Renderer
from tests.build import NOW, TASK, arn, call, decision, ledger_of, order, plan, repository, told
from tests.golden_files import same
from tests.notices import DUE, OUTCOMES, everything, waits


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


def reported(decisions: list[Decision], **over: Any) -> tuple[str, bytes]:
    orders = [order(number) for number in range(1, 12)]
    before = ledger_of(*(told(number) for number in range(2, 12)))
    run = finished_run(repository(*orders, name="acme | cloud", **over), plan(*decisions), OUTCOMES, before, NOW)
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
    assert facts == b'{"version": 2, "decisions": []}\n'


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
        run = finished_run(repo, made, [], ledger_of(*entries), made.at)
        return report_json(report_rows(run, Delivery(delivered)), 1 << 20)["report.json"]

    for delivered in ({}, {(TASK, arn()): "#1"}):
        first = reported_by(plan(waits(1, why="web has not been notified yet")), [], delivered)
        later = [told(days=0)] if delivered else []
        why = "web was notified on 2026-12-01 09:00 UTC" if delivered else "web has not been notified yet"
        second = plan(
            waits(1, why=why, due=DUE if delivered else DUE + timedelta(hours=1)), at=NOW + timedelta(hours=1)
        )
        assert reported_by(second, later, {}) == first
