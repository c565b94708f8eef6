"""Runs the demo: creates the resources, runs the scenes and narrates their results; at the end, what to open."""

from __future__ import annotations

import shutil
import textwrap
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.demo.accounts import UNREACHABLE, Accounts
from reconciler.demo.adapt import example_files
from reconciler.demo.evidence import NOTHING, Evidence, Turn, expect, file_of, read
from reconciler.demo.script import OPERATORS, SCENES, DemoContext, Scene
from reconciler.demo.server import Gate, Request, embedded_aws, error
from reconciler.demo.snapshot import snapshot
from reconciler.demo.stage import REPORTS, set_up
from reconciler.demo.world import create_world

PARTIAL = 3  # the exit code of every run: one account cannot be seen
HOUR = timedelta(hours=1)
FIRST = "issues-day-0"
WIDTH = 100
REFUSAL = error(
    "AccessDenied",
    f"User: arn:aws:iam::000000000000:user/krampus is not authorized to perform: sts:AssumeRole on resource: "
    f"arn:aws:iam::{UNREACHABLE}:role/krampus-read",
)


def play(folder: Path, path: str, shown: str) -> Iterator[str]:
    """The narration, line by line. `path`: the PATH of programs; `shown`: the folder as the narration names it.

    Raises Occupied if the folder is not free, and Failed if an expectation of the demo does not hold.
    """
    started = time.monotonic()
    stage = set_up(folder, path)
    with embedded_aws() as (url, gate):
        gate.refuse = _answer
        aws = Accounts(url)
        world = create_world(aws)
        resources = [resource for resource in world if resource.kind != "iam:access-key"]
        begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
        context = DemoContext(stage, aws, world, dict(example_files(world, begins.date())))
        accounts = len({resource.account for resource in world})
        yield f"An AWS on this machine only: {len(resources)} resources in {accounts} accounts. The clock is simulated."
        yield ""
        _keep(stage.folder / "aws" / "before.txt", snapshot(aws, world))
        evidence, calls = NOTHING, []
        for number, scene in enumerate(SCENES, 1):
            now = begins + timedelta(days=scene.day, hours=scene.hour)
            yield f"Day {scene.day}, {now:%a %d %b %H:%M} UTC: {scene.title}"
            scene.prepare(context, now)
            turn, requests = _run(context, gate, evidence, _log(number, scene), now)
            calls += [_call(number, request) for request in requests]
            evidence = turn.after
            yield from (line for paragraph in scene.narrate(turn) for line in _wrapped(paragraph))
            if number == 1:
                shutil.copytree(stage.folder / "issues", stage.folder / FIRST)
        _keep(stage.folder / "aws" / "after.txt", snapshot(aws, world))
        _keep(stage.folder / "aws" / "calls.txt", calls)
    stage.git("clone", "--quiet", "--branch", REPORTS, str(stage.remote), str(folder / "report"))
    yield from ("", f"Worth opening, below {shown}:", *_files(context, evidence))
    writes = sum(call.startswith("*") for call in calls)
    elapsed = time.monotonic() - started
    yield ""
    yield f"{len(SCENES)} runs, {len(calls)} calls to AWS, {writes} of them changed something; {elapsed:.0f} seconds."


def _answer(request: Request) -> tuple[str, str] | None:
    """Refuse to let anybody assume a role in the unreachable account, which moto itself cannot do."""
    if request.operation == "AssumeRole" and f":iam::{UNREACHABLE}:" in request.text:
        return "403 Forbidden", REFUSAL
    return None


def _run(context: DemoContext, gate: Gate, before: Evidence, log: str, now: datetime) -> tuple[Turn, Sequence[Request]]:
    seen = len(gate.requests)
    status = context.stage.reconcile(context.aws.url, now, log)
    expect(status == PARTIAL, f"the run ends with exit code {PARTIAL} ({status} in log/{log})")
    requests = gate.requests[seen:]
    return Turn(before, read(context.stage), [request for request in requests if request.writes]), requests


def _log(number: int, scene: Scene) -> str:
    return f"{number}-day-{scene.day}.txt"


def _call(run: int, request: Request) -> str:
    return f"{'*' if request.writes else ' '} run {run}  {request.service:8} {request.region:12} {request.operation}"


def _wrapped(paragraph: str) -> list[str]:
    return textwrap.wrap(paragraph, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)


def _keep(file: Path, lines: Sequence[str]) -> None:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _files(context: DemoContext, evidence: Evidence) -> Iterator[str]:
    ledger = min((context.stage.folder / "report" / "ledger").iterdir()).name
    issue = _issue(context, evidence, "open-ssh", "acme/website")
    for file, phrase in (
        (f"{FIRST}/{issue.name}", "the web team's issue on the first day"),
        (str(issue), "the same issue nine days later"),
        (str(_operators(context, evidence)), "what needs a person, and how to go on"),
        ("report/README.md", "the state of everything"),
        (f"report/ledger/{ledger}", "each notice; each call, with its undo"),
        (f"log/{_log(4, SCENES[3])}", "a plan, call by call, and what was done"),
        ("repository/tasks/open-ssh.yaml", "a task as people write it"),
        ("aws/before.txt and aws/after.txt", "AWS itself: `diff` shows what changed"),
    ):
        yield f"  {file:56}  {phrase}"


def _operators(context: DemoContext, evidence: Evidence) -> Path:
    return file_of(context.stage, next(issue for issue in evidence.issues.values() if OPERATORS in issue.labels))


def _issue(context: DemoContext, evidence: Evidence, task: str, repository: str) -> Path:
    of_team = (issue for issue in evidence.issues.values() if issue.repository == repository)
    return file_of(context.stage, next(issue for issue in of_team if f"/{task}.yaml`" in issue.body))
