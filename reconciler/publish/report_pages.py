"""The report for people: one page while all fits on it, else an overview and a page for each team and account. PURE.

GitHub shows a large page late or not at all, so every page is bounded, and says how much it leaves out, and where the
rest is. Source: docs.github.com, "Repository limits".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from reconciler.model.config import Config
from reconciler.model.forecast import Coming
from reconciler.model.notice import Plain, PlainData
from reconciler.model.plan import Verdict
from reconciler.model.task import Key
from reconciler.publish.attention import Attention, limits_view
from reconciler.publish.coming import coming_data, next_days
from reconciler.publish.exemption_reminders import ending_view
from reconciler.publish.file_names import ACCOUNTS, TEAMS, file_name
from reconciler.publish.report_json import REPORT
from reconciler.publish.report_rows import ReportRow, row_view, soonest
from reconciler.publish.tally import Tally, tally

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

README = "README.md"
MEANINGS: Mapping[Verdict, str] = {
    Verdict.EXPIRED: "the task has ended; its file can be removed",
    Verdict.EXEMPT: "covered by an exemption",
    Verdict.UNSEEN: "AWS did not show it, so it is left alone",
    Verdict.REFUSED: "will not be done, for the reason given",
    Verdict.SATISFIED: "already as the task requires, or gone",
    Verdict.UNDERWAY: "AWS is still working on it",
    Verdict.SCHEDULED: "not due yet",
    Verdict.HELD: "due, but held back",
    Verdict.READY: "calls sent in the last run; the next run verifies the result",
}
COMING = 20  # rows under "Coming next"
HEAD = 4_000  # bytes of a page besides its rows
CUT = b"\n\n... the rest is in report.json.\n"
T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """How large the report's files may be, in bytes.

    whole: of all targets' rows, that they may stand on the first page (64 kB are some 350); matters: where they do not,
    of what needs somebody; table: of the rows of teams, and of those of accounts; page: of a page; part: of a file for
    programs
    listed: how many limits, exemptions and lines of coming days there are on a page
    """

    whole: int = 64_000
    matters: int = 20_000
    table: int = 60_000
    page: int = 480_000
    part: int = 4_000_000
    listed: int = 100


@dataclass(frozen=True)
class Told:
    """What the first page says besides the targets. deferred: how many issues wait for a later run."""

    attention: Attention
    deferred: int = 0
    forecast: Sequence[Coming] = ()


@dataclass(frozen=True)
class Table:
    """The text of a table's first rows, its size in bytes, and how many rows it leaves out."""

    rows: str
    size: int
    more: int

    @property
    def view(self) -> dict[str, Plain]:
        """For a template."""
        return {"rows": self.rows, "more": self.more}


EMPTY = Table("", 0, 0)


@dataclass(frozen=True)
class Group:
    """The targets of one team or account. label: what it is called on a page; path: of its own page."""

    kind: Literal["Team", "Account"]
    name: str
    label: str
    path: str
    rows: Sequence[ReportRow]
    tally: Tally

    @property
    def order(self) -> tuple[bool, str]:
        """To sort by: whether any of it needs somebody, then by name."""
        return (not self.tally.matters, self.name)


@dataclass
class Rows:
    """The rows of all tables, each rendered once, when first needed, and shared by all pages."""

    renderer: Renderer
    _texts: dict[Key, str] = field(default_factory=dict)

    def table(self, rows: Iterable[ReportRow], most: int) -> Table:
        """The first of these that come to no more than `most` bytes; what needs somebody comes first."""
        return first_rows(sorted(rows, key=lambda row: row.order), self._text, most)

    def overview(self, groups: Iterable[Group], most: int) -> Table:
        """A row for each team or account, likewise."""
        return first_rows(sorted(groups, key=lambda group: group.order), self._line, most)

    def _text(self, row: ReportRow) -> str:
        key = row.decision.key
        if key not in self._texts:
            self._texts[key] = self.renderer.text("report_row.md.j2", row_view(row))
        return self._texts[key]

    def _line(self, group: Group) -> str:
        shown = {"label": group.label, "path": group.path, **group.tally.view()}
        return self.renderer.text("report_group.md.j2", shown)


def report_pages(
    config: Config, rows: Sequence[ReportRow], told: Told, renderer: Renderer, bounds: Bounds
) -> dict[str, bytes]:
    """The pages, by path."""
    cells = Rows(renderer)
    accounts = [
        Group("Account", name, _heading(config, name), f"{ACCOUNTS}/{file_name(name)}.md", found, tally(found))
        for name, found in _by(rows, lambda row: row.decision.account)
    ]
    sections = _sections(cells, accounts, bounds.whole)
    teams = [
        Group("Team", name, name, f"{TEAMS}/{file_name(name)}.md", found, tally(found))
        for name, found in _by([] if sections else rows, lambda row: row.decision.team)
    ]
    shown = _overview(config, rows, told, bounds) | {
        "matters": cells.table((row for row in rows if row.matters), bounds.whole if sections else bounds.matters).view,
        "sections": sections,
        "teams": cells.overview(teams, bounds.table).view,
        "accounts": cells.overview([] if sections else accounts, bounds.table).view,
    }
    readme = _bounded(renderer.text("report.md.j2", shown), bounds.page)
    own = {} if sections else {group.path: _page(group, cells, bounds.page) for group in (*teams, *accounts)}
    return {README: readme, **own}


def _overview(config: Config, rows: Sequence[ReportRow], told: Told, bounds: Bounds) -> dict[str, Plain]:
    counts = Counter(row.decision.verdict for row in rows)
    endings, limits = told.attention.exemptions, told.attention.over
    return {
        "name": config.name,
        "deferred": told.deferred,
        "summary": [
            {"verdict": verdict.value, "count": counts[verdict], "meaning": MEANINGS[verdict]}
            for verdict in Verdict
            if counts[verdict]
        ],
        "over": limits_view(limits[: bounds.listed]),
        "more_over": max(0, len(limits) - bounds.listed),
        "exemptions": [ending_view(ending) for ending in endings[: bounds.listed]],
        "more_exemptions": max(0, len(endings) - bounds.listed),
        **coming_data(next_days(told.forecast), bounds.listed),
        "coming": [row_view(row) for row in soonest(rows, COMING)],
    }


def _by(rows: Iterable[ReportRow], name: Callable[[ReportRow], str]) -> list[tuple[str, list[ReportRow]]]:
    found: dict[str, list[ReportRow]] = defaultdict(list)
    for row in rows:
        found[name(row)].append(row)
    return sorted(found.items())


def _sections(cells: Rows, accounts: Iterable[Group], most: int) -> list[PlainData]:
    """A table for each account, if all of them together come to no more than `most` bytes; else none."""
    sections = list[PlainData]()
    for group in accounts:
        table = cells.table(group.rows, most)
        most -= table.size
        if table.more:
            return []
        sections.append({"heading": group.label, "rows": table.rows})
    return sections


def _page(group: Group, cells: Rows, most: int) -> bytes:
    table = cells.table(group.rows, most - HEAD)
    shown = {"kind": group.kind, "label": group.label, "report": REPORT, **group.tally.view(), **table.view}
    return _bounded(cells.renderer.text("report_page.md.j2", shown), most)


def _bounded(text: str, most: int) -> bytes:
    """The text; of one that is larger, as a template of somebody else may make it, its first lines."""
    written = text.encode()
    return written if len(written) <= most else written[: most - len(CUT)].rpartition(b"\n")[0] + CUT


def _heading(config: Config, name: str) -> str:
    account = config.accounts.get(name)
    return f"{name} ({account.id}){'' if account.enforce else ', only watched'}" if account else name


def first_rows(rows: Sequence[T], text: Callable[[T], str], most: int) -> Table:
    """The text of the first rows that come to no more than `most` bytes."""
    kept, size = list[str](), 0
    for row in rows:
        line = text(row)
        length = len(line.encode())
        if size + length > most:
            break
        kept.append(line)
        size += length
    return Table("".join(kept), size, len(rows) - len(kept))
