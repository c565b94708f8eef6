"""Every promise of the README is proved by at least one test that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises import promises, proofs

PROVEN = proofs()


def test_there_are_twelve_promises() -> None:
    assert list(promises()) == list(range(1, 13))


@pytest.mark.parametrize("number", range(1, 13))
def test_a_promise_has_a_test(number: int) -> None:
    assert PROVEN.get(number), f"no test is marked @pytest.mark.promise({number}): {promises()[number]}"


def test_no_test_names_a_promise_that_is_not_made() -> None:
    assert set(PROVEN) <= set(promises())


def test_marks_of_functions_and_of_modules_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_one.py").write_text(
        "@pytest.mark.promise(3, 4)\n@pytest.mark.parametrize('x', [1])\ndef test_a(): ...\n"
        "def test_b(): ...\n@pytest.mark.promise(5)\ndef not_a_test(): ...\n"
    )
    (folder / "test_two.py").write_text("pytestmark = [pytest.mark.promise(3)]\ndef test_c(): ...\n")
    assert proofs(folder) == {
        3: ["tests/test_one.py::test_a", "tests/test_two.py::test_c"],
        4: ["tests/test_one.py::test_a"],
    }
