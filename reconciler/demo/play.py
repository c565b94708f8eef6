"""Plays the demo: creates the resources, runs the scenes and narrates their results; at the end, what to open."""

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

IN_PART = 3  # the exit code of every run: one account cannot be seen
HOUR = timedelta(hours=1)
FIRST = "issues-day-0"
WIDTH = 100
REFUSAL = error(
    "AccessDenied",
    f"User: arn:aws:iam::000000000000:user/krampus is not authorized to perform: sts:AssumeRole on resource: "
    f"arn:aws:iam::{UNREACHABLE}:role/krampus-read",
)


def play(folder: Path, path: str, shown: str) -> Iterator[str]:
    """The narration, line by line. `path`: where programs are; `shown`: the folder as its reader calls it.

    Raises Occupied if the folder is not free, and Failed if something of the story is not so.
    """
    started = time.monotonic()
    stage = set_up(folder, path)
    with embedded_aws() as (url, gate):
        gate.refuse = _answer
        aws = Accounts(url)
        world = create_world(aws)
        things = [made for made in world if made.kind != "iam:access-key"]
        begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
        this = DemoContext(stage, aws, world, dict(example_files(world, begins.date())))
        accounts = len({made.account for made in world})
        yield f"An AWS on this machine alone: {len(things)} resources in {accounts} accounts. The clock will run ahead."
        yield ""
        _keep(stage.folder / "aws" / "before.txt", snapshot(aws, world))
        evidence, calls = NOTHING, []
        for number, scene in enumerate(SCENES, 1):
            now = begins + timedelta(days=scene.day, hours=scene.hour)
            yield f"Day {scene.day}, {now:%a %d %b %H:%M} UTC: {scene.title}"
            scene.prepare(this, now)
            turn, requests = _run(this, gate, evidence, _log(number, scene), now)
            calls += [_call(number, request) for request in requests]
            evidence = turn.after
            yield from (line for said in scene.narrate(turn) for line in _wrapped(said))
            if number == 1:
                shutil.copytree(stage.folder / "issues", stage.folder / FIRST)
        _keep(stage.folder / "aws" / "after.txt", snapshot(aws, world))
        _keep(stage.folder / "aws" / "calls.txt", calls)
    stage.git("clone", "--quiet", "--branch", REPORTS, str(stage.remote), str(folder / "report"))
    yield from ("", f"Worth opening, below {shown}:", *_reading(this, evidence))
    writing = sum(call.startswith("*") for call in calls)
    spent = time.monotonic() - started
    yield ""
    yield f"{len(SCENES)} runs, {len(calls)} calls to AWS, {writing} of them changed something; {spent:.0f} seconds."


def _answer(request: Request) -> tuple[str, str] | None:
    """What moto cannot do: refuse to let anybody into an account."""
    if request.operation == "AssumeRole" and f":iam::{UNREACHABLE}:" in request.text:
        return "403 Forbidden", REFUSAL
    return None


def _run(this: DemoContext, gate: Gate, before: Evidence, log: str, now: datetime) -> tuple[Turn, Sequence[Request]]:
    seen = len(gate.requests)
    status = this.stage.reconcile(this.aws.url, now, log)
    expect(status == IN_PART, f"the run ends with exit code {IN_PART} ({status} in log/{log})")
    requests = gate.requests[seen:]
    return Turn(before, read(this.stage), [request for request in requests if request.writes]), requests


def _log(number: int, scene: Scene) -> str:
    return f"{number}-day-{scene.day}.txt"


def _call(run: int, request: Request) -> str:
    return f"{'*' if request.writes else ' '} run {run}  {request.service:8} {request.region:12} {request.operation}"


def _wrapped(said: str) -> list[str]:
    return textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)


def _keep(file: Path, lines: Sequence[str]) -> None:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _reading(this: DemoContext, evidence: Evidence) -> Iterator[str]:
    ledger = min((this.stage.folder / "report" / "ledger").iterdir()).name
    told = _issue(this, evidence, "open-ssh", "acme/website")
    for file, phrase in (
        (f"{FIRST}/{told.name}", "what the web team was told first"),
        (str(told), "the same issue nine days later"),
        (str(_operators(this, evidence)), "what needs a person, and the way out"),
        ("report/README.md", "how everything stands"),
        (f"report/ledger/{ledger}", "each notice; each call, with its undo"),
        (f"log/{_log(4, SCENES[3])}", "a plan, call by call, and what was done"),
        ("repository/tasks/open-ssh.yaml", "an order as people write it"),
        ("aws/before.txt and aws/after.txt", "AWS itself: `diff` shows what changed"),
    ):
        yield f"  {file:56}  {phrase}"


def _operators(this: DemoContext, evidence: Evidence) -> Path:
    return file_of(this.stage, next(one for one in evidence.issues.values() if OPERATORS in one.labels))


def _issue(this: DemoContext, evidence: Evidence, task: str, repository: str) -> Path:
    found = (one for one in evidence.issues.values() if one.repository == repository and f"/{task}.yaml`" in one.body)
    return file_of(this.stage, next(found))
