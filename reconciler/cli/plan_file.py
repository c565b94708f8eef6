"""The file of a plan that one job hands to another: JSON, one decision a line, and gzip where its name ends so."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from reconciler.checkout import MOST_HANDED, Unreadable, read_handed
from reconciler.cli.show import write_pieces
from reconciler.model.forecast import Coming
from reconciler.model.limit import Excess
from reconciler.model.plan import Decision, Plan, Seen
from reconciler.model.streamed import pieces, values
from reconciler.model.unmatched import Unmatched

AGAIN = "write it again with --out"
MAGIC = b"\x1f\x8b"
GZIP = 16 + zlib.MAX_WBITS
LEVEL = 3  # of compression: higher ones take longer than they save
CHUNK = 1 << 18
# What is read element by element.
LISTS: dict[str, type[BaseModel]] = {
    **{"decisions": Decision, "before": Decision, "exceeded": Excess},
    **{"unmatched": Unmatched, "forecast": Coming, "sightings": Seen},
}


class Misfit(Exception):  # noqa: N818  what is wrong with a file
    """A file is no plan: `first` is what is wrong first, as pydantic says it."""

    def __init__(self, first: ErrorDetails) -> None:
        super().__init__(first["msg"])
        self.first = first


def write_plan(plan: Plan, file: Path) -> None:
    """Write a plan whole or not at all, the same bytes for the same plan. DoorClosed if it cannot be written."""
    text = chain(pieces(plan, b"\n"), (b"\n",))
    write_pieces(file, _packed(text) if file.name.endswith(".gz") else text)


def read_plan(file: Path, most: int = MOST_HANDED) -> Plan:
    """The plan of a file, packed or not. Unreadable if it is none, or larger than `most`; Misfit if it is no plan."""
    return plan_in(read_handed(file, most), most)


def plan_in(raw: bytes, most: int = MOST_HANDED) -> Plan:
    """The plan of these bytes, packed or not; as `read_plan`."""
    lists: dict[str, list[Any]] = {}
    rest: dict[str, Any] = {}
    after = ""
    try:
        for name, place, value in values(_unpacked(raw, most)):
            after = f" after `{name if place is None else f'{name}.{place}'}`"
            if name in rest or (name in lists and not place):
                raise Misfit(_no_json(f"`{name}` is there twice"))
            if place is None:
                rest[name] = from_json(value)
            else:
                lists.setdefault(name, []).append(_element(name, place, value))
        return Plan.model_validate({**rest, **lists})
    except ValidationError as error:
        raise Misfit(error.errors(include_url=False)[0]) from None
    except (ValueError, RecursionError) as error:
        raise Misfit(_no_json(f"Invalid JSON{after}: {error}")) from None


def _element(name: str, place: int, value: str) -> Any:
    if name not in LISTS:
        return from_json(value)
    try:
        return LISTS[name].model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Misfit({**first, "loc": (name, place, *first["loc"])}) from None


def _no_json(message: str) -> ErrorDetails:
    return {"type": "json_invalid", "loc": (), "msg": message, "input": ""}


def _packed(text: Iterable[bytes]) -> Iterator[bytes]:
    """gzip without a name or a time in it."""
    packing = zlib.compressobj(LEVEL, wbits=GZIP)
    for piece in text:
        yield packing.compress(piece)
    yield packing.flush()


def _unpacked(raw: bytes, most: int) -> Iterator[bytes]:
    """The text, part by part. Whoever may write the file may write one that unpacks to a thousand times its size."""
    if not raw.startswith(MAGIC):
        yield from (raw[start : start + CHUNK] for start in range(0, len(raw), CHUNK))
        return
    unpacking, came = zlib.decompressobj(GZIP), 0
    rest = raw
    while not unpacking.eof:
        try:
            chunk = unpacking.decompress(rest, CHUNK)
        except zlib.error as error:
            raise Unreadable(f"it cannot be unpacked: {error}", AGAIN) from None
        rest, came = unpacking.unconsumed_tail, came + len(chunk)
        if came > most:
            raise Unreadable(f"it unpacks to more than {most:,} bytes", "no plan is as long; plan again")
        if not (chunk or rest or unpacking.eof):
            raise Unreadable("it cannot be unpacked: its end is missing", AGAIN)
        yield chunk
    if unpacking.unused_data:
        raise Unreadable("something follows what was packed", AGAIN)
