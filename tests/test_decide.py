"""Rules one by one: what each says, and on the very edge when it begins to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reconciler.decide.rules import decide
from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Sighting
from reconciler.model.task import Action, Order
from reconciler.resources.catalog import KINDS
from tests.build import (
    NOW,
    arn,
    chained,
    entry,
    exemption,
    ledger_of,
    order,
    repository,
    reviewed,
    running,
    seen,
    stop,
    stopped,
    told,
    unseen,
)

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def one(
    wanted: Order | None = None,
    entries: Sequence[Entry] = (),
    sighting: Sighting | None = None,
    now: datetime = NOW,
    exemptions: Sequence[Exemption] = (),
    **over: Any,
) -> Decision:
    """The decision for a single order; by default its team was told eight days ago."""
    wanted = wanted or order()
    repo = reviewed(repository(wanted, exemptions=exemptions, **over), *entries)
    plan = decide(repo, ledger_of(*entries), seen([wanted], sighting), now)
    (decided,) = plan.decisions
    return decided


def test_ready_when_no_rule_speaks() -> None:
    decided = one(entries=[told()])
    assert decided.verdict is Verdict.READY
    assert decided.calls == (stop(),)
    assert decided.due == NOW - DAY
    shown = KINDS["ec2:instance"].narrowed(
        running().resource or pytest.fail(), KINDS["ec2:instance"].verbs["disable"].parts
    )
    assert decided.seen == shown.digest


@pytest.mark.parametrize("action", ["disable", "kill"])
def test_it_says_what_its_kind_says_of_it(action: Action) -> None:
    verb = KINDS["ec2:instance"].verbs[action]
    decided = one(order(action=action))
    assert (decided.title, decided.does, decided.manual) == ("EC2 instance", verb.does, verb.manual_commands)
    assert decided.undoable is (action == "disable")
    assert not one(sighting=stopped()).undoable


def test_what_takes_back_says_so_and_offers_a_team_no_command() -> None:
    done = (told(), entry(Event.INTENDED), entry(Event.APPLIED))
    decided = one(entries=done, sighting=stopped(), exemptions=[exemption(restore=True)])
    assert (decided.verdict, decided.reason) == (Verdict.READY, Reason.UNDO_DUE)
    assert (decided.does, decided.manual, decided.undoable) == ("undo what it did", (), True)


def test_expired_from_the_end_on() -> None:
    until = datetime(2026, 12, 1, tzinfo=UTC)
    assert one(order(until=until), [told()], now=until - SECOND).verdict is Verdict.READY
    ended = one(order(until=until), [told()], now=until)
    assert (ended.verdict, ended.why) == (Verdict.EXPIRED, "the task ended on 2026-11-30")
    assert (ended.calls, ended.due) == ((), None)


def test_exempt_through_the_last_day_and_not_a_second_longer() -> None:
    spared = exemption(expires=date(2026, 11, 30), reason="two\nlines")
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    held = one(entries=[told()], exemptions=[spared], now=last)
    assert (held.verdict, held.why) == (Verdict.EXEMPT, "until 2026-11-30: two lines (web)")
    assert held.calls == ()
    after = one(entries=[told()], exemptions=[spared], now=last + SECOND)
    assert (after.verdict, after.why) == (Verdict.SCHEDULED, "web has not been notified yet")


@pytest.mark.parametrize(
    ("narrowing", "verdict"),
    [
        ({"tasks": ("stop-idle",)}, Verdict.EXEMPT),
        ({"tasks": ("another",)}, Verdict.READY),
        ({"actions": ("disable",)}, Verdict.EXEMPT),
        ({"actions": ("kill",)}, Verdict.READY),
        ({"resources": (arn(),)}, Verdict.EXEMPT),
        ({"resources": (arn(2),)}, Verdict.READY),
        ({"resources": (arn().replace("instance/", "instance:"),)}, Verdict.EXEMPT),
    ],
)
def test_exempt_only_what_it_names(narrowing: dict[str, Any], verdict: Verdict) -> None:
    assert one(entries=[told()], exemptions=[exemption(**narrowing)]).verdict is verdict


def test_unseen_is_never_acted_on() -> None:
    decided = one(entries=[told()], sighting=unseen("AccessDenied: ec2:DescribeInstances"))
    assert (decided.verdict, decided.why) == (Verdict.UNSEEN, "AccessDenied: ec2:DescribeInstances")
    assert (decided.calls, decided.seen, decided.due) == ((), "", None)


def test_protected_by_a_guardrail() -> None:
    rails = {"protected": (arn(),)}
    decided = one(entries=[told()], guardrails=rails)
    assert (decided.verdict, decided.why) == (Verdict.REFUSED, f"protected: {arn()}")
    assert one(entries=[told()], guardrails={"protected": (arn(2),)}).verdict is Verdict.READY


def test_refused_by_the_kind() -> None:
    decided = one(entries=[told()], sighting=running(root="instance-store"))
    assert decided.verdict is Verdict.REFUSED
    assert decided.why.startswith("its root device is an instance store")


def test_satisfied_when_gone_or_as_asked() -> None:
    gone, done = one(sighting=Sighting()), one(sighting=stopped())
    assert (gone.verdict, gone.why, gone.seen) == (Verdict.SATISFIED, "it is not there", "")
    assert (done.verdict, done.why) == (Verdict.SATISFIED, "it is as the task asks")


def test_underway_and_then_stuck() -> None:
    acted = NOW - timedelta(minutes=15)
    entries = [told(), entry(Event.INTENDED, at=acted), entry(Event.APPLIED, at=acted)]
    stopping = running(state="stopping")
    decided = one(entries=entries, sighting=stopping)
    assert (decided.verdict, decided.why) == (Verdict.UNDERWAY, "the instance is stopping")
    stuck = one(entries=entries, sighting=stopping, now=NOW + SECOND)
    assert stuck.verdict is Verdict.HELD
    assert stuck.why == "stuck since 2026-12-01 08:45 UTC: the instance is stopping"


def test_underway_without_a_deed_of_ours_is_never_stuck() -> None:
    assert one(entries=[told(days=90)], sighting=running(state="pending")).verdict is Verdict.UNDERWAY


def test_what_was_done_and_settled_long_ago_is_no_reason_to_call_today_s_work_stuck() -> None:
    old = NOW - 90 * DAY
    entries = [told(days=99), entry(Event.INTENDED, at=old), entry(Event.APPLIED, at=old), entry(Event.SETTLED, at=old)]
    stopping = running(state="stopping")
    assert one(entries=entries, sighting=stopping).verdict is Verdict.UNDERWAY
    cut_short = entry(Event.INTENDED, at=NOW - 10 * MINUTE, run="killed")
    assert one(entries=[*entries, cut_short], sighting=stopping).verdict is Verdict.UNDERWAY


def test_stuck_and_untold_has_no_due_that_moves_with_the_clock() -> None:
    long_ago = NOW - 2 * DAY
    entries = [told(), entry(Event.INTENDED, at=long_ago), entry(Event.APPLIED, at=long_ago), entry(Event.EXEMPTED)]
    decided = one(entries=entries, sighting=running(state="stopping"))
    assert (decided.verdict, decided.due) == (Verdict.HELD, None)


def test_newcomer_is_what_was_born_after_the_first_notice() -> None:
    first = NOW - 8 * DAY
    assert one(entries=[told()], sighting=running(created=first + MINUTE)).verdict is Verdict.READY
    decided = one(entries=[told()], sighting=running(created=first + MINUTE + SECOND))
    assert decided.verdict is Verdict.REFUSED
    assert decided.why.startswith("created 2026-11-23 09:01 UTC, after the first notice: not what was reviewed; ")


def test_newcomer_does_not_speak_where_aws_gives_no_date_or_nobody_was_told() -> None:
    assert one(entries=[told()], sighting=running(created=None)).verdict is Verdict.READY
    assert one(entries=[], sighting=running(created=NOW)).verdict is Verdict.SCHEDULED


def test_newcomer_looks_at_the_first_notice_even_if_there_was_another() -> None:
    entries = [told(days=20), entry(Event.SETTLED, at=NOW - 15 * DAY), told(days=8)]
    assert one(entries=entries, sighting=running(created=NOW - 10 * DAY)).verdict is Verdict.REFUSED


def test_untold_is_scheduled_as_if_told_now() -> None:
    decided = one()
    assert (decided.verdict, decided.why) == (Verdict.SCHEDULED, "web has not been notified yet")
    assert decided.due == NOW + 7 * DAY
    assert decided.calls == (stop(),)


@pytest.mark.parametrize(
    ("over", "rails", "due"),
    [
        ({}, {}, 7 * DAY),
        ({"grace": HOUR}, {}, DAY),
        ({"grace": HOUR}, {"notice": "2h"}, 2 * HOUR),
        ({"grace": HOUR, "severity": "critical"}, {}, DAY),
        ({"grace": MINUTE, "severity": "critical"}, {"notice_critical": "1h"}, HOUR),
        ({"grace": MINUTE, "severity": "high"}, {"notice_critical": "1h"}, DAY),
        ({"grace": 3 * HOUR, "severity": "critical"}, {"notice_critical": "1h"}, 3 * HOUR),
        ({"after": NOW + 30 * DAY}, {}, 30 * DAY),
        ({"after": NOW + DAY}, {}, 7 * DAY),
        ({"after": NOW - 400 * DAY}, {}, 7 * DAY),
    ],
)
def test_due_is_the_later_of_after_and_of_told_and_grace(
    over: dict[str, Any], rails: dict[str, Any], due: timedelta
) -> None:
    wanted, entries = order(**over), [told(days=0, due=NOW + due)]
    early = one(wanted, entries, now=NOW + due - SECOND, guardrails=rails)
    assert (early.verdict, early.due) == (Verdict.SCHEDULED, NOW + due)
    assert early.why == "web was notified on 2026-12-01 09:00 UTC"
    assert one(wanted, entries, now=NOW + due, guardrails=rails).verdict is Verdict.READY


def test_changed_options_or_action_void_the_notice() -> None:
    assert one(order(action="kill"), [told()]).verdict is Verdict.SCHEDULED
    kill = order(action="kill")
    given = told(action="kill", digest=kill.notice)
    assert one(kill, [given]).verdict is Verdict.READY
    assert (
        one(replace(kill, options={"force": True, "skip_backup": True}), [given]).why == "web has not been notified yet"
    )


def test_another_team_has_a_notice_of_its_own() -> None:
    assert one(order(team="data"), [told()]).why == "data has not been notified yet"
    assert one(order(severity="high", title="Another title"), [told()]).verdict is Verdict.READY


@pytest.mark.parametrize(("expires", "verdict"), [(22, Verdict.READY), (23, Verdict.SCHEDULED)])
def test_an_exemption_that_ended_after_the_notice_voids_it(expires: int, verdict: Verdict) -> None:
    # Told on 23 November at 09:00: what ended with the 22nd was over by then.
    ended = exemption(expires=date(2026, 11, expires))
    assert one(entries=[told()], exemptions=[ended]).verdict is verdict


def test_an_exemption_that_was_removed_voids_the_notice() -> None:
    entries = [told(), entry(Event.EXEMPTED, at=NOW - DAY)]
    assert one(entries=entries).verdict is Verdict.SCHEDULED


def test_held_after_failures_in_a_row() -> None:
    failures = [entry(Event.FAILED)] * 3
    assert one(entries=[told(), *failures[:2]]).verdict is Verdict.READY
    assert one(entries=[told(), *failures]).why == "failed 3 times in a row; a person must look"
    assert one(entries=[told(), *failures], guardrails={"attempts": 4}).verdict is Verdict.READY


def test_held_when_restless() -> None:
    def done(at: datetime) -> list[Entry]:
        return [entry(Event.INTENDED, at=at), entry(Event.APPLIED, at=at)]

    entries = [told(days=30), *done(NOW - 7 * DAY), *done(NOW - DAY), *done(NOW - HOUR)]
    assert one(entries=entries).why.startswith("done 3 times in 7 days")
    assert one(entries=entries, now=NOW + SECOND).verdict is Verdict.READY
    others = [each.model_copy(update={"calls": (stop(2),)}) for each in entries]
    assert one(entries=others).verdict is Verdict.READY


def test_watched_accounts_are_held_without_any_notice() -> None:
    decided = one(order(account="lab"))
    assert (decided.verdict, decided.why, decided.due) == (Verdict.HELD, "lab is only watched", None)
    later = one(order(account="lab", after=NOW + DAY))
    assert (later.verdict, later.why, later.due) == (Verdict.SCHEDULED, "not before 2026-12-02 09:00 UTC", None)
    assert one(order(account="lab", after=NOW)).verdict is Verdict.HELD


def test_paused_acts_on_nothing_but_warns_all_the_same() -> None:
    assert one(entries=[told()], paused=True).why == "Krampus is paused"
    assert one(paused=True).verdict is Verdict.SCHEDULED


def test_frozen_but_for_what_is_allowed() -> None:
    rails = {"freeze": [{"from": "2026-12-01", "to": "2026-12-01", "allow": ["high"]}]}
    decided = one(entries=[told()], guardrails=rails)
    assert (decided.verdict, decided.why) == (Verdict.HELD, "frozen from 2026-12-01 to 2026-12-01, except high")
    assert one(order(severity="high"), [told()], guardrails=rails).verdict is Verdict.READY


def test_the_ledger_is_told_by_task_and_target() -> None:
    assert one(entries=[told(2)]).verdict is Verdict.SCHEDULED
    assert one(entries=[told(task="another")]).verdict is Verdict.SCHEDULED
    assert one(entries=chained(told())).verdict is Verdict.READY


TAGS = [
    {"krampus": "exempt"},
    {"krampus:exempt": "true"},
    {"protected": "yes"},
    {"DoNotDelete": ""},
    {"Name": "exempt"},
]


@pytest.mark.parametrize("tags", TAGS)
def test_no_tag_exempts(tags: dict[str, str]) -> None:
    """Whoever may tag a resource has not been reviewed."""
    shown = running()
    assert shown.resource
    decided = one(entries=[told()], sighting=Sighting(replace(shown.resource, tags=tags)))
    assert decided == one(entries=[told()]).model_copy(update={"display_name": tags.get("Name", "")})
