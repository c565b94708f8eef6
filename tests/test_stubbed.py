"""The hand-written AWS of the tests lets no call pass that is not expected, and none that is expected be left out."""

from __future__ import annotations

import pytest
from botocore.exceptions import StubResponseError

from tests.stubbed import Stubbed

ACCOUNT = {"Account": Stubbed.account}


def test_a_call_that_is_not_made_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="remaining in queue"), Stubbed("sts") as place:
        place.answers("get_caller_identity", {}, ACCOUNT)


def test_a_call_that_is_not_expected_fails_the_test() -> None:
    with Stubbed("sts") as place:
        with pytest.raises(StubResponseError):
            place.client("sts").get_caller_identity()
        place.answers("get_caller_identity", {}, ACCOUNT)
        with pytest.raises(StubResponseError):
            place.client("sts").get_session_token()
        assert place.client("sts", "eu-west-1").get_caller_identity()["Account"] == Stubbed.account


@pytest.mark.parametrize(("service", "region"), [("iam", ""), ("sts", "us-east-1")])
def test_there_is_no_client_of_another_service_or_region(service: str, region: str) -> None:
    with Stubbed("sts") as place, pytest.raises(AssertionError):
        place.client(service, region)


def test_what_failed_by_itself_says_why() -> None:
    with pytest.raises(KeyError, match="its own"), Stubbed("sts") as place:
        place.answers("get_caller_identity", {}, ACCOUNT)
        raise KeyError("its own")


def test_outside_of_a_with_there_is_nothing_to_ask() -> None:
    with pytest.raises(AttributeError):
        Stubbed("sts").answers("get_caller_identity", {}, ACCOUNT)
    with pytest.raises(AttributeError):
        Stubbed("sts").client("sts")
