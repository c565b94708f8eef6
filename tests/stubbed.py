"""A `Place` whose answers are written by hand, for what AWS answers and moto does not."""

from __future__ import annotations

from typing import Any

from botocore.stub import Stubber

from tests.sdk import offline


class Stubbed:
    """One client with a queue of answers; a call that is not expected, or not made, fails the test."""

    account, region, partition = "123456789012", "eu-west-1", "aws"

    def __init__(self, service: str) -> None:
        self._client = offline(service, self.region)
        self._stubber = Stubber(self._client)
        self._stubber.activate()

    def answers(self, operation: str, arguments: dict[str, Any], answer: dict[str, Any]) -> None:
        """The next call is this one, and this comes back."""
        self._stubber.add_response(operation, answer, arguments)

    def fails(self, operation: str, code: str, status: int = 400) -> None:
        """The next call is this one, and it ends in an error."""
        self._stubber.add_client_error(operation, service_error_code=code, http_status_code=status)

    def client(self, _service: str, _region: str = "") -> Any:
        """The one client."""
        return self._client

    def finish(self) -> None:
        """Everything that was expected has been asked."""
        self._stubber.assert_no_pending_responses()
