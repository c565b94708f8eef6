"""Limits on a whole plan: exact at their edges, all held and none trimmed, and nothing of a day counted twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.decide.limits import apply_limits, excesses, protected
from reconciler.model.ledger import Entry, Event
from reconciler.model.limit import LimitKey
from reconciler.model.override import LimitOverride
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.target import matches
from reconciler.model.task import Action
from tests.build import NOW, arn, config, decision, entry, ledger_of

MIDNIGHT = NOW.replace(hour=0)


def bounded(
    decisions: list[Decision], *entries: Entry, allow: dict[Action, int] | None = None, **rails: Any
) -> list[Decision]:
    return apply_limits(
        decisions,
        config(guardrails=rails),
        ledger_of(*entries).intended_on(NOW.date()),
        LimitOverride(allow or {}, "octocat"),
    )


def ready(decisions: list[Decision], *entries: Entry, **rails: Any) -> int:
    return sum(one.verdict is Verdict.READY for one in bounded(decisions, *entries, **rails))


def due(count: int, account: str = "web", first: int = 1, **over: Any) -> list[Decision]:
    return [decision(number, account, **over) for number in range(first, first + count)]


@pytest.mark.promise(8)
@pytest.mark.parametrize("which", ["per_run", "per_account"])
@pytest.mark.parametrize(("count", "limit", "done"), [(2, 3, 2), (3, 3, 3), (4, 3, 0), (1, 0, 0), (0, 0, 0), (1, 1, 1)])
def test_a_limit_is_exact_and_holds_all_or_none(which: str, count: int, limit: int, done: int) -> None:
    assert ready(due(count), **{which: {"disable": limit}}) == done


def test_what_is_held_says_which_limit_and_how_many() -> None:
    (first, *_) = bounded(due(3), per_account={"disable": 2})
    assert (first.verdict, first.reason, first.limit) == (Verdict.HELD, Reason.OVER_LIMIT, LimitKey.PER_ACCOUNT)
    assert first.why == (
        "over the limit guardrails.per_account.disable (2): 3 due in web; all of them are held until it is raised, or "
        "a run is given --allow disable=3"
    )
    (first, *_) = bounded(due(3), entry(Event.INTENDED, 9), per_run={"disable": 2})
    assert (first.reason, first.limit) == (Reason.OVER_LIMIT, LimitKey.PER_RUN)
    assert first.why == (
        "over the limit guardrails.per_run.disable (2): 3 due in this run and 1 done today; all of them are held "
        "until it is raised, or a run is given --allow disable=4"
    )
    assert first.calls == due(1)[0].calls
    (first, *_) = bounded(due(3), entry(Event.INTENDED, 1), per_run={"disable": 2})
    assert ": 3 due in this run; all" in first.why  # what is intended again is no second target


def test_an_account_over_its_limit_holds_neither_other_accounts_nor_other_actions() -> None:
    kills = due(2, first=7, action="kill", task="clean")
    decisions = [*due(3), *kills, *due(2, "data")]
    after = bounded(decisions, per_account={"disable": 2, "kill": 2}, per_run={"disable": 2, "kill": 2})
    assert [one.verdict for one in after] == [Verdict.HELD] * 3 + [Verdict.READY] * 4


def test_a_run_over_its_limit_holds_that_action_in_every_account() -> None:
    decisions = [*due(2), *due(2, "data"), *due(1, first=7, action="kill", task="clean")]
    after = bounded(decisions, per_account={"disable": 2, "kill": 2}, per_run={"disable": 3, "kill": 1})
    assert [one.verdict for one in after] == [Verdict.HELD] * 4 + [Verdict.READY]


def test_what_is_not_ready_does_not_count_and_stays_as_it_is() -> None:
    others = [
        decision(number, verdict=verdict) for number, verdict in enumerate(Verdict, 10) if verdict != Verdict.READY
    ]
    after = bounded([*others, *due(1)], per_run={"disable": 1})
    assert after == [*others, *due(1)]


@pytest.mark.parametrize(
    ("entries", "done"),
    [
        ([], 2),
        ([entry(Event.INTENDED, 8, MIDNIGHT)], 2),
        ([entry(Event.INTENDED, 8, MIDNIGHT), entry(Event.INTENDED, 9, MIDNIGHT)], 0),
        # The day before does not count, nor does what was only told, nor another account or action.
        ([entry(Event.INTENDED, number, MIDNIGHT - timedelta(seconds=1)) for number in (7, 8, 9)], 2),
        ([entry(Event.NOTICED, number, MIDNIGHT) for number in (7, 8, 9)], 2),
        ([entry(Event.INTENDED, number, MIDNIGHT, account="data") for number in (7, 8, 9)], 2),
        ([entry(Event.INTENDED, number, MIDNIGHT, action="kill") for number in (7, 8, 9)], 2),
        # The same target again today is no more than it was.
        ([entry(Event.INTENDED, 1, MIDNIGHT)] * 5, 2),
        ([entry(Event.INTENDED, 8, MIDNIGHT)] * 5, 2),
        ([entry(Event.INTENDED, 1, MIDNIGHT), entry(Event.INTENDED, 2, MIDNIGHT)] * 5, 2),
    ],
)
def test_an_accounts_day_is_counted_from_the_ledger_and_repeats_only_once(entries: list[Entry], done: int) -> None:
    assert ready(due(2), *entries, per_account={"disable": 3}) == done


def test_a_runs_day_counts_every_account() -> None:
    elsewhere = [entry(Event.INTENDED, number, MIDNIGHT, account="data") for number in (8, 9)]
    assert ready(due(2), *elsewhere, per_run={"disable": 4}) == 2
    assert ready(due(2), *elsewhere, per_run={"disable": 3}) == 0


def test_defaults_bound_an_account_and_a_run() -> None:
    assert ready(due(20)) == 20
    assert ready(due(21)) == 0
    assert ready(due(6, action="kill")) == 0
    many = [one for account in range(6) for one in due(20, f"a{account}", 100 * account)]
    assert [ready(many[:100]), ready(many[:101]), ready(many)] == [100, 0, 0]


def test_an_allowance_lets_go_what_a_limit_holds_and_says_who_asked() -> None:
    rails: dict[str, Any] = {"per_account": {"disable": 2}, "per_run": {"disable": 2}}
    after = bounded(due(3), allow={"disable": 3}, **rails)
    assert {(one.verdict, one.reason, one.why, one.allowed_by, one.limit) for one in after} == {
        (Verdict.READY, Reason.ALLOWED, "allowed disable=3 by octocat", "octocat", None)
    }
    assert ready(due(3), allow={"disable": 2}, **rails) == 0
    assert ready(due(3), allow={"kill": 3}, **rails) == 0


def test_an_allowance_neither_lowers_a_limit_nor_touches_what_goes_anyway() -> None:
    assert bounded(due(3), allow={"disable": 1}, per_account={"disable": 3}) == due(3)
    held = [decision(9, verdict=Verdict.HELD, reason=Reason.FROZEN)]
    assert bounded([*held, *due(1)], allow={"disable": 9}) == [*held, *due(1)]
    assert ready(due(1), allow={"disable": 1}, per_run={"disable": 0}) == 1


def test_an_allowance_counts_the_day_like_a_limit() -> None:
    done = [entry(Event.INTENDED, number, MIDNIGHT) for number in (8, 9)]
    assert ready(due(2), *done, allow={"disable": 3}, per_account={"disable": 2}) == 0
    assert ready(due(2), *done, allow={"disable": 4}, per_account={"disable": 2}) == 2


SHARES = st.dictionaries(st.sampled_from(("web", "data", "lab")), st.integers(0, 6))


@pytest.mark.promise(8)
@given(SHARES, SHARES, st.integers(0, 8), st.integers(0, 8))
def test_what_is_said_to_let_it_go_does_and_one_less_does_not(
    shares: dict[str, int], before: dict[str, int], per_run: int, per_account: int
) -> None:
    decisions = [one for account, count in shares.items() for one in due(count, account)]
    entries = [entry(Event.INTENDED, 50 + n, account=where) for where, count in before.items() for n in range(count)]
    rails: dict[str, Any] = {"per_run": {"disable": per_run}, "per_account": {"disable": per_account}}
    strict = bounded(decisions, *entries, **rails)
    found = excesses(strict, config(guardrails=rails), ledger_of(*entries).intended_on(NOW.date()))
    held = {one.why for one in strict if one.over_limit}
    assert bool(found) == bool(held)
    if found:
        (enough,) = {one.allow for one in found}
        assert all(f"--allow disable={enough}" in why for why in held)
        assert ready(decisions, *entries, allow={"disable": enough}, **rails) == len(decisions)
        assert ready(decisions, *entries, allow={"disable": enough - 1}, **rails) < len(decisions)
        raised: dict[str, Any] = {"per_run": {"disable": per_run}, "per_account": {"disable": per_account}}
        for one in found:
            part = raised[one.key.split(".")[1]]
            part["disable"] = max(part["disable"], one.needed)
        assert ready(decisions, *entries, **raised) == len(decisions)


def test_one_task_a_target_and_the_reversible_one_first() -> None:
    both = [decision(task="a-kill", action="kill"), decision(task="z-stop")]
    kill, stop = bounded(both)
    assert stop.verdict is Verdict.READY
    assert (kill.verdict, kill.reason) == (Verdict.UNDERWAY, Reason.OTHER_TASK_FIRST)
    assert (kill.done, kill.why) == (False, "the task z-stop acts on it in this run")


def test_one_task_a_target_by_name_and_only_for_that_target() -> None:
    decisions = [decision(task="b"), decision(task="a"), decision(2, task="b"), decision(account="data", task="b")]
    assert [one.verdict for one in bounded(decisions)] == [
        Verdict.UNDERWAY,
        Verdict.READY,
        Verdict.READY,
        Verdict.READY,
    ]


def test_one_task_a_target_leaves_out_what_only_waits() -> None:
    decisions = [decision(task="a", verdict=Verdict.SCHEDULED), decision(task="b")]
    assert bounded(decisions) == decisions


ROLE = "arn:aws:iam::111122223333:role/"


@pytest.mark.promise(8)
@pytest.mark.parametrize(
    ("target", "covered"),
    [
        (f"{ROLE}krampus-read", True),
        (f"{ROLE}krampus-act", True),
        (f"{ROLE}ops/krampus-act", True),
        (f"{ROLE}ops/eu/krampus-act", True),
        (f"{ROLE}krampus-act-too", False),
        (f"{ROLE}not-krampus-act", False),
        ("arn:aws-cn:iam::111122223333:role/krampus-act", True),
        ("arn:aws:iam::111122223333:user/krampus-act", False),
        (f"{ROLE}aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS", True),
        (f"{ROLE}aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0", True),
        (f"{ROLE}OrganizationAccountAccessRole", True),
        (f"{ROLE}any/OrganizationAccountAccessRole", True),
        (f"{ROLE}AWSControlTowerExecution", True),
        (f"{ROLE}service-role/AWSControlTowerStackSetRole", True),
        (f"{ROLE}aws-controltower-ConfigRecorderRole", True),
        (f"{ROLE}stacksets-exec-0123456789abcdef", True),
        (f"{ROLE}AWSCloudFormationStackSetExecutionRole", True),
        ("arn:aws:iam::111122223333:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE", True),
        ("arn:aws:iam::111122223333:saml-provider/acme", False),
        ("arn:aws:iam::111122223333:root", True),
        # A team's own: `guardrails.protected` can name them.
        (f"{ROLE}cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1", False),
        (f"{ROLE}my-AWSControlTower", False),
        ("arn:aws:iam::aws:policy/AdministratorAccess", True),
        ("arn:aws:iam::111122223333:policy/AdministratorAccess", False),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", True),
        (arn(5), True),
        (arn(), False),
    ],
)
def test_protected_is_what_the_config_says_krampus_itself_and_what_aws_keeps(target: str, covered: bool) -> None:
    globs = protected(config(guardrails={"protected": (arn(5),)}))
    assert any(matches(glob, target) for glob in globs) is covered


def test_protected_follows_the_names_of_the_roles() -> None:
    globs = protected(config(aws={"act_role": "reaper"}))
    assert any(matches(glob, f"{ROLE}x/reaper") for glob in globs)
    assert not any(matches(glob, f"{ROLE}krampus-act") for glob in globs)
