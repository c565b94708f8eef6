"""The script of the demo, scene by scene: what people do, and what is checked and narrated after Krampus has run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.demo.accounts import HOME, Accounts
from reconciler.demo.evidence import Turn, expect
from reconciler.demo.stage import Stage
from reconciler.demo.world import ANYWHERE, CreatedResource, rule
from reconciler.model.issue import Issue
from reconciler.model.reason import Reason

EXEMPTION = "exemptions/bastion.yaml"
IDLE = "tasks/idle-machines.yaml"
OPERATORS = "krampus:operators"
INTENT_AND_REPORT = 2  # commits of a run that acts: one before its calls are sent, and one after


@dataclass(frozen=True)
class DemoContext:
    """What a scene may change: the folder, AWS, and the files that are still to be committed."""

    stage: Stage
    aws: Accounts
    world: Sequence[CreatedResource]
    files: Mapping[str, str]


Preparation = Callable[[DemoContext, datetime], None]
Narration = Callable[[Turn], Iterator[str]]


@dataclass(frozen=True)
class Scene:
    """One run: its time, what people do before it, and the narration after it."""

    day: int
    hour: int
    title: str
    prepare: Preparation
    narrate: Narration


def _merge_tasks(context: DemoContext, at: datetime) -> None:
    files = {path: text for path, text in context.files.items() if path != EXEMPTION}
    context.stage.commit(files, "Add tasks for what the audit found", at, "Ada")


def _merge_exemption(context: DemoContext, at: datetime) -> None:
    context.stage.commit({EXEMPTION: context.files[EXEMPTION]}, "Exempt the bastion until the VPN is live", at, "Ben")


def _close_port(context: DemoContext, _at: datetime) -> None:
    ec2, group = _group(context, "payments-admin")
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule(22, ANYWHERE)])


def _open_port(context: DemoContext, at: datetime) -> None:
    ec2, group = _group(context, "build-agents")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule(22, ANYWHERE)])
    _give_back(context, at)


def _group(context: DemoContext, name: str) -> tuple[Any, str]:
    group = next(each for each in context.world if (each.kind, each.name) == ("ec2:security-group", name))
    return context.aws.client("ec2", group.account, HOME), group.id


def _give_back(context: DemoContext, at: datetime) -> None:
    machine = next(word for word in context.files[IDLE].split() if ":instance/" in word)
    what = f"owner: web\nexpires: {at.date() + timedelta(days=90)}\nresources: [{machine}]\n"
    text = f"reason: It is needed after all\n{what}restore: true\n"
    context.stage.commit({"exemptions/machine.yaml": text}, "Give the idle machine back", at, "Ben")


def _nothing(_context: DemoContext, _at: datetime) -> None:
    """Time passes."""


def _first_notices(turn: Turn) -> Iterator[str]:
    noticed, verdicts = turn.of("noticed"), turn.verdicts()
    expect(len(turn.opened) == len(turn.after.issues) > 0, "the first run opens issues")
    expect(verdicts["scheduled"] == len(noticed) > 0, "every team whose resource is to be acted on has been notified")
    expect(not turn.writes, "nothing is done before the teams were notified")
    teams = sorted({str(row["team"]) for row in turn.after.decisions if row["verdict"] == "scheduled"})
    ours = [issue for issue in turn.opened if OPERATORS in issue.labels]
    expect(len(ours) == 1, "one issue is for the team that runs Krampus")
    yield (
        f"{len(turn.opened) - len(ours)} issues tell the teams {_list(teams)} what will happen to {len(noticed)} "
        "resources, when, why, and how to prevent it. Nothing is changed in AWS yet."
    )
    foreseen = [row for row in turn.after.decisions if row["held_then"] == Reason.OVER_LIMIT]
    expect({str(row["task"]) for row in foreseen} == {"campaign-leftovers"}, "a limit is foreseen")
    yield f"A limit is foreseen: {len(foreseen)} kills of campaign-leftovers are over it, and will be held."
    watched, unseen = turn.verdicts(account="data-lab"), turn.verdicts(account="acquired")
    expect(set(watched) == {"held"}, "the account data-lab is only watched")
    expect(set(unseen) == {"unseen"}, "the account acquired cannot be seen")
    yield (
        f"The account data-lab is only watched: {_count(watched['held'], 'target')} reported. The account acquired "
        f"cannot be entered: {_count(unseen['unseen'], 'resource')} left alone, the others do not wait for it, and "
        f"{_issues(ours)} open for it."
    )


def _fixed_by_team(turn: Turn) -> Iterator[str]:
    expect([issue.repository for issue in turn.closed] == ["acme/payments"], "the team's own fix closes its issue")
    expect(len(turn.of("settled")) == 1 and not turn.writes, "what the team fixed itself is left alone")
    yield f"Krampus sees the fix, and has nothing left to do there: {_issues(turn.closed)} closed."
    reminded = turn.of("reminded")
    expect(set(_tasks(reminded)) == {"public-buckets"}, "what is done tomorrow is said once more today")
    buckets = _count(len(reminded), "bucket", "", "")
    yield f"The task public-buckets is due tomorrow, so its teams are reminded of {buckets}."


def _exempted(turn: Turn) -> Iterator[str]:
    exempted = turn.of("exempted")
    expect(len(exempted) == 1 and turn.verdicts()["exempt"] == 1, "the exemption protects the bastion")
    yield "The bastion is exempt: nothing will be done to it when its deadline passes."
    expect(set(_tasks(turn.of("applied"))) == {"public-buckets"}, "the public buckets are closed after two days")
    done = _count(len(turn.of("applied")), "bucket")
    yield f"The task public-buckets gave its teams two days. They are over, and {done} closed: {_calls(turn)}."


def _deadline(turn: Turn) -> Iterator[str]:
    done, calls = turn.of("applied"), [call for entry in turn.of("intended") for call in entry["calls"]]
    expect(not turn.of("failed") and len(done) > 0, "what is due is done")
    expect(turn.after.commits == turn.before.commits + INTENT_AND_REPORT, "what is intended is committed by itself")
    undoable = sum(call["undo"] is not None for call in calls)
    yield (
        f"{_count(len(done), 'resource')} due. {_count(len(calls), 'call')} committed and pushed, {undoable} of them "
        f"with an undo, and only then sent: {_calls(turn)}."
    )
    over = [row for row in turn.after.decisions if row["reason"] == Reason.OVER_LIMIT]
    expect({(row["task"], row["verdict"]) for row in over} == {("campaign-leftovers", "held")}, "the limit holds")
    expect("campaign-leftovers" not in _tasks(turn.of("intended")), "what is held is not done")
    (ours,) = (issue for issue in turn.after.issues.values() if OPERATORS in issue.labels)
    expect(ours.open and f"--allow kill={len(over)}" in ours.body, "the operators are told how to allow them")
    yield (f"As foreseen, a limit holds all {len(over)} kills of campaign-leftovers. An issue says how to allow them.")


def _confirmed(turn: Turn) -> Iterator[str]:
    expect(len(turn.closed) > 0 and not turn.of("failed"), "success is seen, and issues are closed")
    yield (
        f"Success is seen, not assumed: {_count(len(turn.of('settled')), 'resource')} as the tasks ask, "
        f"{_issues(turn.closed)} closed."
    )
    expect(set(_tasks(turn.of("applied"))) == {"idle-machines"}, "machines are stopped on their day, not before")
    yield f"The task idle-machines says that nothing is done before today. Now it is due: {_calls(turn)}."


def _drifted(turn: Turn) -> Iterator[str]:
    expect([issue.repository for issue in turn.opened] == ["acme/website"], "the issue opens again")
    expect(_tasks(turn.of("applied")) == {"open-ssh": 1} and len(turn.writes) == 2, "the port is closed again")  # noqa: PLR2004  and the machine is started
    expect(len(turn.of("restored")) == 1, "what an exemption with `restore: true` covers is undone")
    yield (
        f"{_issues(turn.opened).capitalize()} open again, with a comment, and the port is closed at once, as its team "
        f"was told. Ben's exemption says `restore: true`, so its machine is started: {_calls(turn)}."
    )


def _closed_again(turn: Turn) -> Iterator[str]:
    expect(len(turn.closed) > 0 and not turn.writes, "the issue closes again")
    left = [issue for issue in turn.after.issues.values() if issue.open]
    expect(len(left) > 0, "what needs a person stays open")
    yield f"Success is seen: {_issues(turn.closed)} closed; {_issues(left)} still open, for a person."


def _quiet(turn: Turn) -> Iterator[str]:
    expect(turn.before == turn.after and not turn.writes, "a run in which nothing changed writes nothing")
    commits, touched = turn.after.commits - turn.before.commits, len(turn.opened) + len(turn.closed)
    yield f"So nothing is written: {len(turn.writes)} calls that change AWS, {commits} commits, {touched} issues."


def _calls(turn: Turn) -> str:
    """The calls in the ledger, which must be what AWS received."""
    intended = [call for entry in turn.of("intended") for call in entry["calls"]]
    calls = Counter(f"{call['service']}.{call['operation']}" for call in intended)
    expect(len(turn.writes) == calls.total() > 0, "AWS received what the ledger says, and no more")
    return ", ".join(f"{operation} (x{count})" if count > 1 else operation for operation, count in calls.items())


def _tasks(entries: Iterable[Mapping[str, Any]]) -> Counter[str]:
    return Counter(entry["task"] for entry in entries)


def _issues(issues: Sequence[Issue]) -> str:
    numbers = _list([f"{issue.number:04}" for issue in issues])
    return f"issues {numbers} are" if len(issues) > 1 else f"issue {numbers} is"


def _count(number: int, thing: str, many: str = " are", one: str = " is") -> str:
    return f"{number} {thing}s{many}" if number > 1 else f"{number} {thing}{one}"


def _list(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


SCENES = (
    Scene(0, 0, "the tasks are merged, and Krampus runs for the first time", _merge_tasks, _first_notices),
    Scene(1, 0, "the payments team closes port 22 of payments-admin itself", _close_port, _fixed_by_team),
    Scene(3, 0, "the web team's exemption of its bastion is merged", _merge_exemption, _exempted),
    Scene(7, 0, "the week is over, and nothing else has been fixed", _nothing, _deadline),
    Scene(8, 0, "a day later", _nothing, _confirmed),
    Scene(9, 0, "somebody opens port 22 of build-agents again; a machine is exempted", _open_port, _drifted),
    Scene(9, 1, "an hour later", _nothing, _closed_again),
    Scene(9, 2, "another hour later, and nothing has changed", _nothing, _quiet),
)
