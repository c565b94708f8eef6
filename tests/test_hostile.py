"""An attack list and a fuzz, as names, tags, reasons, titles, findings, errors and authors, wherever text comes out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.common import report_errors
from reconciler.cli.faults import FaultFormat, show_faults
from reconciler.cli.show import PlanFormat, markdown, show_outcomes, show_plan, summary
from reconciler.errors import DoorClosed, Fault
from reconciler.model.config import Config
from reconciler.model.notice import Delivery, News, NewsItem, Notice
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.sighting import Problem, Trouble
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import FinishedRun, finished_run
from reconciler.publish.issue_text import comment, draft
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.plan_comment import page, plan_comment
from reconciler.publish.report_pages import README, Bounds, Told, report_pages
from reconciler.publish.report_rows import report_rows
from reconciler.render import escape as defuse
from reconciler.render.templates import ESCAPES, Renderer
from tests.attacks import ATTACKS
from tests.aws import WEB, Here
from tests.build import NOW, arn, call, config, decision, ledger_of, order, plan, repository
from tests.depth import sample
from tests.desk import DAY, HOUR, Desk, instances, task
from tests.markup import commands, hidden, leaks
from tests.notices import notice, with_task

NOWHERE = Path(__file__).parent / "none"
HOME = RepositoryUrl("https://github.com", "acme/config", "main")
TAME = "harmless"
RENDERER = Renderer(NOWHERE)
VERDICTS = ("scheduled", "held", "refused", "underway", "exempt", "satisfied", "expired", "unseen")
SHORT = [attack for attack in ATTACKS if len(attack) < 100]  # the long ones would only take long
LONGEST = 65_536  # what GitHub takes
ENOUGH = len(ATTACKS) // 3 + 1  # as many leaks where nothing is defused show that the checks find them


def hostile(text: str, argument: str = "") -> list[Decision]:
    """One decision of each verdict, every free text of which is the text."""
    argument = argument or text
    calls = (call(InstanceIds=[argument]), call("terminate_instances", undo=False, Name=argument))
    over: dict[str, Any] = {"why": text, "display_name": text or TAME, "calls": calls, "region": "eu-west-1"}
    over |= dict.fromkeys(("title", "does"), f"{TAME} {text} {TAME}")  # which no kind leaves empty
    due = {"due": "2026-12-08T09:00:00Z"}
    return [
        decision(number, verdict=verdict, **over, **(due if verdict == "scheduled" else {}))
        for number, verdict in enumerate(VERDICTS, 1)
    ]


def a_notice(text: str) -> Notice:
    found = with_task(notice(*hostile(text, TAME), home=HOME), author=text, options=text)
    first, second, *others = rows(found)
    shown = [{**first, "target": f"arn:aws:s3:::{text}"}, {**second, "failure": text}, *others]
    return replace(found, title=text, content={**found.content, "rows": shown})


def rows(found: Notice) -> list[dict[str, Any]]:
    shown: Any = found.content["rows"]
    return list(shown)


def failed(text: str) -> Outcome:
    return Outcome(task="stop-idle", target=arn(2), sent=0, problem=Problem(Trouble.OTHER, text))


def issue(text: str, renderer: Renderer) -> str:
    return draft(a_notice(text), renderer).body


def snippet(text: str, renderer: Renderer) -> str:
    """What cannot be pasted safely has no commands at all; the shape of the issue is then another."""
    made = notice(*hostile(TAME, text))
    pasted = any(row["commands"] for row in rows(made))
    return draft(made if pasted else notice(*hostile(TAME, TAME)), renderer).body


def finding(text: str, renderer: Renderer) -> str:
    link = f"https://github.com/acme/config/{text[:1900]}"
    return draft(with_task(a_notice(TAME), finding=link), renderer).body


def reason(text: str, renderer: Renderer) -> str:
    return draft(with_task(a_notice(TAME), reason=text), renderer).body


def inner_reason(text: str, renderer: Renderer) -> str:
    laid_out = f"Before {text} after\n\n- {text}\n\n`{text}` *{text}*"
    return draft(with_task(a_notice(TAME), reason=laid_out), renderer).body


def news(text: str, renderer: Renderer) -> str:
    return comment([NewsItem("0" * 12, one, text, text, NOW, text) for one in News], renderer)


def pull_request(text: str, renderer: Renderer) -> str:
    more = [one.model_copy(update={"task": text, "target": f"{text}:{one.target}"}) for one in hostile(text)]
    made = plan(*hostile(text))
    before = tuple(_moved(one, text) for one in (decision(9, why=text), *hostile(text)[:2]))
    after = tuple(_moved(one, text) for one in (*made.decisions, *more))
    elsewhere = made.model_copy(update={"decisions": after, "before": before})
    return plan_comment(page(elsewhere, "success"), summary(made), renderer)


def _moved(one: Decision, text: str) -> Decision:
    return one.model_copy(update={"team": text, "account": text})


def a_plan(text: str, renderer: Renderer) -> str:
    return markdown(plan(*hostile(text)), repository(*map(order, range(1, 9))), renderer)


def report(text: str, renderer: Renderer) -> str:
    made = run(text, name=" ".join(text[:200].encode("ascii", "ignore").decode().split("\n")) or TAME)
    rows, attention = report_rows(made, Delivery()), attention_of(made)
    return report_pages(made.repository.config, rows, Told(attention), renderer, Bounds())[README].decode()


def report_in_pages(text: str, renderer: Renderer) -> str:
    """The overview and the pages of teams and accounts, one after the other."""
    made = run(text)
    rows, bounds = report_rows(made, Delivery()), Bounds(whole=0)
    pages = report_pages(made.repository.config, rows, Told(attention_of(made)), renderer, bounds)
    return "".join(page.decode() for _, page in sorted(pages.items()))


def run(text: str, **over: Any) -> FinishedRun:
    repo = repository(*map(order, range(1, 9)), **over)
    return finished_run(repo, plan(*hostile(text)), [failed(text)], ledger_of(), NOW)


def operators(text: str, renderer: Renderer) -> str:
    return draft(operators_issue(_config(), attention_of(run(text))), renderer).body


def _config() -> Config:
    return config(operators="data")


CONTEXTS: dict[str, Callable[[str, Renderer], str]] = {
    one.__name__: one
    for one in (
        issue,
        snippet,
        finding,
        reason,
        inner_reason,
        news,
        pull_request,
        a_plan,
        report,
        report_in_pages,
        operators,
    )
}
FREE = {"reason", "inner_reason"}  # may lay out their own paragraphs
TAMES = {name: make(TAME, RENDERER) for name, make in CONTEXTS.items()}


def found(context: str, text: str, renderer: Renderer) -> list[str]:
    wild = CONTEXTS[context](text or TAME, renderer)
    return [*leaks(wild, TAMES[context], layout=context in FREE), *(["too long"] if len(wild) > LONGEST else [])]


@pytest.mark.parametrize("context", sample(CONTEXTS, "issue", "pull_request", "report", "reason"))
def test_no_attack_comes_through(context: str) -> None:
    assert wrong(lambda attack: found(context, attack, RENDERER)) == {}


MARKS = "@#:/|`~*_[](){}<>!&;$-+=.\\\n\r\t \u202e\u200b\x1b\x00\u2028'\"%^awGH-12f0"
# In three lines, one a strategy: formatted, it would be a dozen.
TEXT = st.one_of(
    st.text(), st.text(alphabet=MARKS), st.lists(st.sampled_from(SHORT), max_size=4).map(" ".join),
    st.tuples(st.text(alphabet=MARKS), st.sampled_from(SHORT), st.text(alphabet=MARKS)).map("".join),
)  # fmt: skip


@pytest.mark.parametrize("context", CONTEXTS)
@given(text=TEXT)
def test_nothing_made_of_marks_comes_through(context: str, text: str) -> None:
    assert found(context, text, RENDERER) == []


@pytest.mark.parametrize("context", [name for name in CONTEXTS if name != "snippet"])
def test_without_defusing_the_same_checks_find_leaks(context: str) -> None:
    bare = Renderer(NOWHERE, dict.fromkeys(ESCAPES, str))
    leaking = (attack for attack in SHORT if found(context, attack, bare))
    assert len([*islice(leaking, ENOUGH)]) == ENOUGH


def wrong(check: Callable[[str], list[str]], attacks: Sequence[str] = ATTACKS) -> dict[str, list[str]]:
    """What a check finds, by the attack that it finds it in."""
    return {attack[:60]: problems for attack in attacks if (problems := check(attack))}


def called(attack: str) -> list[str]:
    title = draft(replace(a_notice(TAME), title=attack), RENDERER).title
    calls = [word for word in title.split() if word[0] in "@#" and len(word) > 1 and word[1].isalnum()]
    odd = [*(["too long"] if len(title) > 200 else []), *(["a line"] if "\n" in title else [])]
    return [*calls, *odd, *hidden(title), *re.findall("(?i)gh-1", title)]


def test_a_title_calls_nobody() -> None:
    assert wrong(called) == {}


def printed(attack: str, capsys: pytest.CaptureFixture[str]) -> str:
    """All that the commands print of it, but JSON and what GitHub is meant to obey."""
    repo, made = repository(*map(order, range(1, 9))), plan(*hostile(attack))
    for form in (PlanFormat.TEXT, PlanFormat.MARKDOWN):
        show_plan(made, repo, form, lambda: RENDERER)
    show_outcomes([failed(attack), Outcome(task=attack, target=attack, sent=1)])
    with pytest.raises(typer.Exit), report_errors():
        raise DoorClosed(f"git said:\n{attack}")
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_runner_of_a_job_finds_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    def heard(attack: str) -> list[str]:
        text = printed(attack, capsys)
        return [*commands(text), *hidden(text)]

    assert wrong(heard) == {}


def problems_of(fault: str, form: FaultFormat, attack: str) -> list[str]:
    """What is wrong with how a fault, every text of which is the attack, was shown."""
    obeyed = commands(fault)
    found = [*hidden(fault), *(obeyed if len(obeyed) != (form is FaultFormat.GITHUB) else [])]
    if form is FaultFormat.JSON:
        (said,) = json.loads(fault)["faults"]
        return found if said["message"] == attack or "\ud800" in attack else [*found, said["message"]]
    for line in obeyed:
        head, _, message = line.removeprefix("::").partition("::")
        if not re.fullmatch(r"error file=[^,]*,line=1,col=2", head) or "%0A" in message.upper().replace("%250A", ""):
            found.append(line)
    return found


@pytest.mark.parametrize("form", FaultFormat)
def test_a_fault_is_one_annotation_and_nothing_else(form: FaultFormat, capsys: pytest.CaptureFixture[str]) -> None:
    def shown(attack: str) -> list[str]:
        show_faults([Fault(attack, 1, 2, attack, attack)], form, sys.stdout)
        return problems_of(capsys.readouterr().out, form, attack)

    assert wrong(shown) == {}


def test_json_says_the_same_and_commands_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def shown(attack: str) -> list[str]:
        made = plan(*hostile(attack))
        show_plan(made, repository(order()), PlanFormat.JSON, lambda: RENDERER)
        text = capsys.readouterr().out
        return [*commands(text), *hidden(text), *([] if Plan.model_validate_json(text) == made else ["it differs"])]

    assert wrong(shown, [one for one in ATTACKS if "\ud800" not in one]) == {}


def test_the_checks_of_a_log_find_what_is_not_defused() -> None:
    assert len([attack for attack in ATTACKS if commands(attack)]) >= 10
    assert len([attack for attack in ATTACKS if hidden(attack)]) >= 15


@given(text=TEXT)
def test_no_line_made_of_marks_is_a_command(text: str) -> None:
    for written in (defuse.log_line(text), defuse.log_text(text), defuse.show_hidden(text)):
        assert commands(written) == []
        assert hidden(written) == []
    assert set(defuse.commit(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,:")
    assert "://" not in defuse.url(text)


def test_an_arn_is_printed_as_it_is() -> None:
    for text in ("arn:aws:s3:::acme", "arn:aws:iam::111122223333:role/x and arn:aws:iam::aws:policy/y", "a  b"):
        assert defuse.log_text(text) == text


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


@pytest.mark.parametrize("attack", ["@acme/all fixes #1 <b>x</b> ::error::y", "a|b`c` [x](https://e.vil) ##[error]z"])
def test_a_hostile_tag_and_title_through_the_main_job(desk: Desk, web: Here, attack: str) -> None:
    (target,) = instances(web)
    web.client("ec2").create_tags(Resources=[target.rsplit("/", 1)[1]], Tags=[{"Key": "Name", "Value": attack}])
    desk.write({"tasks/idle.yaml": task("disable", target, title=attack, reason=attack)}, attack)

    said = [desk.reconcile(0 * HOUR).output, desk.reconcile(2 * DAY).output, desk.reconcile(3 * DAY).output]

    assert all(commands(one) == [] for one in said)
    body = desk.issue().split("\n---\n", 1)[1]
    tame = body.replace(defuse.code(attack), "`x`").replace(defuse.prose(attack), "x")
    assert defuse.code(attack) in body
    assert leaks(body, tame, layout=True) == []
    messages = desk.git("log", "--format=%s", "krampus/reports", at=desk.remote).splitlines()
    assert len(messages) >= 3
    assert all(message == defuse.commit(message) for message in messages)
