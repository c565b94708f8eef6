"""The report after a run, for people (pages) and programs (report.json): same state, same bytes. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.notice import Delivery
from reconciler.publish.attention import Attention
from reconciler.publish.finished_run import FinishedRun
from reconciler.publish.report_json import report_json
from reconciler.publish.report_pages import Bounds, Told, report_pages
from reconciler.publish.report_rows import rows_and_forecast

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

BOUNDS = Bounds()


def report_files(
    run: FinishedRun, attention: Attention, delivery: Delivery, renderer: Renderer, bounds: Bounds = BOUNDS
) -> dict[str, bytes]:
    """The files of the report, by path, none larger than `bounds` say; DoorClosed if a template cannot be rendered."""
    rows, forecast = rows_and_forecast(run, delivery)
    told = Told(attention, len(delivery.deferred), forecast)
    pages = report_pages(run.repository.config, rows, told, renderer, bounds)
    return {**pages, **report_json(rows, bounds.part)}
