"""The rules of the house: who may import whom, one door for each library, and how large a piece may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reconciler"
FILES = sorted(PACKAGE.rglob("*.py"))
PURE = (
    "model",
    "resources",
    *(
        "aim",
        "case",
        "concerns",
        "decide",
        "defuse",
        "document",
        "entries",
        "fit",
        "freezes",
        "guardrails",
        "history",
        "ledger",
    ),
    *("notices", "operators", "policy", "reminders", "report", "resolve", "schemas", "story", "urgency"),
    *("made", "narrow", "privileges", "restore", "undo"),
    *("gather", "heartbeat", "lease", "shards"),
    *("compare", "links", "plan_comment", "proposal", "reason", "yourself"),
)
STAGES = ("load", "observe", "decide", "record", "act", "publish")
# library -> the only places that may import it
DOORS = {
    "boto3": ("clients.aws", "clients.sessions", "demo"),
    "botocore": (
        *("clients.aws", "clients.aws_clock", "clients.aws_errors", "clients.credentials"),
        *("clients.renewing", "clients.sessions", "clients.sts_errors", "demo"),
    ),
    "git": ("clients.checkout",),
    "github": ("clients.github_api",),
    "jwt": ("clients.github_api",),
    "requests": ("clients.github_api",),
    "urllib3": ("clients.github_api", "clients.github_retry"),
    "yaml": ("source", "plain_text", "plain_value", "syntax", "written"),
    "jinja2": ("render",),
    "typer": ("cli",),
    "rich": ("cli",),
    "moto": ("demo",),
    "os": (
        *("cli", "clients.checkout", "clients.github_here", "clients.job_token"),
        *("clients.plumbing", "clients.process", "demo"),
    ),
    "subprocess": ("clients.checkout", "clients.fetched", "clients.origin", "demo"),
}
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def room(path: Path) -> str:
    """`clients.aws` for reconciler/clients/aws.py."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, except for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> Iterator[str]:
    yield from (name.removeprefix("reconciler.") for name in imports(path) if name.startswith("reconciler."))


@pytest.mark.parametrize("path", FILES, ids=room)
def test_each_library_has_one_door(path: Path) -> None:
    for name in imports(path):
        places = DOORS.get(name.split(".")[0])
        assert places is None or within(room(path), places), f"{room(path)} imports {name}"


@pytest.mark.parametrize("path", [path for path in FILES if within(room(path), PURE)], ids=room)
def test_pure_rooms_touch_nothing_outside(path: Path) -> None:
    for name in imports(path):
        outside = name.split(".")[0] in ("os", "subprocess", "socket", "requests", "urllib", "tempfile", "shutil")
        assert not outside and name not in ("pathlib.Path", "time.sleep", "time.time"), f"{room(path)} imports {name}"
    for name in ours(path):
        assert not within(name, ("clients", "cli", "pipeline", "doors", "demo")), f"{room(path)} imports {name}"
        assert not within(name, ("load", "observe", "record", "act", "publish")), f"{room(path)} imports {name}"
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(datetime\.now|date\.today|time\.time|open)\(", text), f"{room(path)} asks the world"


def test_the_model_imports_nothing_of_ours_but_itself() -> None:
    for path in FILES:
        if within(room(path), ("model",)):
            assert all(within(name, ("model",)) for name in ours(path)), room(path)


def test_nobody_below_imports_the_command_line_or_the_pipeline() -> None:
    for path in FILES:
        if not within(room(path), ("cli", "__main__")):
            assert not any(within(name, ("cli", "pipeline")) for name in ours(path)), room(path)


def test_kinds_import_no_other_kind() -> None:
    kinds = {room(path) for path in FILES if "KIND = Kind(" in path.read_text(encoding="utf-8")}
    assert kinds
    for path in FILES:
        if room(path) in kinds:
            assert not [name for name in ours(path) if within(name, tuple(kinds))], room(path)


def test_stages_keep_to_themselves() -> None:
    forbidden = {"act": ("resources", "decide"), "load": ("clients",), "decide": ("observe",), "record": ("act",)}
    for stage, rooms in forbidden.items():
        assert not [name for name in ours(PACKAGE / f"{stage}.py") if within(name, rooms)], stage


def test_doors_know_no_stage_and_no_verdict() -> None:
    for path in FILES:
        if within(room(path), ("clients",)):
            assert not [name for name in ours(path) if within(name, STAGES)], room(path)
            assert "Verdict" not in path.read_text(encoding="utf-8"), room(path)


@pytest.mark.parametrize("path", FILES, ids=room)
def test_no_file_and_no_function_is_too_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


@pytest.mark.parametrize("path", FILES, ids=room)
def test_every_file_and_public_function_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for node in (*tree.body, *(inner for each in classes for inner in each.body)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{room(path)}.{node.name}"


def test_there_is_no_broad_except_and_no_room_for_the_homeless() -> None:
    for path in FILES:
        assert path.stem not in ("utils", "helpers", "common_utils", "misc", "manager")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                assert caught not in ("", "Exception", "BaseException"), room(path)
