"""Builders of the nouns for tests: each has sensible defaults, and takes by keyword what the test is about."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reconciler.decide.limits import excesses
from reconciler.decide.restore import undoing
from reconciler.ledger.chain import chained as lines
from reconciler.ledger.chain import parse
from reconciler.ledger.effects import Effects
from reconciler.ledger.fold import Fold
from reconciler.ledger.read import Ledger, folded, read
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.call import Call
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Entry, Event, Histories
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live, Look, Problem, Resource, Sighting, Trouble
from reconciler.model.target import GLOBAL, Arn, Target
from reconciler.model.task import Order, Task
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.shared.scaling import ALONE

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TASK = "stop-idle"
COMMIT = "c0ffee"  # of main, at which the task stood
IDS = {"web": "111122223333", "data": "444455556666", "lab": "777788889999"}
DEFAULTS: Mapping[str, Any] = {
    "accounts": {
        "web": {"id": IDS["web"], "team": "web", "regions": ("eu-west-1",), "enforce": True},
        "data": {"id": IDS["data"], "team": "data", "regions": ("eu-west-1",), "enforce": True},
        "lab": {"id": IDS["lab"], "team": "data", "regions": ("eu-west-1",)},
    },
    "teams": {"web": {"issues": "acme/website", "mention": "@acme/web"}, "data": {}},
    "defaults": {"grace": "7d", "team": "data"},
}
# A reason that each verdict may have.
REASONS = {
    Verdict.EXPIRED: Reason.EXPIRED,
    Verdict.EXEMPT: Reason.EXEMPT,
    Verdict.UNSEEN: Reason.UNSEEN,
    Verdict.REFUSED: Reason.KIND_REFUSES,
    Verdict.SATISFIED: Reason.AS_ASKED,
    Verdict.UNDERWAY: Reason.AWS_AT_WORK,
    Verdict.SCHEDULED: Reason.TOLD,
    Verdict.HELD: Reason.GIVEN_UP,
    Verdict.READY: Reason.DUE,
}


def config(**over: Any) -> Config:
    """Two enforced accounts (web, data) and a watched one (lab)."""
    return Config.model_validate({**DEFAULTS, **over})


def number_of(account: str) -> str:
    """The number of an account; made up, and each time the same, for a name that the configuration does not have."""
    return IDS.get(account, f"{zlib.crc32(account.encode()):012}")


def arn(number: int = 1, account: str = "web") -> str:
    """The ARN of an instance."""
    return f"arn:aws:ec2:eu-west-1:{number_of(account)}:instance/i-{number:017x}"


def target(number: int = 1, account: str = "web") -> Target:
    """An instance of an account."""
    text = arn(number, account)
    return Target(text, account, number_of(account), "eu-west-1", "ec2:instance", resolve(text)[1])


def order(number: int = 1, account: str = "web", **over: Any) -> Order:
    """To stop an instance, after a week."""
    given: dict[str, Any] = {
        "task": TASK,
        "title": "Idle instance",
        "target": target(number, account),
        "action": "disable",
        "severity": "medium",
        "team": "web" if account == "web" else "data",
        "grace": timedelta(days=7),
        "after": None,
        "until": None,
    }
    given |= {"options": {"skip_backup": True}} if over.get("action") == "kill" else {}
    given |= over
    return Order(**{"file": f"tasks/{given['task']}.yaml"} | given)


def running(number: int = 1, created: datetime | None = None, **facts: Any) -> Sighting:
    """An instance that runs; `facts` are what differs."""
    usual = {"state": "running", "root": "ebs", "spot": {}, **ALONE, "protections": []}
    return Sighting(resource=Resource(f"i-{number:017x}", {**usual, **facts}, created=created))


def stopped(number: int = 1) -> Sighting:
    """An instance that stands as `disable` asks."""
    return running(number, state="stopped")


def unseen(says: str = "AccessDenied: no", trouble: Trouble = Trouble.DENIED) -> Sighting:
    """A look that failed."""
    return Sighting(problem=Problem(trouble, says))


def look_of(one: Order) -> Look:
    """What its target is looked at for."""
    return Look(one.target, one.action, one.options)


def seen(orders: Iterable[Order], sighting: Sighting | None = None) -> Live:
    """Every target as it is given, or running."""
    return {one.target: sighting or _runs(one) for one in orders}


def _runs(one: Order) -> Sighting:
    return running(int(one.target.name[2:], 16))


def exemption(**over: Any) -> Exemption:
    """Of all instances, for a month."""
    given = {
        "reason": "Needed until the move (NET-88)",
        "owner": "web",
        "expires": date(2026, 12, 31),
        "resources": ("arn:aws:ec2:*:*:instance/*",),
    }
    return Exemption.model_validate({**given, **over})


def repository(*orders: Order, exemptions: Sequence[Exemption] = (), **over: Any) -> Repository:
    """A repository with these orders, a task for each name among them; `over` goes into its configuration."""
    tasks = {
        one.task: Task.model_validate(
            {
                "title": one.title,
                "reason": "Nobody has used it for a month.",
                "action": one.action,
                "severity": one.severity,
                "targets": [each.target.arn for each in orders if each.task == one.task],
            }
        )
        for one in orders
    }
    files = {f"exemptions/{number}.yaml": one for number, one in enumerate(exemptions)}
    return Repository(config(**over), tasks, files, orders)


def reviewed(repo: Repository, *entries: Entry, **over: Any) -> Repository:
    """The same, and git knows that what these entries intended was ordered so on main; `over`: of each order."""
    intents = [one for one in entries if one.event is Event.INTENDED]
    return replace(repo, past={(one.commit, *one.key): _ordered(one, over) for one in intents})


def _ordered(intent: Entry, over: Mapping[str, Any]) -> Order:
    kind, name = resolve(intent.target)
    region = Arn.parse(intent.target).region or GLOBAL
    called = next((called for called, number in IDS.items() if number == intent.account), intent.account)
    there = Target(intent.target, called, intent.account, region, kind.name, name)
    return order(task=intent.task, **{"target": there, "action": intent.action, **over})


def call(operation: str = "stop_instances", undo: bool = True, **arguments: Any) -> Call:
    """A call of EC2."""
    given = arguments or {"InstanceIds": [f"i-{1:017x}"]}
    back = Call(service="ec2", operation="start_instances", arguments=given) if undo else None
    return Call(service="ec2", operation=operation, arguments=given, undo=back)


def stop(number: int = 1) -> Call:
    """The call that stops an instance."""
    return call(InstanceIds=[f"i-{number:017x}"])


def decision(number: int = 1, account: str = "web", **over: Any) -> Decision:
    """Ready, with the call that stops the instance."""
    given: dict[str, Any] = {
        "task": TASK,
        "target": arn(number, account),
        "account": account,
        "account_id": number_of(account),
        "region": "eu-west-1",
        "kind": "ec2:instance",
        "action": "disable",
        "team": "web" if account == "web" else "data",
        "severity": "medium",
        "verdict": Verdict.READY,
        "reason": REASONS[Verdict(over.get("verdict", Verdict.READY))],
        "why": "it is due",
        "calls": (stop(number),),
    }
    given |= over
    kind = KINDS[given["kind"]]
    verb = kind.verbs[given["action"]]
    told = {"title": kind.title, "does": verb.does, "manual": verb.manual_commands}
    one = Decision.model_validate({"name": re.split("[:/]", given["target"])[-1], **told, **given})
    return undoing(one, one.undo_progress) if one.undo_progress else one


def plan(*decisions: Decision, at: datetime = NOW) -> Plan:
    """A plan of these decisions."""
    return plan_of(at, COMMIT, decisions)


def exceeding(made: Plan, repo: Repository, *entries: Entry) -> Plan:
    """The same plan with the limits of the repository that it exceeds, as if it had been decided."""
    done = ledger_of(*entries).intended_on(made.at.date())
    return made.model_copy(update={"exceeded": excesses(made.decisions, repo.config, done)})


def entry(
    event: Event = Event.NOTICED, number: int = 1, at: datetime = NOW, account: str = "web", **over: Any
) -> Entry:
    """What happened to an instance; a notice is for the default order."""
    noticed = event is Event.NOTICED
    given: dict[str, Any] = {
        "at": at,
        "run": "a-run",
        **(told_by(number, at, account) if noticed else {}),
        "event": event,
        "task": TASK,
        "target": arn(number, account),
        "account": number_of(account),
        "action": "disable",
        "commit": COMMIT if noticed or event is Event.INTENDED else "",
        "calls": (stop(number),) if event is Event.INTENDED else (),
    }
    return Entry.model_validate({**given, **over})


def told_by(number: int, at: datetime, account: str) -> dict[str, Any]:
    """What a notice of the default order says at that time."""
    one = order(number, account)
    home = config().teams[one.team].home
    where = {"tracker": "github", "repository": home, "place": f"{home}#1"}
    return {**where, "since": at, "due": at + one.grace, "digest": one.notice}


def told(number: int = 1, days: float = 8, account: str = "web", **over: Any) -> Entry:
    """A notice that was delivered so many days ago."""
    return entry(Event.NOTICED, number, NOW - timedelta(days=days), account, **over)


# When nothing is from the future.
LATER = datetime(9000, 1, 1, tzinfo=UTC)


def chained(*entries: Entry) -> tuple[Entry, ...]:
    """The same entries as the ledger gives them back."""
    return parse(lines({}, None, entries))


def ledger_of(*entries: Entry) -> Ledger:
    """The ledger with these entries, as it is handed on within a run."""
    return folded(BranchSnapshot("", {}), entries)


def histories(entries: Iterable[Entry]) -> Histories:
    """What these entries tell of each task and target."""
    return Fold().after(entries).histories


def applied_calls(entries: Iterable[Entry]) -> Effects:
    """What was sent to each task and target, by these entries, and not undone."""
    return Fold().after(entries).applied


def append(files: Mapping[str, bytes], entries: Sequence[Entry]) -> dict[str, bytes]:
    """The files of a ledger that change when these entries are written."""
    return read(BranchSnapshot("", files), LATER).with_lines(entries)
