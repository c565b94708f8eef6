"""A kind that is not there yet, added by exactly the steps of CONTRIBUTING.md, in a copy: the laws hold for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAME = "events:rule"
STEPS = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Add a kind in four steps")[1].split("\n## ")[0]
KIND = '''"""EventBridge rules: `disable` switches one off, `kill` deletes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Kind, Names, Options, UndoStep, Verb, undo_of, unknown
from reconciler.resources.place import Place
from reconciler.resources.shared.guards import States
from reconciler.resources.shared.reads import answer, pages

ARN = ArnPattern("arn:{partition}:events:{region}:{account}:rule/{name}")
on_rule = partial(Operation, "events", target="Name", on=(ARN.glob,))

LIST = Operation("events", "list_rules", on=(ARN.glob,))
DESCRIBE = on_rule("describe_rule", none=("ResourceNotFoundException",))
ENABLE = on_rule("enable_rule")
DISABLE = on_rule("disable_rule", undo=(ENABLE,))
DELETE = on_rule("delete_rule", destroys=True)
STATES = States("the rule", go=("ENABLED", "DISABLED"))


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """One by one; all of them, if there are no names."""
    for name in pages(place, LIST, "Rules[].Name") if names is None else names:
        if found := answer(place, DESCRIBE, Name=name):
            yield Resource(name, {"state": found["State"]})


def disable(rule: Resource, _options: Options) -> list[Call]:
    """Switch it off."""
    STATES.check(rule.facts["state"])
    return [DISABLE(rule)] if rule.facts["state"] == "ENABLED" else []


def kill(rule: Resource, _options: Kill) -> list[Call]:
    """Delete it."""
    STATES.check(rule.facts["state"])
    return [DELETE(rule)]


def before(_rule: Resource, _call: Call) -> Mapping[str, Any]:
    """It was on."""
    return {"state": "ENABLED"}


def undo_calls(rule: Resource, calls: Sequence[Call]) -> UndoStep:
    """Enable it, unless somebody has."""
    return undo_of(calls) if rule.facts["state"] == "DISABLED" else UndoStep(())


KIND = Kind(
    name="events:rule",
    title="EventBridge rule",
    arn=ARN,
    pattern=r"[A-Za-z0-9._-]{1,64}",
    observe=observe,
    reads=(DESCRIBE,),
    lists=(LIST,),
    verbs={
        "disable": Verb(disable, "disable the rule", (DISABLE,)),
        "kill": Verb(kill, "delete the rule", (DELETE,), options=Kill),
    },
    dated=False,
    tagged="never",
    identity=unknown,
    before=before,
    undo_calls=undo_calls,
)
'''
CASES = '''"""Cases of EventBridge rules."""

from __future__ import annotations

from itertools import count

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import Here
from tests.privilege.ask import each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must

NUMBERS = count()


def create(here: Here, name: str, state: str = "ENABLED") -> str:
    here.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)", State=state)
    return f"arn:aws:events:{here.region}:{here.account}:rule/{name}"


def make(here: Here) -> str:
    """A rule, and another one beside it."""
    create(here, "nightly-2")
    return create(here, "nightly")


def states(here: Here) -> dict[str, str]:
    return {rule["Name"]: rule["State"] for rule in here.client("events").list_rules()["Rules"]}


EXAMPLES = (
    Example(
        "events:rule",
        "disable",
        make,
        lambda here, _: states(here) == {"nightly": "DISABLED", "nightly-2": "ENABLED"},
    ),
    Example("events:rule", "kill", make, lambda here, _: list(states(here)) == ["nightly-2"], {"skip_backup": True}),
)
drawn: st.SearchStrategy[Drawn] = st.sampled_from(("ENABLED", "DISABLED")).map(lambda state: ({"state": state}, {}))


def change(facts: Facts, call: Call) -> None:
    before, after = ("ENABLED", "DISABLED") if call.operation == "disable_rule" else ("DISABLED", "ENABLED")
    must(facts["state"] == before)
    facts["state"] = after


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    name = f"nightly-{next(NUMBERS)}"
    create(here, name, drawn[0]["state"])
    return name, drawn[1]


CASES = Cases(
    arn="arn:aws:events:eu-west-1:111122223333:rule/never-made",
    examples=EXAMPLES,
    by_itself={},
    generated=Generated(drawn, change, make_drawn),
    asked=each(
        ("events.DescribeRule", "events.DisableRule", "events.EnableRule", "events.DeleteRule"),
        on("arn:{p}:events:{r}:{a}:rule/{Name}"),
    ),
)
'''


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """What there is, without what git and the tools keep beside it."""
    kept = shutil.ignore_patterns(".*", "node_modules", "__pycache__")
    return Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=kept))


def run(folder: Path, *arguments: str) -> str:
    """What Python says in the copy; everything is imported from there."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def laws() -> list[str]:
    """The command of the third step, as it is written there."""
    found = re.search(r"`\.venv/bin/pytest (.*?) -k service:type`", STEPS)
    assert found
    return found[1].split()


@pytest.mark.proof("it runs the tests of a copy of everything")
@pytest.mark.usefixtures("_outside")
def test_the_steps_of_contributing_add_a_kind(copied: Path) -> None:
    assert "make kind NAME=service:type" in STEPS
    run(copied, "tests.new_kind", NAME)
    (copied / "reconciler" / "resources" / "events_rule.py").write_text(KIND, encoding="utf-8")
    (copied / "tests" / "resources" / "events_rule.py").write_text(CASES, encoding="utf-8")
    changes = copied / "CHANGELOG.md"
    changes.write_text(changes.read_text(encoding="utf-8").replace("### Added\n", "### Added\n\n- `events:rule`.\n", 1))

    proven = run(
        copied, "pytest", "-vv", "-p", "no:cacheprovider", *laws(), "tests/privilege/test_least.py", "-k", NAME
    )

    for law in ("comes_to_stand_as_asked", "undo_restores_the_facts", "in_two_pages", "and_nothing_else"):
        assert re.search(rf"{law}\S*\[{NAME}\S* PASSED", proven), law
    assert "disable the rule" in run(copied, "reconciler", "kinds", NAME)
