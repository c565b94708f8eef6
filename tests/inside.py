"""Which tests stay inside of their process, and the guard that holds them to it.

A test that needs a server, git or another process asks for the fixture `_outside`, itself or through another fixture.
Every other test is a quick one: `make test-quick` runs them, and in whatever run it is, opening a connection or
starting a process fails it.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

OUTSIDE = "_outside"
# Python's audit events (docs.python.org/3/library/audit_events.html) by which a connection or a process begins. Audit
# hooks see them whatever library they come from, and cannot be got round.
CONNECTIONS = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")
PROCESSES = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system")
EVENTS = frozenset((*CONNECTIONS, *PROCESSES))


class OutsideError(RuntimeError):
    """A quick test began a connection or a process."""


@dataclass(eq=False)
class Guard:
    """closed: whether what begins a connection or a process is refused; seen: what began, refused or not."""

    closed: bool = False
    seen: list[str] = field(default_factory=list)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What Python calls at each audit event."""
        if event in EVENTS:
            self.seen.append(f"{event} {arguments[0] if event in PROCESSES else arguments[-1]}")
            if self.closed:
                raise OutsideError(f"{self.seen[-1]}: a test that needs it asks for the fixture `{OUTSIDE}`")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """The test's fixtures are held to it as well."""
        self.seen.clear()
        return (yield from self._guarded(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Refuse, and fail the test also where it took the refusal for an answer."""
        result = yield from self._guarded(item)
        if not may_go_outside(item):
            assert self.seen == [], f"it asks for no fixture `{OUTSIDE}`, and began {self.seen}"
        elif says_so_itself(item):
            assert self.seen, f"it stays inside of its process: it needs no fixture `{OUTSIDE}`"
        return result

    def _guarded(self, item: pytest.Item) -> Generator[None, object, object]:
        self.closed = not may_go_outside(item)
        try:
            return (yield)
        finally:
            self.closed = False


def may_go_outside(item: pytest.Item) -> bool:
    """Whether it asked, itself or through another fixture."""
    return OUTSIDE in getattr(item, "fixturenames", ())


def says_so_itself(item: pytest.Item) -> bool:
    """Whether a mark of its own or of its module asks."""
    return any(OUTSIDE in mark.args for mark in item.iter_markers("usefixtures"))


def mark(items: Iterable[pytest.Item]) -> None:
    """Let `-m outside` and `-m "not outside"` select by the same rule."""
    for item in items:
        if may_go_outside(item):
            item.add_marker("outside")


def guard(config: pytest.Config) -> None:
    """Hold this test run's quick tests to it."""
    one = Guard()
    sys.addaudithook(one.hook)
    config.pluginmanager.register(one)
