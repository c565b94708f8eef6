"""What the tests of attacks may ask for."""

from pathlib import Path

import pytest

from tests.security.traps import set_traps
from tests.workflows.conftest import world

__all__ = ["marks", "world"]


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """The folder in which a trap leaves its mark."""
    set_traps(tmp_path / "marks")
    return tmp_path / "marks"
