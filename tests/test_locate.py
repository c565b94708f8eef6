"""From a path in the data back to its place in the text, whatever is wrong with the text."""

from __future__ import annotations

import pytest

from reconciler.yamlio.places import Places
from tests.yaml_corpus import VALID


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (2, 1), (2, 1)),
        (("title",), (2, 8), (2, 1)),
        (("reason",), (3, 9), (3, 1)),
        (("options", "force"), (9, 40), (9, 33)),
        (("targets",), (11, 3), (10, 1)),
        (("targets", 0), (11, 5), (11, 5)),
        (("targets", 1), (12, 5), (12, 5)),
        (("targets", 1, "account"), (13, 16), (13, 5)),
        (("targets", 1, "note"), (14, 10), (14, 5)),
        # Nothing is there: the nearest parent.
        (("titel",), (2, 1), (2, 1)),
        (("title", "x"), (2, 8), (2, 1)),
        (("options", "x", "y"), (9, 10), (9, 1)),
        (("targets", 7), (11, 3), (10, 1)),
        (("targets", "x"), (11, 3), (10, 1)),
        (("targets", 1, "x"), (12, 5), (12, 5)),
    ],
)
def test_a_path_is_found_in_the_text(path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]) -> None:
    places = Places(VALID)

    assert (places.at(path), places.at(path, key=True)) == (value, key)


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: 1\na: 2\nb: 3\n", ("a",), (1, 4)),
        ("a: 1\na: 2\nb: 3\n", ("b",), (3, 4)),
        ("1: x\n", ("1",), (1, 4)),
        ("a: &x {c: 1}\nb: *x\nc: 3\n", ("c",), (3, 4)),
        ("[a, [b]]: x\nc: [[1], 2]\n", ("c", 1), (2, 10)),
        ("\ufeffa: 1\n", ("a",), (1, 4)),
        ("# \u2028\na: \u200b1\n", ("a",), (2, 4)),
        ("a: 1\nb: 'x\n", ("a",), (1, 4)),
        ("a: 1\nb: 'x\n", ("b",), (1, 1)),
        ("", ("a",), (1, 1)),
        ("\ta: 1", ("a",), (1, 1)),
        ("[" * 200_000, (0, 0, 0), (1, 4)),
        ("a: 1\nb: " + "[" * 200_000, ("c",), (1, 1)),
    ],
)
def test_a_path_is_found_in_a_faulty_text(text: str, path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert Places(text.encode()).at(path) == place
