"""What the tests of attacks may ask for."""

from tests.workflows.conftest import world

__all__ = ["world"]
