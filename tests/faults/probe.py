"""One point: the story up to it, the fault, then runs until nothing changes; and what is wrong with how it ends."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.demo.server import embedded_aws
from reconciler.model.call import Call
from tests.faults.launch import ready
from tests.faults.site import Point, Site, environment
from tests.faults.wire import Wire
from tests.faults.world import USER, Aws, World, facts

HOUR = timedelta(hours=1)
# Told; acted, by jobs of which one looks at a part of the accounts, or by one; what takes two runs is finished.
NAMES = ("tell", "look", "act", "finish")
LOOK = NAMES.index("look")
RUNS = (0 * HOUR, 26 * HOUR, 26 * HOUR, 27 * HOUR)
MOST = 12  # runs after the last of these


@dataclass(frozen=True)
class Ending:
    """How the story ends: AWS, issues and report; the writing calls that AWS took; what is wrong in itself."""

    stands: Any
    comments: dict[str, int]
    accepted: list[str]
    faults: list[str]


@dataclass(frozen=True)
class Result:
    """What came of a point."""

    point: Point
    met: str
    code: int
    ending: Ending | None
    counts: dict[str, list[str]]


def probe(point: Point, site: Site, world: World, cache: Path) -> Result:
    """In a process in which AWS is as it was before the point's run."""
    job = ready()
    with tempfile.TemporaryDirectory(prefix="krampus-") as folder, embedded_aws() as (url, gate):
        wire, aws = Wire(gate), Aws(url)
        here = replace(site.copy(Path(folder) / "site"), environment=environment(url))
        code = here.disturbed(job, wire, RUNS[point.run], point, sharded=point.run == LOOK)
        counts = {**here.counts(), "seen": list(wire.seen)}
        met = wire.met or _met(point, counts)
        handed = [file.read_text() for file in sorted(here.folder.glob("looks-*.json"))]
        state = json.dumps(
            [point.run, code < 0, handed, here.persists(), facts(aws, world)], sort_keys=True, default=str
        )
        sent = [_plain(one.operation, one.text) for one in wire.accepted]
        known = cache / hashlib.sha256(f"{state}{sent}".encode()).hexdigest()
        if known.exists():
            return Result(point, met, code, Ending(**json.loads(known.read_text())), counts)
        if point.run == LOOK:
            here.carried_on(wire, RUNS[LOOK])
        ending = _ending(point, here, wire, aws, world)
        half = known.with_suffix(f".{gate.requests and id(gate)}")
        half.write_text(json.dumps(vars(ending)))
        half.replace(known)
        return Result(point, met, code, ending, counts)


def _ending(point: Point, site: Site, wire: Wire, aws: Aws, world: World) -> Ending:
    """Runs from an hour after the fault until nothing changes."""
    disturbed = RUNS[point.run]
    due = sorted({at for at in RUNS if at > disturbed + HOUR})
    times = [disturbed + HOUR, *due]
    times += [max(times) + HOUR * more for more in range(1, MOST)]
    before: Any = None
    faults: list[str] = []
    for at in times:
        code = site.run(wire, at)
        if code != 0:
            faults.append(f"a run after it ended with exit code {code}")
        now = site.persists()
        if now == before and at > RUNS[-1]:
            break
        before = now
    else:
        faults.append("it never comes to rest")
    return Ending(
        json.loads(json.dumps([site.stands(), facts(aws, world)], default=str)),
        dict(site.comments()),
        [_plain(one.operation, one.text) for one in wire.accepted],
        faults + _wrong(site, wire, world),
    )


def _wrong(site: Site, wire: Wire, world: World) -> list[str]:
    """What must hold of every story's end, whatever another one looks like."""
    entries = site.ledger()  # raises if the chain is broken
    intended = [call for one in entries for call in one.calls]
    told = Counter(one.target for one in entries if one.event.value == "noticed")
    settled = Counter(one.target for one in entries if one.event.value == "settled")
    names = [world.idle, world.group, world.volume, USER]
    done = [name for name in names if any(_tells(entry, name) for entry in entries)]
    return [
        *(f"doubled: {text}" for text, count in Counter(map(_of, wire.accepted)).items() if count > 1),
        *(f"lost: {one.operation} was never recorded" for one in wire.accepted if not _recorded(one, intended, names)),
        *(f"lost: no fate of {target}" for target in site.pending()),
        *(f"lost: nobody says that {name} was done" for name in set(names) - set(done)),
        *(f"doubled: told {count} times of {target}" for target, count in told.items() if count > 1),
        *(f"doubled: settled {count} times: {target}" for target, count in settled.items() if count > 1),
        *(f"doubled: said {count} times: {one}" for one, count in site.said().items() if count > 1),
    ]


def _tells(entry: Any, name: str) -> bool:
    return entry.event.value == "applied" and name in entry.target


def _of(request: Any) -> str:
    return _plain(request.operation, request.text)


def _plain(operation: str, text: str) -> str:
    """A call without what the SDK makes up for each sending."""
    kept = (part for part in text.split("&") if not part.startswith(("ClientToken=", "Version=", "Action=")))
    return f"{operation} {'&'.join(sorted(kept))}"


def _recorded(request: Any, intended: Sequence[Call], names: Sequence[str]) -> bool:
    named = [name for name in names if name in request.text]
    return any(
        call.operation.replace("_", "") == request.operation.lower() and name in json.dumps(dict(call.arguments))
        for call in intended
        for name in named
    )


def _met(point: Point, counts: dict[str, list[str]]) -> str:
    lines = counts["gits" if point.sort == "git" else "writes"] if point.sort != "aws" else []
    if not 0 < point.number <= len(lines):
        return ""
    words = lines[point.number - 1].split(" ")
    if point.sort == "tracker":
        return " ".join(words)
    # Past `-C folder` and every `-c setting`.
    while words and words[0] in ("-C", "-c"):
        words = words[2:]
    return " ".join(words[:1])
