"""A plan's comment, a job's summary and the operators' issue hold so much, and cost no more for more targets."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from reconciler.cli.show import markdown, summarise, summary
from reconciler.model.notice import Plain, PlainData
from reconciler.model.plan import Decision
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_text import draft
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.render.templates import Renderer
from tests.build import NOW, decision, ledger_of, plan, repository

NOWHERE = Path(__file__).parent / "none"
MIB = 1 << 20
WORDS = "of many words " * 15
RUNS = ("unseen", "held", "ready")


def targets(count: int, accounts: int = 40) -> list[Decision]:
    made = [
        decision(n, f"account-{n % accounts:03}", verdict=RUNS[n % 3], why=f"for {n % 3} {WORDS}") for n in range(count)
    ]
    return sorted(made, key=lambda one: (one.account, one.target))


class Weighing(Renderer):
    """A renderer that counts the mappings it is handed, by template."""

    def __init__(self) -> None:
        super().__init__(NOWHERE)
        self.handed: Counter[str] = Counter()

    def text(self, template: str, data: PlainData) -> str:
        self.handed[template] += _mappings(data)
        return super().text(template, data)


def _mappings(value: Plain | PlainData) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_mappings, value.values()))
    return sum(map(_mappings, value)) if isinstance(value, list | tuple) else 0


def test_the_comment_on_a_pull_request_costs_no_more_than_it_holds() -> None:
    def handed(count: int) -> int:
        renderer, made = Weighing(), plan(*targets(count))
        text = plan_comment(page(made, "success"), summary(made), renderer)
        more = re.search(r"and (\d+) more than fit here", text)
        assert more
        assert text.count(": **disable** by task") + text.count("**disable** by task") + int(more[1]) >= count
        assert len(text) <= 65_536
        return renderer.handed["pull_request.md.j2"]

    assert handed(3000) <= 1.1 * handed(1500)


def test_the_operators_issue_costs_no_more_than_it_holds() -> None:
    def handed(count: int) -> int:
        made, renderer = plan(*targets(count, accounts=10)), Weighing()
        run = finished_run(repository(), made, [], ledger_of(), NOW)
        issue = draft(operators_issue(run.repository.config, attention_of(run)), renderer)
        assert len(issue.body) <= 65_536
        return renderer.handed["operators.md.j2"]

    assert handed(4000) == handed(2000)


def test_what_the_operators_issue_leaves_out_it_counts() -> None:
    made = [decision(n, "web", verdict="unseen", why="denied") for n in range(70)]
    made += [decision(n, "data", verdict="unseen", why=f"denied by rule {n}") for n in range(25)]
    run = finished_run(repository(), plan(*made), [], ledger_of(), NOW)
    text = draft(operators_issue(run.repository.config, attention_of(run)), Renderer(NOWHERE)).body
    assert "the same of 6 more accounts or reasons" in text  # of the 26 items


def test_a_jobs_summary_costs_no_more_than_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def handed(count: int) -> int:
        file, renderer = tmp_path / str(count), Weighing()
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
        summarise(plan(*targets(count)), repository(), lambda: renderer)
        text = file.read_text(encoding="utf-8")
        left = re.search(r"truncated: ([\d,]+) of ([\d,]+) rows are left out", text)
        assert left
        assert int(left[2].replace(",", "")) >= count
        assert len(text.encode()) < MIB
        return renderer.handed["plan.md.j2"]

    assert handed(8000) <= 1.1 * handed(4000)


def test_a_plan_in_pieces_reads_as_in_one() -> None:
    made = targets(2500, accounts=2)
    text = markdown(plan(*made), repository(), Renderer(NOWHERE))
    assert all(text.count(f"`{one.target}`") == 1 + (one.verdict.value == "ready") for one in made[::50])
    assert text.count("**833 ready") == text.count(" ready ·") == 1
    assert text.startswith("**")
