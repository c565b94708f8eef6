"""The difference between an issue as it is and as it should be, as the writes that remove it. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.issue import Draft, Edit, Issue

OWN_LABELS = ("severity:",)  # prefixes of labels that Krampus sets and removes


def changes(draft: Draft, existing: Sequence[Issue], label: str) -> list[Draft | Edit]:
    """The writes that make the issues of one key, oldest first, what the draft says; none if they are so already.

    A draft is to be opened, an edit to be made. The first issue is kept and its open copies are closed. `label` is the
    one that marks all of Krampus' issues.
    """
    if not existing:
        return [draft] if draft.open else []
    return [*_edit(existing[0], draft, label), *(closed(copy) for copy in existing[1:] if copy.open)]


def closed(issue: Issue) -> Edit:
    """The same issue, closed."""
    return Edit(issue, issue.title, issue.body, issue.labels, open=False)


def _edit(issue: Issue, draft: Draft, label: str) -> Iterator[Edit]:
    stays_open = issue.open if draft.open is None else draft.open
    if not (issue.open or stays_open):
        return
    labels = _labels(issue, {label, *draft.labels})
    before = (issue.title, issue.body.rstrip(), _folded(issue.labels), issue.open)
    if before != (draft.title, draft.body.rstrip(), _folded(labels), stays_open):
        yield Edit(issue, draft.title, draft.body, labels, stays_open)


def _labels(issue: Issue, own: set[str]) -> tuple[str, ...]:
    """Krampus' own and people's. A label's case counts nowhere: GitHub has only one of `Krampus` and `krampus`."""
    taken = _folded(own)
    theirs = {name for name in issue.labels if name.lower() not in taken and not name.lower().startswith(OWN_LABELS)}
    return tuple(sorted(own | theirs))


def _folded(labels: Iterable[str]) -> list[str]:
    return sorted(name.lower() for name in labels)
