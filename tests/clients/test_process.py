"""Whether another run still lives: only of a process of this very machine can that be known."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.clients.process import is_dead, this_process


def other(pid: int) -> str:
    """A process of this machine by its number."""
    return f"{this_process().rpartition(':')[0]}:{pid}"


@pytest.mark.usefixtures("_outside")
def test_this_process_lives_and_one_that_ended_does_not() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert not is_dead(this_process())
    assert not is_dead(other(child.pid))
    child.kill()
    child.wait()
    assert is_dead(other(child.pid))


@pytest.mark.parametrize("process", ["", "elsewhere:1", "elsewhere:999999", "no number"])
def test_nothing_is_known_of_another_machine(process: str) -> None:
    assert not is_dead(process)


@pytest.mark.parametrize("number", ["", "x", "-1", str(2**80)])
def test_what_is_no_number_of_a_process_is_not_dead(number: str) -> None:
    assert not is_dead(f"{this_process().rpartition(':')[0]}:{number}")
