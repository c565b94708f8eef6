"""Which tests prove which promise: `python -m tests.promises` lists them. A test says so by @pytest.mark.promise(3)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"


def promises() -> dict[int, str]:
    """The numbered promises of the README: number -> its first words."""
    part = README.read_text(encoding="utf-8").partition("## What it promises")[2].partition("\n## ")[0]
    return {int(number): words for number, words in re.findall(r"^(\d+)\. \*\*(.+?)\.?\*\*", part, re.MULTILINE)}


def proofs(folder: Path = TESTS) -> dict[int, list[str]]:
    """Promise -> the tests that are marked with it, as pytest takes them; also those that a module's mark is for."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = [number for node in tree.body if isinstance(node, ast.Assign) for number in _of_a_module(node)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = [number for decorator in node.decorator_list for number in _numbers(decorator)]
                for number in sorted({*whole, *own}):
                    found[number].append(f"{path.relative_to(folder.parent).as_posix()}::{node.name}")
    return dict(found)


def _of_a_module(node: ast.Assign) -> Iterator[int]:
    if [ast.unparse(target) for target in node.targets] == ["pytestmark"]:
        for inner in ast.walk(node.value):
            yield from _numbers(inner)


def _numbers(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise":
        yield from (int(ast.literal_eval(argument)) for argument in node.args)


def _listing() -> Iterator[str]:
    proven = proofs()
    for number, words in promises().items():
        yield f"{number}. {words}"
        yield from (f"     {test}" for test in proven.get(number, ["NO TEST"]))


if __name__ == "__main__":
    print("\n".join(_listing()))  # noqa: T201  a command
