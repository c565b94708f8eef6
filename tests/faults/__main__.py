"""Every point of the runs, one after the other: a table on stdout, and exit code 1 if one of them ends wrong."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.demo.server import READING, embedded_aws
from tests.faults.launch import ready, warm_up
from tests.faults.probe import LOOK, NAMES, RUNS, Result, probe
from tests.faults.site import Point, Site, environment, make_site
from tests.faults.wire import FAULTS, KILLS, Wire
from tests.faults.world import Aws, World, make


def main() -> int:
    """Play it, and say what is lost, doubled or diverged."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try every N-th point only")
    parser.add_argument("--only", default="", help="try the points whose line contains this only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    asked = parser.parse_args()
    warm_up()
    started, wrong, tried, total = time.monotonic(), Counter[str](), 0, 0
    with tempfile.TemporaryDirectory(prefix="krampus-faults-") as folder:
        stands: list[Any] = []
        for expected, points, results in _story(Path(folder), asked):
            total += points
            stands.append(expected.ending and expected.ending.stands)
            for result in results:
                verdicts = _verdicts(result, expected)
                tried += 1
                wrong.update({one.partition(":")[0] for one in verdicts})
                _say(_line(result.point, result), "; ".join(verdicts) or "as undisturbed")
    if any(one != stands[0] for one in stands):  # separate jobs come to the same as one
        wrong["diverged"] += 1
        _say("undisturbed, the runs do not end alike")
    _say(f"{tried} of {total} points tried in {time.monotonic() - started:.0f} seconds")
    _say(f"{tried} points: {wrong['lost']} lost, {wrong['doubled']} doubled, {wrong['diverged']} diverged")
    return 1 if wrong else 0


def _story(folder: Path, asked: Any) -> Iterator[tuple[Result, int, Iterator[Result]]]:
    """Run after run: how it ends undisturbed, how many points the run has, and what comes of those that are tried."""
    with embedded_aws() as (url, _):
        world = make(Aws(url))
        site = make_site(folder / "site", url, world.files)
    (folder / "cache").mkdir()
    for run in range(len(RUNS)):
        first = next(_probed([Point(run, "", 0, "")], site, world, folder / "cache", 1))
        points = list(_points(run, first))
        chosen = [one for one in _sampled(points, asked.every) if asked.only in _line(one)]
        yield first, len(points), _probed(chosen, site, world, folder / "cache", asked.jobs)
        if run == LOOK:  # one job does the same next
            continue
        job = ready()
        with embedded_aws() as (url, gate):
            site = replace(site, environment=environment(url))
            site.disturbed(job, Wire(gate), RUNS[run], Point(run, "", 0, ""))
        for log in ("gits", "gits.n", "writes"):
            (site.folder / log).unlink(missing_ok=True)


def _points(run: int, undisturbed: Result) -> Iterator[Point]:
    sorts = {"git": ("gits", KILLS), "tracker": ("writes", KILLS), "aws": ("seen", FAULTS)}
    for sort, (log, kinds) in sorts.items():
        for number, call in enumerate(undisturbed.counts[log], 1):
            # Whether an answer that never came was to a question makes no difference: nothing has changed.
            looks = sort == "aws" and READING.match(call)
            yield from (Point(run, sort, number, kind) for kind in kinds if not (looks and kind == "reset before"))


def _sampled(points: list[Point], every: int) -> list[Point]:
    """Every so many of each sort of call, the first of them in any case."""
    sorts = dict.fromkeys(point.sort for point in points)
    return [point for sort in sorts for point in [one for one in points if one.sort == sort][::every]]


def _probed(points: list[Point], site: Site, world: World, cache: Path, jobs: int) -> Iterator[Result]:
    """Each in a process of its own, forked off while no thread runs here: so AWS is copied as it stands."""
    fork = multiprocessing.get_context("fork")
    waiting = list(reversed(points))
    running: list[tuple[Any, Any]] = []
    done = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            point = waiting.pop()
            mine, theirs = fork.Pipe(duplex=False)
            process = fork.Process(target=_send, args=(theirs, point, site, world, cache))
            process.start()
            theirs.close()
            running.append((process, mine))
        process, mine = running.pop(0)
        yield _received(mine, points[done])
        done += 1
        process.join()


def _received(pipe: Any, point: Point) -> Result:
    try:
        result: Result = pipe.recv()
    except EOFError:  # it broke off with a traceback: something that it reads is not as it must be
        return Result(point, "", 0, None, {})
    return result


def _send(pipe: Any, point: Point, site: Site, world: World, cache: Path) -> None:
    pipe.send(probe(point, site, world, cache))


def _verdicts(result: Result, expected: Result) -> list[str]:
    """What is wrong, each beginning with lost, doubled or diverged."""
    ending, wanted = result.ending, expected.ending
    if ending is None or wanted is None:
        return ["diverged: what is left cannot be read"]
    struck = result.code == -9 or result.point.kind not in KILLS
    found = [one if one.startswith(("lost", "doubled")) else f"diverged: {one}" for one in ending.faults]
    if not struck:
        found.append(f"diverged: the fault did not strike (exit code {result.code})")
    if ending.stands != wanted.stands:
        found.append(f"diverged: {_difference(ending.stands, wanted.stands)}")
    # A failure is news of its own; everything else is said as often as if nothing had happened, or it is missed.
    said = {line: count for line, count in ending.comments.items() if "**failed.**" not in line}
    found += [f"doubled: {line}" for line, count in said.items() if count > wanted.comments.get(line, 0)]
    found += [f"lost: {line}" for line in wanted.comments if line not in said]
    return found


def _difference(found: Any, wanted: Any, path: str = "") -> str:
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        return "; ".join(
            _difference(found[key], wanted[key], f"{path}/{key}") for key in found if found[key] != wanted[key]
        )
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = enumerate(zip(found, wanted, strict=True))
        return "; ".join(_difference(one, other, f"{path}/{key}") for key, (one, other) in pairs if one != other)
    return f"{path}: {str(found)[:300]!r}, not {str(wanted)[:300]!r}"


def _line(point: Point, result: Result | None = None) -> str:
    line = f"{NAMES[point.run]:7} {point.sort:8} {point.number:3}"
    return f"{line} {point.kind:12} {result.met if result else '':34}"


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
