"""State is data: no module compares, searches or takes apart a sentence that is meant for people.

By syntax: wherever `why`, `detail` or `message` stands, as a variable, an attribute or a key, it may be handed on, put
into a text, and asked whether there is any. That is all. What a program needs to know has a field of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "reconciler"
SENTENCES = frozenset({"why", "detail", "message"})
READING = frozenset(
    (
        *("startswith", "endswith", "split", "rsplit", "splitlines", "partition", "rpartition"),
        *("find", "rfind", "index", "rindex", "count", "removeprefix", "removesuffix"),
        *("match", "fullmatch", "search", "findall", "finditer", "sub"),
    )
)
# Where another program's sentences are all there is to go by: AWS', GitHub's, libyaml's.
FOREIGN = {"clients/aws/errors.py", "clients/github/retry.py", "yamlio/syntax_errors.py"}


def is_sentence(node: ast.AST) -> bool:
    """Whether an expression is one of the sentences."""
    if isinstance(node, ast.Attribute):
        return node.attr in SENTENCES
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in SENTENCES
    return isinstance(node, ast.Name) and node.id in SENTENCES


def mentions(node: ast.AST) -> bool:
    """Whether a sentence is in an expression, also within a tuple, or behind a method (`why.lower()`)."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and mentions(node.func.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(mentions(part) for part in node.elts)
    return is_sentence(node)


def is_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in ("", None)


def read(tree: ast.AST) -> Iterator[int]:
    """The lines in which a sentence is read as if it were data."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(mentions(side) for side in sides) and not any(is_nothing(side) for side in sides):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING:
            if any(mentions(part) for part in (node.func.value, *node.args)):
                yield node.lineno
        elif isinstance(node, ast.Subscript) and is_sentence(node.value):
            # `detail["type"]` is somebody else's mapping, and no sentence.
            if isinstance(node.slice, ast.Slice) or isinstance(getattr(node.slice, "value", None), int):
                yield node.lineno
        elif isinstance(node, ast.Match) and mentions(node.subject):
            yield node.lineno


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_reads_what_is_written_for_people(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() not in FOREIGN:
        assert list(read(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "one.why == PAUSED",
        "one.why in (PAUSED, frozen)",
        "'over' in one.why",
        "(entry.run, entry.detail) in known",
        "entry.detail.lower() != 'x'",
        "one.why.startswith(OVER)",
        "one.why.split(' ')[3]",
        "detail.partition(':')",
        "re.match(PATTERN, one.message)",
        "PATTERN.fullmatch(problem.message)",
        "one.why[:4]",
        "one.why[0]",
        "line['detail'] == x",
        "match why:\n case 'x': pass",
    ],
)
def test_reading_is_noticed(code: str) -> None:
    assert list(read(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "f'{one.why}; then {why}'",
        "Entry(detail=one.why)",
        "if one.why: pass",
        "one.why == ''",
        "why or message",
        "'; '.join((why, more))",
        "detail['type'] == 'missing'",
        "why.status != 410",
    ],
)
def test_handing_on_is_not(code: str) -> None:
    assert list(read(ast.parse(code))) == []
