"""The rules of the house: who may import whom, one place for each library, and how large a piece may be.

Each test gathers every breach of its rule in the whole package, and names them all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

PACKAGE = Path(__file__).parent.parent / "reconciler"
FILES = sorted(PACKAGE.rglob("*.py"))

STAGES = ("load", "observe", "decide", "ledger", "apply", "publish")
# folder (or file at the top) -> the others that it may import; `errors` by everybody. Nothing else.
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "errors": (),
    "checkout": (),
    "model": (),
    "yamlio": (),
    "render": ("model", "checkout"),
    "resources": ("model",),
    "iam": ("model", "resources", "yamlio"),
    "load": ("model", "yamlio", "resources", "checkout"),
    "observe": ("model", "resources"),
    "ledger": ("model",),
    "decide": ("model", "resources", "ledger"),
    "apply": ("model", "resources", "ledger", "decide", "observe"),
    "publish": ("model", "ledger", "decide", "render"),
    "clients": ("model", "yamlio", "render", "checkout"),
    "connections": ("clients", "model", "render", "iam"),
    "doctor": ("model", "iam", "resources", "ledger", "publish", "connections"),
    "pipeline": (*STAGES, "model", "connections"),
    "starter": ("load",),
    "demo": ("model", "clients"),
    "cli": (
        *("load", "observe", "ledger", "apply", "publish", "pipeline", "connections", "doctor", "demo", "starter"),
        *("model", "resources", "iam", "clients", "render", "checkout"),
    ),
    "__main__": ("cli", "render"),
}
# These import nothing that reaches outside, and ask no clock.
PURE = ("model", "resources", "iam", "decide", "ledger", "publish", "yamlio", "load.cross_checks", "apply.collect")
OUTSIDE = ("os", "subprocess", "socket", "requests", "urllib", "tempfile", "shutil")
ASKS_THE_WORLD = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.sleep|open)\(")
# library -> the only places that may import it
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "boto3": ("clients.aws", "demo"),
    "botocore": ("clients.aws", "demo"),
    "github": ("clients.github",),
    "jinja2": ("render.templates", "render.sandbox", "render.filters", "render.budget"),
    "moto": ("demo",),
    "rich": ("cli",),
    "typer": ("cli",),
    "yaml": ("yamlio",),
    "os": ("cli", "clients", "demo", "checkout"),
    "subprocess": ("clients", "demo"),
}
MOST_ENTRIES = 21  # at the top of the package, `__init__.py` aside
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE, MEDIAN_KIND = 300, 40, 75, 150
HOMELESS = ("utils", "helpers", "common_utils", "misc", "manager", "base")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module(path: Path) -> str:
    """`clients.aws.accounts` for reconciler/clients/aws/accounts.py."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def folder(name: str) -> str:
    return name.partition(".")[0]


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module that a file imports, wherever in it, for type checkers too."""
    found: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
    return tuple(found)


def ours(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports; `reconciler.__version__` and its like are nobody's."""
    for name in imports(path):
        inner = name.removeprefix("reconciler.")
        if inner != name and not inner.startswith("__"):
            yield inner


def arrows() -> dict[str, set[str]]:
    """folder -> the other folders that its modules import, `errors` aside."""
    drawn: dict[str, set[str]] = {}
    for path in FILES:
        here = folder(module(path))
        drawn.setdefault(here, set()).update(folder(name) for name in ours(path))
    return {here: there - {here, "errors"} for here, there in drawn.items() if here}


def test_the_top_tells_the_story() -> None:
    entries = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()} - {"__pycache__", "__init__"}

    assert entries == set(MAY_IMPORT)
    assert len(entries) <= MOST_ENTRIES


def test_every_import_names_the_whole_path() -> None:
    breaches = [f"{module(path)} imports {name}" for path in FILES for name in imports(path) if name.startswith(".")]

    assert breaches == [], "the rules see only imports that are not relative"


def test_each_folder_imports_only_what_the_table_allows() -> None:
    breaches = [
        f"{module(path)} imports {name}"
        for path in FILES
        if path.parent != PACKAGE or path.stem != "__init__"
        for name in ours(path)
        if folder(name) not in (folder(module(path)), "errors", *MAY_IMPORT[folder(module(path))])
    ]

    assert breaches == []


def test_the_table_allows_nothing_that_nobody_needs() -> None:
    drawn = arrows()

    assert [(here, there) for here, allowed in MAY_IMPORT.items() for there in set(allowed) - drawn[here]] == []


def test_no_folders_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(arrows()).prepare()
    except CycleError as circle:
        raise AssertionError(f"a circle of imports: {circle.args[1]}") from None


def test_each_folder_says_what_it_is_for_and_imports_nothing() -> None:
    for path in FILES:
        if path.stem == "__init__":
            said = ast.get_docstring(tree(path)) or ""
            assert imports(path) == (), module(path)
            assert path.parent == PACKAGE or ("In: " in said and "Out: " in said), module(path)
            assert path.parent == PACKAGE or "never" in said or "nothing" in said, module(path)


def test_each_library_is_used_in_one_place() -> None:
    breaches = [
        f"{module(path)} imports {name}"
        for path in FILES
        for name in imports(path)
        if (places := LIBRARIES.get(folder(name))) and not within(module(path), places)
    ]

    assert breaches == []


def test_what_is_pure_touches_nothing_outside() -> None:
    for path in (path for path in FILES if within(module(path), PURE)):
        outside = [name for name in imports(path) if folder(name) in OUTSIDE or name == "pathlib.Path"]
        assert outside == [], module(path)
        assert not ASKS_THE_WORLD.search(path.read_text(encoding="utf-8")), module(path)


def test_the_environment_is_read_by_the_command_line_alone() -> None:
    breaches = [
        module(path)
        for path in FILES
        if not within(module(path), ("cli", "demo"))
        for node in ast.walk(tree(path))
        if ast.unparse(node) in ("os.environ", "os.getenv") or (isinstance(node, ast.alias) and node.name == "environ")
    ]

    assert breaches == []


def test_nothing_in_production_knows_of_the_emulator() -> None:
    words = re.compile(r"\bmoto\b|emulator|localhost|127\.0\.0\.1|not_offered", re.IGNORECASE)
    breaches = [
        f"{module(path)}: {match[0]}"
        for path in FILES
        if not within(module(path), ("demo", "cli.demo")) and (match := words.search(path.read_text(encoding="utf-8")))
    ]

    assert breaches == []


def test_kinds_import_no_other_kind() -> None:
    kinds = tuple(module(path) for path in FILES if re.search(r"^KIND\b", path.read_text(encoding="utf-8"), re.M))
    assert kinds
    for path in FILES:
        if module(path) in kinds:
            assert not [name for name in ours(path) if within(name, kinds)], module(path)


def test_clients_know_no_verdict() -> None:
    clients = [path for path in FILES if within(module(path), ("clients",))]

    assert [module(path) for path in clients if "Verdict" in path.read_text(encoding="utf-8")] == []


def test_no_file_and_no_function_is_too_long() -> None:
    sizes = {module(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    kinds = [size for name, size in sizes.items() if re.fullmatch(r"resources\.[a-z0-9]+_[a-z0-9_]+", name)]
    functions = [
        f"{module(path)}.{node.name}"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}
    assert functions == []
    assert median(size for size in sizes.values() if size) <= MEDIAN_FILE
    assert median(kinds) < MEDIAN_KIND


def test_every_file_and_public_function_says_what_it_is_for() -> None:
    for path in FILES:
        assert ast.get_docstring(tree(path)), module(path)
        classes = [node for node in tree(path).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        for node in (*tree(path).body, *(inner for each in classes for inner in each.body)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{module(path)}.{node.name}"


def test_there_is_no_broad_except_and_no_room_for_the_homeless() -> None:
    for path in FILES:
        assert path.stem not in HOMELESS
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type, module(path)
                caught = {ast.unparse(each).removeprefix("builtins.") for each in ast.walk(node.type)}
                assert not caught & {"Exception", "BaseException"}, module(path)
