"""What this process sends to AWS, written down as botocore has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.privilege.ask import Sent

SCAFFOLD = ("sts",)  # how the tests themselves enter an account


@contextmanager
def recorded(account: str) -> Iterator[list[Sent]]:
    """Every call that any client of this process sends meanwhile."""
    found: list[Sent] = []
    send: Callable[..., Any] = BaseClient._make_api_call

    def note(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        if service not in SCAFFOLD:
            found.append(Sent(service, operation, arguments, account, client.meta.region_name))
        return send(client, operation, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", note)
        yield found
