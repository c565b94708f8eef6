"""What the tests of permissions may ask for besides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto's CloudFormation imports every service that it has, and API Gateway's validator is not installed."""
    for name in ("", ".validation", ".validation.exceptions"):
        monkeypatch.setitem(sys.modules, f"openapi_spec_validator{name}", _validator(name))
    yield


def _validator(name: str) -> ModuleType:
    module = ModuleType(f"openapi_spec_validator{name}")
    setattr(module, "validate", print)  # noqa: B010  never called
    setattr(module, "OpenAPIValidationError", ValueError)  # noqa: B010
    return module
