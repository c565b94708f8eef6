"""KMS keys: `disable` switches one off, `kill` has AWS delete it after a waiting period, until which that is undone.

Without it nothing can be read that was encrypted with it; disks in use and running databases go on until they restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Kind, Names, Options, Refused, UndoStep, Verb, undo_of, unique
from reconciler.resources.place import Place
from reconciler.resources.shared.guards import States
from reconciler.resources.shared.reads import answer, pages

ARN = ArnPattern("arn:{partition}:kms:{region}:{account}:key/{name}")
PENDING = ("PendingDeletion", "PendingReplicaDeletion")
# Where its custom key store is disconnected, AWS takes a call, but shows the same state until it is connected.
IMPORT, CONNECT = "import its key material, or delete the key by hand", "connect its custom key store first"
PERSONS = {"PendingImport": IMPORT, "Unavailable": CONNECT}
STATES = States("the key", go=("Enabled", "Disabled", *PENDING), refuse=PERSONS)
WAITING = "the key, until its waiting period has ended"
BUSY = Meaning("KMSInvalidStateException", "", Trouble.STATE)
on_key = partial(Operation, "kms", target="KeyId", on=(ARN.glob,), errors=(BUSY,))

LIST = Operation("kms", "list_keys")
DESCRIBE = on_key("describe_key", none=("NotFoundException",))
ENABLE = on_key("enable_key")
DISABLE = on_key("disable_key", undo=(ENABLE,))
CANCEL = on_key("cancel_key_deletion")
SCHEDULE = on_key("schedule_key_deletion", undo=(CANCEL,), gone=("NotFoundException",))


class Schedule(Options):
    """What `kill` takes: `pending_window_days`, how long AWS waits, 7 to 30 days; the longest, if it is left out."""

    pending_window_days: Annotated[int, Field(ge=7, le=30)] = 30


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """One by one: DescribeKey takes one, and ListKeys tells nothing but names."""
    for name in pages(place, LIST, "Keys[].KeyId") if names is None else names:
        if found := answer(place, DESCRIBE, KeyId=name):
            key = found["KeyMetadata"]
            facts = {"state": key["KeyState"], "manager": key["KeyManager"]}
            yield Resource(name, facts, created=key["CreationDate"])


def disable(key: Resource, _options: Options) -> list[Call]:
    """Switch it off; one that waits for its deletion is of no use to anybody already."""
    if key.facts["manager"] == "AWS":
        raise Refused("it is an AWS managed key, which only AWS can disable or delete")
    STATES.check(key.facts["state"])
    return [DISABLE(key)] if key.facts["state"] == "Enabled" else []


def kill(key: Resource, options: Schedule) -> list[Call]:
    """Switch it off, then schedule its deletion: taken back in reverse, it is enabled again if it was."""
    off = disable(key, options)
    if key.facts["state"] in PENDING:
        return []
    return [*off, SCHEDULE(key, CANCEL(key), PendingWindowInDays=options.pending_window_days)]


def before(_key: Resource, _call: Call) -> Mapping[str, Any]:
    """It was switched on."""
    return {"state": "Enabled"}


def undo_calls(key: Resource, calls: Sequence[Call]) -> UndoStep:
    """Cancel the deletion, which leaves it disabled, then enable it."""
    STATES.check(key.facts["state"])
    if key.facts["state"] not in PENDING:
        return undo_of(call for call in calls if call.operation == DISABLE.name and key.facts["state"] == "Disabled")
    if calls and SCHEDULE.name not in [call.operation for call in calls]:
        raise Refused("its deletion was scheduled by somebody else; cancel that first")
    return undo_of(calls)


KIND = Kind(
    name="kms:key",
    title="KMS key",
    arn=ARN,
    pattern=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}",
    observe=observe,
    reads=(DESCRIBE,),
    lists=(LIST,),
    verbs={
        "disable": Verb(disable, "disable the key", (DISABLE,)),
        "kill": Verb(
            kill, "disable the key and schedule its deletion", (DISABLE, SCHEDULE), backup=WAITING, options=Schedule
        ),
    },
    batch=1,
    tagged="apart",
    before=before,
    undo_calls=undo_calls,
    identity=unique,
)
