"""The report for programs: one file, or one a part of an account where that would become too large. PURE.

Each decision stands on a line of its own, so that git stores, and shows, no more than what has changed. It is not
compressed: git compresses what it stores, and a compressed file would be another as a whole whenever a line is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.publish.file_names import ACCOUNTS, file_name
from reconciler.publish.report_rows import ReportRow

REPORT = "report.json"
VERSION = 2
# What changes by itself, or only a run needs.
NOT_REPORTED = {
    *("seen", "identity", "frozen_from", "undo_progress", "runs", "hold", "limit"),
    *("allowed_by", "title", "does", "manual"),
}


def report_json(rows: Sequence[ReportRow], most: int) -> dict[str, bytes]:
    """report.json, version 2, by path: the decisions as they stand after the run, in the plan's order.

    Of more than `most` bytes it names its `parts` instead, each of which has its own `decisions`: an account's, or as
    many of them as come to `most` bytes.
    """
    lines = [_line(row) for row in rows]
    if _size(lines) <= most:
        return {REPORT: _file("decisions", lines)}
    by_account: dict[str, list[bytes]] = defaultdict(list)
    for row, line in zip(rows, lines, strict=True):
        by_account[row.decision.account].append(line)
    parts = {
        f"{ACCOUNTS}/{file_name(account)}{f'.{number}' if number else ''}.json": _file("decisions", part)
        for account, of_account in by_account.items()
        for number, part in enumerate(_cut(of_account, most))
    }
    return {REPORT: _file("parts", [json.dumps(path).encode() for path in parts]), **parts}


def _cut(lines: Sequence[bytes], most: int) -> Iterator[Sequence[bytes]]:
    first, size = 0, 0
    for number, line in enumerate(lines):
        size += len(line) + 2
        if size > most and number > first:
            yield lines[first:number]
            first, size = number, len(line) + 2
    yield lines[first:]


def _size(lines: Sequence[bytes]) -> int:
    return sum(map(len, lines)) + 2 * len(lines)


def _file(name: str, lines: Sequence[bytes]) -> bytes:
    listed = b"[\n" + b",\n".join(lines) + b"\n]" if lines else b"[]"
    return b'{"version": %d, "%s": %s}\n' % (VERSION, name.encode(), listed)


def _line(row: ReportRow) -> bytes:
    return json.dumps(_json_of(row), sort_keys=True).encode()


def _json_of(row: ReportRow) -> Mapping[str, object]:
    empty = {name for name in ("owners", "notes") if not getattr(row.decision, name)}
    dumped = row.decision.model_dump(mode="json", exclude=NOT_REPORTED | empty)
    return dumped | {"reason": row.reason.value, "why": row.why, "due": dumped["due"] if row.due else None}
