"""One example carried out from its making to the end, once for all the laws that read what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.kind import Underway
from tests.aws import Here, seen_by, send, with_tags
from tests.privilege.ask import Sent
from tests.privilege.recorded import recorded
from tests.resources.example import Example
from tests.resources.paged import Cut, halves, late, paged

ROUNDS = 8  # how many runs the longest work takes in the examples


@dataclass(frozen=True)
class PagedLook:
    """A look that AWS answers in two pages; unread: the operations whose second page was not asked for."""

    resource: Resource | None
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What came of an example.

    first, second: two looks before anything is done
    late, halves: the same look, answered in two pages: all of it on the second, or half on each
    last: the look when nothing more is asked for
    runs: what each run saw and sent; sent: all calls of all runs, in order
    ended: whether a run came that asked for nothing more
    stands: whether it stands as asked; undone: the look after all calls of a `disable` were taken back, newest first
    looks: what the first and the last look sent to AWS
    """

    example: Example
    arn: str
    first: Resource
    second: Resource
    late: PagedLook
    halves: PagedLook
    last: Resource | None
    runs: tuple[tuple[Resource, tuple[Call, ...]], ...]
    ended: bool
    stands: bool
    undone: Resource | None
    looks: tuple[Sent, ...]

    @property
    def sent(self) -> tuple[Call, ...]:
        return tuple(call for _, calls in self.runs for call in calls)

    def __str__(self) -> str:
        return str(self.example)


Trials = Callable[[Example], Trial]


def look(here: Here, example: Example, arn: str) -> Resource | None:
    """What the action of an example sees of the resource; None if it does not exist."""
    kind = KINDS[example.kind]
    return next(iter(seen_by(kind, example.action, here, [resolve(arn)[1]])), None)


def asked(example: Example, resource: Resource) -> list[Call]:
    """The calls of one run; none while AWS is still working."""
    verb = KINDS[example.kind].verbs[example.action]
    try:
        return verb.needed(resource, verb.options.model_validate(dict(example.options)))
    except Underway:
        return []


def carry_out(here: Here, example: Example) -> Trial:
    """In an AWS in which nothing else exists: make it, look twice, act run after run, and take a `disable` back."""
    arn = example.make(here)
    with recorded(here.account) as before:
        first = look(here, example, arn)
        if first:
            with_tags(here, KINDS[example.kind], arn, first)
    second = look(here, example, arn)
    assert first
    assert second
    all_late, half = _look_in_pages(here, example, arn, late), _look_in_pages(here, example, arn, halves)
    runs, ended = _runs(here, example, arn)
    stands = example.stands(here, arn)
    with recorded(here.account) as after:
        last = look(here, example, arn)
    undone = None
    if example.action == "disable":
        send(here, [call.undo for _, calls in reversed(runs) for call in reversed(calls) if call.undo])
        undone = look(here, example, arn)
    looks = (*before, *after)
    return Trial(example, arn, first, second, all_late, half, last, tuple(runs), ended, stands, undone, looks)


def _look_in_pages(here: Here, example: Example, arn: str, cut: Cut) -> PagedLook:
    with paged(cut) as pages:
        resource = look(here, example, arn)
    return PagedLook(resource, pages.unread)


def _runs(here: Here, example: Example, arn: str) -> tuple[list[tuple[Resource, tuple[Call, ...]]], bool]:
    runs: list[tuple[Resource, tuple[Call, ...]]] = []
    for _ in range(ROUNDS):
        resource = look(here, example, arn)
        calls = asked(example, resource) if resource else []
        if not resource or not calls:
            return runs, True
        send(here, calls)
        runs.append((resource, tuple(calls)))
        if example.meanwhile:
            example.meanwhile(here, arn)
    return runs, False
