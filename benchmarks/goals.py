"""What is to be reached: each goal with its limits, and how its figures come out of the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks import printed
from benchmarks.printed import Figures
from benchmarks.results import Results

RUN, SCRIPT = "`python -m benchmarks run --case {}`", "`python -m benchmarks script {}`"


class Goal(NamedTuple):
    """Each of its figures is to be within the two numbers given for it.

    key: names it in benchmarks/missed.md; before: what it was when the goal was set; form: how figures are written;
    how: the command that gives them
    """

    key: str
    what: str
    before: str
    reach: str
    within: Sequence[tuple[float, float]]
    form: str
    how: str
    measured: Callable[[Results], Figures | None]

    def met(self, figures: Figures) -> bool:
        """Whether all of them are."""
        return all(low <= figure <= high for figure, (low, high) in zip(figures, self.within, strict=True))


def _idle_calls(results: Results) -> Figures | None:
    return _calls(results, "wait", "steady")


def _acting_calls(results: Results) -> Figures | None:
    return _calls(results, "act")


def _calls(results: Results, *phases: str) -> Figures | None:
    rows = [results.row("mixed", "krampus", phase) for phase in phases]
    found = [row["reads"] + row["writes"] for row in rows if row]
    return tuple(found) if len(found) == len(phases) else None


def _users(results: Results) -> Figures | None:
    row = results.row("users", "krampus", "act")
    return (row["reads"] + row["writes"], row["most"]) if row else None


def _against_org(results: Results) -> Figures | None:
    found = [_ratio(results, "mixed", phase, "c7n-org", "krampus") for phase in ("act", "steady")]
    return tuple(ratio for ratio in found if ratio is not None) if None not in found else None


def _against_c7n(results: Results) -> Figures | None:
    cases = ("rules", "stop", "users")
    found = [_ratio(results, case, phase, "krampus", "c7n") for case in cases for phase in ("act", "steady")]
    return tuple(ratio for ratio in found if ratio is not None) if None not in found else None


def _ratio(results: Results, case: str, phase: str, one: str, other: str) -> float | None:
    """Of the walls, the first through the second. Those of two runs compare with each other only by chance."""
    ours, theirs = (results.row(case, tool, phase) for tool in (one, other))
    same = ours is not None and theirs is not None and ours["run"] == theirs["run"]
    return float(ours["wall"] / theirs["wall"]) if same and ours and theirs else None


MANY = float("inf")
GOALS: Sequence[Goal] = (
    Goal(
        key="idle-calls",
        what="calls waiting / steady, 500 mixed targets (floor 160)",
        before="790 / 470",
        reach="≤ 185",
        within=((0, 185), (0, 185)),
        form="{:.0f} / {:.0f}",
        how=RUN.format("mixed"),
        measured=_idle_calls,
    ),
    Goal(
        key="acting-calls",
        what="calls acting, 500 mixed targets (floor 600)",
        before="2,000",
        reach="≤ 900",
        within=((0, 900),),
        form="{:,.0f}",
        how=RUN.format("mixed"),
        measured=_acting_calls,
    ),
    Goal(
        key="users",
        what="calls acting, 100 users (floor 602)",
        before="1,710",
        reach="≤ 800, at least 16 in flight",
        within=((0, 800), (16, MANY)),
        form="{:,.0f}, {:.0f} in flight",
        how=RUN.format("users"),
        measured=_users,
    ),
    Goal(
        key="growth",
        what="CPU s telling / acting on 10,000 targets over 100 accounts, AWS canned",
        before="> 510 / -",
        reach="≤ 12 / ≤ 25",
        within=((0, 12), (0, 25)),
        form="{:.1f} / {:.1f}",
        how=SCRIPT.format("canned"),
        measured=printed.telling_and_acting,
    ),
    Goal(
        key="level",
        what="CPU a target from 10,000 to 100,000",
        before="x 3.5",
        reach="x 1.1",
        within=((0, 1.1),),
        form="x {:.2f}",
        how=SCRIPT.format("canned-large"),
        measured=printed.level,
    ),
    Goal(
        key="memory",
        what="memory at 100,000 targets over 1,000 accounts, botocore included",
        before="-",
        reach="≤ 600 MiB",
        within=((0, 600),),
        form="{:.0f} MiB",
        how=SCRIPT.format("canned-large"),
        measured=printed.memory,
    ),
    Goal(
        key="year",
        what="a run after a year of hourly runs (146,000 lines) in which nothing is due",
        before="22 CPU s, 936 MiB",
        reach="≤ 2 s, ≤ 200 MiB",
        within=((0, 2), (0, 200)),
        form="{:.1f} CPU s, {:.0f} MiB",
        how=SCRIPT.format("year"),
        measured=printed.after_a_year,
    ),
    Goal(
        key="against-c7n-org",
        what="wall against c7n-org, many accounts, act / steady",
        before="1.7 x / 4.5 x faster",
        reach="≥ 5 x",
        within=((5, MANY), (5, MANY)),
        form="{:.1f} x / {:.1f} x faster",
        how=RUN.format("mixed"),
        measured=_against_org,
    ),
    Goal(
        key="against-c7n",
        what="wall as a multiple of c7n's, one region: act / steady of `rules`; of `stop`; of `users`",
        before="0.5 x to 1.8 x",
        reach="≤ 1 x (never slower)",
        within=((0, 1),) * 6,
        form="{:.2f} / {:.2f}; {:.2f} / {:.2f}; {:.2f} / {:.2f}",
        how="`python -m benchmarks run`, in one run",
        measured=_against_c7n,
    ),
    Goal(
        key="validate",
        what="`validate`, 100,000 targets in 2,000 files, 2,000 exemptions, as a multiple of CSafeLoader's CPU",
        before="7.6 CPU s, 195 MB",
        reach="≤ 1.5 x",
        within=((0, 1.5),),
        form="{:.2f} x",
        how=SCRIPT.format("validate"),
        measured=lambda results: printed.marked(results, "validate", "validate"),
    ),
    Goal(
        key="throttled",
        what="1,000 writing calls over 10 accounts that throttle: how many failed; time, as a multiple of the allowed",
        before="-",
        reach="none, ≤ 1.3 x",
        within=((0, 0), (0, 1.3)),
        form="{:.0f}, {:.2f} x",
        how=SCRIPT.format("pacing"),
        measured=lambda results: printed.marked(results, "pacing", "throttled"),
    ),
)
