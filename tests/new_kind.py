"""`make kind NAME=service:type`: the file of a kind, its line in the catalogue, and its cases, all to be filled in."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAME = re.compile(r"[a-z0-9]+:[a-z0-9-]+")
KIND = '''"""SERVICE THINGS: `disable` … , `kill` … ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Kind, Names, Options, UndoStep, Verb, undo_of
from reconciler.resources.place import Place
from reconciler.resources.shared.guards import States
from reconciler.resources.shared.reads import filtered, tags

ARN = ArnPattern("arn:{partition}:@service@:{region}:{account}:@type@/{name}")

DESCRIBE = Operation("@service@", "describe_things")
START = Operation("@service@", "start_thing", "ThingName", on=(ARN.glob,))
STOP = Operation("@service@", "stop_thing", "ThingName", on=(ARN.glob,), undo=(START,))
DELETE = Operation(
    "@service@", "delete_thing", "ThingName", on=(ARN.glob,), gone=("ThingNotFound",), destroys=True
)
# Whatever else AWS may show is waited for.
STATES = States("the thing", go=("running", "stopped"))


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """Those of these names; all of them, if there are none."""
    for thing in filtered(place, DESCRIBE, "Things[]", "thing-name", names):
        facts = {"state": thing["State"]}
        yield Resource(thing["ThingName"], facts, created=thing["CreationDate"], tags=tags(thing.get("Tags")))


def disable(thing: Resource, _options: Options) -> list[Call]:
    """Stop it."""
    STATES.check(thing.facts["state"])
    return [] if thing.facts["state"] == "stopped" else [STOP(thing)]


def kill(thing: Resource, _options: Kill) -> list[Call]:
    """Delete it."""
    STATES.check(thing.facts["state"])
    return [DELETE(thing)]


# Without it nothing is undone: the ledger may be forged, so a call is undone only if the kind makes it of these facts.
def before(_thing: Resource, _call: Call) -> Mapping[str, Any]:
    """It ran."""
    return {"state": "running"}


# Needed where a call's undo fails, or undoes what somebody else did, once the resource no longer stands as the call
# left it. Where it can always be sent, leave this out, here and in KIND: each call's undo is sent then.
def undo_calls(thing: Resource, calls: Sequence[Call]) -> UndoStep:
    """Start it, unless somebody has."""
    return undo_of(calls) if thing.facts["state"] == "stopped" else UndoStep(())


KIND = Kind(
    name="@service@:@type@",
    title="SERVICE thing",
    arn=ARN,
    pattern=r"[a-z0-9-]{1,64}",
    observe=observe,
    reads=(DESCRIBE,),
    verbs={
        "disable": Verb(disable, "stop the thing", (STOP,)),
        "kill": Verb(kill, "delete the thing", (DELETE,), options=Kill),
    },
    before=before,
    undo_calls=undo_calls,
)
'''
CASES = '''"""Cases of SERVICE things."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import Here
from tests.privilege.ask import each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options


def make(here: Here) -> str:
    """A thing, and another one beside it, which must stay as it is. Its ARN."""
    raise NotImplementedError("make one with boto3 alone", here)


def stopped(here: Here, arn: str) -> bool:
    """Seen by boto3 alone, never by the kind."""
    raise NotImplementedError("whether AWS shows it stopped", here, arn)


def gone(here: Here, arn: str) -> bool:
    raise NotImplementedError("whether AWS shows it no more", here, arn)


EXAMPLES = (
    Example("@service@:@type@", "disable", make, stopped),
    Example("@service@:@type@", "kill", make, gone, {"skip_backup": True}),
)

drawn: st.SearchStrategy[Drawn] = st.sampled_from(("running", "stopped")).map(lambda state: ({"state": state}, {}))


def change(facts: Facts, call: Call) -> None:
    """What AWS does to the facts by a call of `disable`, or by its undo."""
    facts["state"] = {"stop_thing": "stopped", "start_thing": "running"}[call.operation]


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """Such a thing in moto: its name."""
    raise NotImplementedError("make one of these facts with boto3", here, drawn)


def tag(here: Here, arn: str, key: str, value: str) -> None:
    """Tag it; leave this out, and write `tagged="never"` in KIND, where AWS has no tags for it."""
    raise NotImplementedError("tag it with boto3", here, arn, key, value)


CASES = Cases(
    tag=tag,
    arn="arn:aws:@service@:eu-west-1:111122223333:@type@/never-made",
    examples=EXAMPLES,
    by_itself={},
    generated=Generated(drawn, change, make_drawn),
    # From AWS's Service Authorization Reference, never from the kind.
    asked={
        "@service@.DescribeThings": on(),
        **each(
            ("@service@.StartThing", "@service@.StopThing", "@service@.DeleteThing"),
            on("arn:{p}:@service@:{r}:{a}:@type@/{ThingName}"),
        ),
    },
)
'''


def write(name: str, root: Path) -> list[Path]:
    """The files of a new kind, "service:type", below a checkout. ValueError if that is no name, or is there already."""
    if not NAME.fullmatch(name):
        raise ValueError(f"'{name}' is not service:type, as the Resource Groups Tagging API writes it")
    module, (service, type_) = re.sub("[^a-z0-9]", "_", name), name.split(":")
    catalog = root / "reconciler" / "resources" / "catalog.py"
    files = {
        root / "reconciler" / "resources" / f"{module}.py": KIND,
        root / "tests" / "resources" / f"{module}.py": CASES,
    }
    head, lines, rest = re.split(r"(?<=MODULES = \{\n)((?:    .*\n)*)", catalog.read_text(encoding="utf-8"), maxsplit=1)
    there = [str(file) for file in files if file.exists()]
    if there or f'"{name}"' in lines:
        raise ValueError(f"'{name}' is there already: {', '.join(there) or catalog}")
    for file, text in files.items():
        file.write_text(text.replace("@service@", service).replace("@type@", type_), encoding="utf-8")
    entries = sorted([*lines.splitlines(keepends=True), f'    "{name}": "{module}",\n'])
    catalog.write_text(head + "".join(entries) + rest, encoding="utf-8")
    return [*files, catalog]


if __name__ == "__main__":
    try:
        print("\n".join(str(file) for file in write(sys.argv[1], ROOT)))  # noqa: T201  its output
    except ValueError as error:
        sys.exit(f"make kind: {error}")
