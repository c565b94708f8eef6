"""A `Place` whose answers are written by hand, for what AWS answers and moto does not."""

from __future__ import annotations

from types import SimpleNamespace, TracebackType
from typing import Any, Self

from botocore.stub import Stubber

from tests.aws import Alone
from tests.sdk import offline


class Stubbed(Alone):
    """One client with a queue of answers, open in a `with` alone; a call not expected, or not made, fails the test."""

    account, region, partition = "123456789012", "eu-west-1", "aws"
    _stubber: Stubber

    def __init__(self, service: str, *silent: str, region: str = "eu-west-1") -> None:
        """`silent`: other services, which know of nothing whatever they are asked."""
        self._service, self._silent, self.region = service, silent, region

    def __enter__(self) -> Self:
        self._stubber = Stubber(offline(self._service, self.region))
        self._stubber.activate()
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if kind is None:  # what failed already says why
            self._stubber.assert_no_pending_responses()

    def answers(self, operation: str, arguments: dict[str, Any], answer: dict[str, Any]) -> None:
        """The next call is this one, and this comes back."""
        self._stubber.add_response(operation, answer, arguments)

    def fails(self, operation: str, code: str, status: int = 400) -> None:
        """The next call is this one, and it ends in an error."""
        self._stubber.add_client_error(operation, service_error_code=code, http_status_code=status)

    def client(self, service: str, region: str = "") -> Any:
        """The one client, or one of a service that knows of nothing."""
        if service in self._silent:
            client = offline(service, region or self.region)
            client.meta.events.register("before-call.*.*", _nothing)
            return client
        assert (service, region or self.region) == (self._service, self.region)
        return self._stubber.client


def _nothing(model: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
    """An answer in which every list is empty."""
    shapes = model.output_shape.members
    lists: dict[str, Any] = {name: [] for name in shapes if shapes[name].type_name == "list"}
    return SimpleNamespace(status_code=200, headers={}), lists
