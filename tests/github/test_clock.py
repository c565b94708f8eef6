"""How far this machine's clock is ahead of GitHub's: by the Date of any answer, without a token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from reconciler.clients.github.clock import ahead_of_github
from reconciler.clients.github.environment import GithubEnvironment
from tests.github.fake import FakeGithub
from tests.github.wire import Fault

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LINE = "GET /rate_limit"


def ahead(hub: FakeGithub) -> timedelta | None:
    """As a run asks, at a fixed time."""
    return ahead_of_github(GithubEnvironment(hub.url, token="ghs_x" * 9), lambda: NOW)


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("off", [timedelta(), timedelta(minutes=7), timedelta(days=-3)])
def test_any_answer_tells_the_time(hub: FakeGithub, status: int, off: timedelta) -> None:
    hub.faults.append(Fault(LINE, status, headers={"Date": format_datetime(NOW - off, usegmt=True)}))
    assert ahead(hub) == off
    assert [one.line for one in hub.requests] == [LINE]
    assert "authorization" not in hub.requests[0].headers


@pytest.mark.parametrize("date", ["", "now", "Tue, 01 Dec 2026 09:00:00"])
def test_a_date_that_cannot_be_read_is_unknown(hub: FakeGithub, date: str) -> None:
    hub.faults.append(Fault(LINE, 200, data={}, headers={"Date": date}))
    assert ahead(hub) is None


def test_no_answer_and_another_server_are_unknown(hub: FakeGithub) -> None:
    date = {"Date": format_datetime(NOW, usegmt=True), "Location": f"{hub.url}/user"}
    hub.faults += [Fault(LINE, 0), Fault(LINE, 302, headers=date)]
    assert [ahead(hub), ahead(hub)] == [None, None]
    assert len(hub.requests) == 2
    assert ahead_of_github(GithubEnvironment("no address"), lambda: NOW) is None
