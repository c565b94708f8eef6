"""The coming days of a plan: `krampus plan --until DATE`, and the first of them under every plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from reconciler.model.fields import Day
from reconciler.model.forecast import REMEDY, Coming, in_words
from reconciler.model.plan import Plan
from reconciler.publish.coming import coming_data, coming_line, limit_ahead
from reconciler.render.escape import json_lines, log_line, log_text

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

A_YEAR = timedelta(days=366)


def _day(text: str) -> date:
    try:
        return TypeAdapter(Day).validate_python(text)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        raise typer.BadParameter(f"{context.get('message')}; {context.get('help')}") from None


Until = Annotated[
    date | None,
    typer.Option(parser=_day, metavar="DATE", help="Play the schedule out to this day: what is done, what held."),
]


def until_in_range(until: date | None, now: datetime) -> date | None:
    """The same day. Raises BadParameter if it is before now, or more than a year ahead."""
    if until and until < now.date():
        raise typer.BadParameter(f"--until {until} is in the past; today is {now.date()}")
    if until and until > (now + A_YEAR).date():
        raise typer.BadParameter(f"--until {until} is more than a year ahead; nobody knows the rules of that day")
    return until


def show_schedule(plan: Plan, until: date, form: str, renderer: Callable[[], Renderer]) -> None:
    """Print what comes until a day, that day included; `form`: text, markdown or json, which is the plan's."""
    rows = _rows(plan, until)
    if form == "json":
        print(json_lines(plan.model_copy(update={"forecast": tuple(rows)}).model_dump_json(indent=1)))
    elif form == "markdown":
        print(log_text(schedule_markdown(plan, until, renderer())))
    else:
        lines = day_lines(rows) or ["  Nothing comes in that time."]
        print(log_text("\n".join((_heading(plan, until), *lines))))


def schedule_markdown(plan: Plan, until: date, renderer: Renderer) -> str:
    """What comes until a day, as Markdown."""
    return renderer.text("schedule.md.j2", {"heading": _heading(plan, until), **coming_data(_rows(plan, until))})


def _rows(plan: Plan, until: date) -> list[Coming]:
    return [row for row in plan.forecast if row.day <= until]


def _heading(plan: Plan, until: date) -> str:
    return f"Schedule from {in_words(plan.at.date())} to {in_words(until)}"


def day_lines(rows: Sequence[Coming]) -> list[str]:
    """A line for each, and what a reviewer can do where a limit will hold something."""
    lines = [f"  {log_line(coming_line(row))}" for row in rows]
    return [*lines, f"  {REMEDY}"] if limit_ahead(rows) else lines
