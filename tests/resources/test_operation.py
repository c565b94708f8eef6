"""Laws over every operation that a kind declares, and over every verb: what may be called, and what needs a word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kill, Refused, Verb

FOREIGN = Call(service="ec2", operation="reboot_instances", arguments={}, undo=None)
THING = Resource("thing", {"url": "https://sqs/thing"})


def operations(more_undos: int = 0) -> Iterator[Operation]:
    """All that any kind declares, with at least so many ways back."""
    return (one for kind in KINDS.values() for one in kind.operations if len(one.undo) >= more_undos)


def test_no_call_is_taken_back_by_what_is_not_declared_for_it() -> None:
    assert len([*operations(1)]) < len([*operations()])
    for operation in operations():
        with pytest.raises(ValueError, match=f"{operation.name}.* is taken back by one of .*reboot_instances"):
            operation(THING, FOREIGN)


def test_no_call_goes_without_its_undo_where_there_are_several() -> None:
    assert [*operations(2)]
    for operation in operations(2):
        with pytest.raises(ValueError, match=f"{operation.name}.* is taken back by one of .*, not by None"):
            operation(THING)


def ending(*calls: Call) -> Verb:
    """A kill, of what AWS keeps no backup of, that still needs these calls."""
    end = Operation("ec2", "delete_volume")
    return Verb(lambda _resource, _options: list(calls), "end it", (end,), options=Kill)


def test_a_kill_that_has_nothing_left_to_do_needs_no_word_about_a_backup() -> None:
    assert ending().needed(THING, Kill()) == []
    with pytest.raises(Refused, match="`skip_backup: true`"):
        ending(FOREIGN).needed(THING, Kill())
    assert ending(FOREIGN).needed(THING, Kill(skip_backup=True)) == [FOREIGN]
