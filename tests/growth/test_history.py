"""git's history, which grows for ever, is read once in a run, and not at all by what can do without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.common import checked_repository
from tests.growth.work import count_calls
from tests.growth.world import DAY, NOW, Size, make

pytestmark = pytest.mark.usefixtures("_outside")

SIZE = Size(targets=2, accounts=1, tasks=1, exemptions=1)


def gits(work: Callable[[], Any]) -> tuple[Any, int]:
    """What it returns, and how many processes of git it took."""
    result, done = count_calls(work)
    return result, done["calls", "clients/git/runner.py:_started"]


def test_a_run_reads_when_targets_came_to_main_once(tmp_path: Path) -> None:
    repository, connections = make(tmp_path, SIZE).at(NOW)

    first, gits_at_first = gits(lambda: connections.brought(repository, NOW))
    again, more = gits(lambda: connections.brought(repository, NOW))

    assert gits_at_first > 0
    assert (more, again) == (0, first)
    assert set(first) == {order.key for order in repository.orders}


def test_without_an_exemption_in_force_no_history_is_read(tmp_path: Path) -> None:
    root = make(tmp_path, SIZE).root
    ended = NOW + timedelta(days=365)
    (exemption,) = checked_repository(root, NOW).exemptions.values()
    assert NOW + DAY < exemption.end < ended

    _, in_force = gits(lambda: checked_repository(root, NOW))
    _, none_in_force = gits(lambda: checked_repository(root, ended))

    assert in_force - none_in_force == 4  # is there a commit, the log, and what is changed since, with which filters
