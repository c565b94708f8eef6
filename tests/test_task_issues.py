"""Which issues should stand, what is news, and the least that turns those that do into those that should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.issue import Draft, Edit, Issue, installation_prefix, issue_key
from reconciler.model.ledger import Entry, Event
from reconciler.model.notice import News, Notice
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.sighting import Problem, Trouble
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_diff import changes, closed
from reconciler.publish.task_issues import task_issues
from tests.build import NOW, TASK, arn, call, chained, config, decision, entry, ledger_of, order, plan, repository, told

NOWHERE = RepositoryUrl()
DRAFT = Draft("k" * 20, "acme/website", "Title", "Body", ("krampus", "severity:high"), open=True)
ISSUE = Issue("acme/website", 1, "Title", DRAFT.body, ("krampus", "severity:high"), open=True, key="k" * 20)


def notices(*decisions: Decision, entries: tuple[Entry, ...] = (), outcomes: tuple[Outcome, ...] = ()) -> list[Notice]:
    orders = [order(int(one.target[-2:]), one.account, task=one.task, team=one.team) for one in decisions]
    return task_issues(finished_run(repository(*orders), plan(*decisions), outcomes, ledger_of(*entries), NOW), NOWHERE)


def rows(notice: Notice) -> list[dict[str, Any]]:
    """The targets as the issue shows them."""
    found: Any = notice.content["rows"]
    return list(found)


def only(*decisions: Decision, **over: Any) -> Notice:
    (notice,) = notices(*decisions, **over)
    return notice


def news(one: Decision, *entries: Entry, outcome: Outcome | None = None) -> list[tuple[str, str]]:
    outcomes = (outcome,) if outcome else ()
    return [(item.news.value, item.message) for item in only(one, entries=entries, outcomes=outcomes).news]


@pytest.mark.promise(9)
def test_one_notice_for_each_task_and_team() -> None:
    found = notices(
        decision(1), decision(2), decision(3, team="data"), decision(4, task="another"), decision(5, "data")
    )
    assert [one.about for one in found] == [
        (("another", arn(4)),),
        ((TASK, arn(5, "data")), (TASK, arn(3))),
        ((TASK, arn(1)), (TASK, arn(2))),
    ]
    assert [one.key for one in found] == [
        issue_key(config().installation, "another", "web", "acme/website"),
        issue_key(config().installation, TASK, "data", ""),
        issue_key(config().installation, TASK, "web", "acme/website"),
    ]


def test_a_notice_says_where_it_goes_and_what_it_is_about() -> None:
    notice = only(decision(severity="high"))
    assert (notice.repository, notice.mention, notice.title) == ("acme/website", "@acme/web", "Idle instance")
    task, row = notice.content["task"], rows(notice)[0]
    assert isinstance(task, dict)
    assert (task["file"], task["action"]) == (f"tasks/{TASK}.yaml", "disable")
    assert notice.labels == ("krampus", "severity:medium")
    assert (row["account"], row["does"]) == ("web (111122223333)", "stop the instance")
    assert only(decision(account="data")).repository == ""


def test_a_key_is_for_good_and_for_one_place() -> None:
    assert issue_key("i", "a", "b", "c/d") == "1e3a0f2cbac07ec1b69f"
    near = [("a", "b", "c"), ("ab", "", "c"), ("a", "b", ""), ("b", "a", "c")]
    assert len({issue_key("i", *one) for one in near}) == 4


def test_a_key_says_which_installation_it_is_of() -> None:
    mine, others = issue_key("acme/cloud", "a", "b", "c"), issue_key("acme/other", "a", "b", "c")
    assert mine != others
    assert mine.startswith(installation_prefix("Acme/Cloud"))
    assert not others.startswith(installation_prefix("acme/cloud"))


def test_a_watched_account_has_no_notice_and_no_row() -> None:
    assert notices(decision(account="lab")) == []
    assert len(rows(only(decision(1, "data"), decision(2, "lab")))) == 1


@pytest.mark.parametrize(
    ("verdicts", "stands"),
    [
        (["scheduled"], True),
        (["ready"], True),
        (["underway"], True),
        (["held"], True),
        (["refused"], True),
        (["satisfied"], False),
        (["exempt"], False),
        (["expired"], False),
        (["unseen"], None),
        (["satisfied", "held"], True),
        (["satisfied", "unseen"], None),
        (["unseen", "scheduled"], True),
    ],
)
def test_open_while_there_is_anything_to_know(verdicts: list[str], stands: bool | None) -> None:
    assert only(*(decision(n, verdict=each) for n, each in enumerate(verdicts, 1))).open is stands


@pytest.mark.parametrize(
    ("decisions", "undoable"),
    [
        ([decision(1), decision(2)], "all"),
        ([decision(1), decision(2, calls=(call(undo=False),))], "some"),
        ([decision(1, calls=(call(), call("terminate_instances", undo=False)))], "none"),
        ([decision(1, verdict="refused", calls=())], ""),
        ([decision(1, verdict="satisfied", calls=()), decision(2)], "all"),
    ],
)
def test_an_issue_says_how_much_of_what_is_coming_can_be_undone(decisions: list[Decision], undoable: str) -> None:
    assert only(*decisions).content["undoable"] == undoable


def outcome(problem: Problem | None = None) -> Outcome:
    return Outcome(task=TASK, target=arn(), sent=1, problem=problem)


def test_a_row_tells_what_this_run_did() -> None:
    done, failed, skipped, nothing = (
        rows(only(decision(), outcomes=outcomes))[0]
        for outcomes in (
            (outcome(),),
            (outcome(Problem(Trouble.DENIED, "no")),),
            (outcome(Problem(Trouble.STALE, "changed")),),
            (),
        )
    )
    assert [(row["sent"], row["failure"], row["skipped"]) for row in (done, failed, skipped, nothing)] == [
        (True, "", ""),
        (False, "no", ""),
        (False, "", "changed"),
        (False, "", ""),
    ]


def test_news_is_what_changed() -> None:
    pending, waits = entry(Event.INTENDED), decision(verdict=Verdict.SCHEDULED)
    assert news(decision(), told(), pending, outcome=outcome()) == [("acted", "stop the instance")]
    assert news(decision(), told(), pending, outcome=outcome(Problem(Trouble.DENIED, "no"))) == [("failed", "no")]
    assert news(waits) == [("noticed", "")]
    assert news(waits, told()) == []
    assert news(decision(verdict=Verdict.HELD), told()) == [("held", "it is due")]
    assert news(decision(verdict=Verdict.HELD), told(days=1)) == []  # its date has not come
    settled = [told(), entry(Event.APPLIED), entry(Event.SETTLED)]
    assert news(decision(verdict=Verdict.HELD, why="frozen"), *settled) == [("drifted", "frozen")]
    assert news(decision(verdict=Verdict.SATISFIED), *settled) == []


def test_news_of_a_run_that_was_cut_short() -> None:
    pending = [told(), entry(Event.INTENDED, run="cut-short")]
    assert news(decision(verdict=Verdict.SATISFIED, calls=()), *pending) == [("acted", "stop the instance")]
    assert news(decision(verdict=Verdict.UNDERWAY, calls=()), *pending) == [("acted", "stop the instance")]
    assert news(decision(verdict=Verdict.UNDERWAY, reason=Reason.OTHER_TASK_FIRST), *pending) == []
    assert news(decision(verdict=Verdict.HELD), *pending) == [("held", "it is due")]


def test_the_same_news_has_the_same_id_and_other_news_another() -> None:
    entries = chained(told(), entry(Event.INTENDED))
    again = chained(told(), entry(Event.INTENDED), entry(Event.APPLIED), entry(Event.INTENDED))

    def item(*known: Entry, problem: Problem | None = None) -> str:
        (found,) = only(decision(), entries=known, outcomes=(outcome(problem),)).news
        assert found.news in (News.ACTED, News.FAILED)
        return found.id

    assert item(*entries) == item(*entries)
    assert len({item(*entries), item(*again), item(*entries, problem=Problem(Trouble.DENIED, "no"))}) == 3


def test_nothing_stands() -> None:
    assert changes(DRAFT, [], "krampus") == [DRAFT]
    assert changes(replace(DRAFT, open=False), [], "krampus") == []
    assert changes(replace(DRAFT, open=None), [], "krampus") == []


def test_what_stands_as_it_should_is_left_alone() -> None:
    assert changes(DRAFT, [ISSUE], "krampus") == []
    assert changes(DRAFT, [replace(ISSUE, labels=("severity:high", "mine", "krampus"))], "krampus") == []
    assert changes(replace(DRAFT, open=None), [ISSUE], "krampus") == []
    done = replace(ISSUE, open=False, body="old", title="old")
    assert changes(replace(DRAFT, open=False), [done], "krampus") == []
    assert changes(replace(DRAFT, open=None), [done], "krampus") == []


@pytest.mark.parametrize(
    ("by_hand", "is_open"),
    [
        ({"body": "Mine now"}, True),
        ({"title": "Mine"}, True),
        ({"open": False}, True),
        ({"labels": ()}, True),
        ({}, False),
        ({"body": "Mine now"}, None),
    ],
)
def test_what_differs_is_made_right(by_hand: dict[str, Any], is_open: bool | None) -> None:
    issue = replace(ISSUE, **by_hand)
    stands = issue.open if is_open is None else is_open
    assert changes(replace(DRAFT, open=is_open), [issue], "krampus") == [
        Edit(issue, "Title", DRAFT.body, ("krampus", "severity:high"), open=stands)
    ]


def test_peoples_labels_stay_and_an_old_severity_goes() -> None:
    issue = replace(ISSUE, labels=("bug", "severity:low", "krampus"))
    (edit,) = changes(DRAFT, [issue], "krampus")
    assert isinstance(edit, Edit)
    assert edit.labels == ("bug", "krampus", "severity:high")


def test_copies_are_closed_and_keep_what_they_say() -> None:
    copy, over = replace(ISSUE, number=2, body="copy", labels=("x",)), replace(ISSUE, number=3, open=False)
    assert changes(DRAFT, [ISSUE, copy, over], "krampus") == [Edit(copy, "Title", "copy", ("x",), open=False)]
    assert closed(copy) == Edit(copy, "Title", "copy", ("x",), open=False)


def test_the_label_is_the_configured_one() -> None:
    repo = repository(order(), issues={"label": "rod"})
    (notice,) = task_issues(finished_run(repo, plan(decision()), [], ledger_of(), NOW), NOWHERE)
    assert notice.labels[0] == repo.config.issues.label == "rod"
    assert config().issues.label == "krampus"
