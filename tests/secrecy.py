"""What the tests use as secrets bears a mark, and nothing that outlasts a test may show it.

At the end of each test run all that the tests printed, logged and failed with is looked through, every file that they
left, and every object of their git repositories: the report branches too. One mark in them fails the run.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Letters alone, so that it may stand in any kind of token; in no file as it is, not even in this one.
MARK = "".join(("Not", "For", "Any", "Eye"))
_NUMBERS = itertools.count(1)


def secret(kind: str) -> str:
    """A new secret."""
    return f"{kind}{MARK}{next(_NUMBERS):06}"


def shown_in(text: str) -> list[str]:
    """The lines of a text that show a secret."""
    return [line for line in text.splitlines() if MARK in line]


def kept_in(folder: Path) -> list[str]:
    """The files below a folder, and the repositories of git there, that hold a secret."""
    everything = [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    found = [str(file) for file in everything if MARK.encode() in file.read_bytes()]
    repositories = (file.parent for file in everything if file.name == "HEAD" and (file.parent / "objects").is_dir())
    return [*found, *(name for repository in repositories for name in _objects(repository))]


def _objects(repository: Path) -> Iterator[str]:
    """git compresses what it keeps: all of it as it was, also what no branch has any more."""
    listing = ["git", "--git-dir", str(repository), "cat-file", "--batch-all-objects", "--batch"]
    everything = subprocess.run(listing, check=False, capture_output=True)
    if MARK.encode() in everything.stdout:
        yield f"{repository} (in an object of git)"


class Secrecy:
    """The part of pytest that looks. With workers it is in their master, which hears of all and has all folders."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.found: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What a test printed, logged and failed with."""
        texts = [report.longreprtext, *(text for _, text in report.sections)]
        if any(shown_in(text) for text in texts):
            self.found.append(f"{report.nodeid} ({report.when})")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What is left of all tests."""
        factory: Any = getattr(self.config, "_tmp_path_factory", None)
        if factory is not None and factory._basetemp is not None:
            self.found += kept_in(factory.getbasetemp())
        if self.found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where."""
        if self.found:
            terminalreporter.section("secrets were shown")
        for where in self.found:
            terminalreporter.write_line(where)


def watch(config: pytest.Config) -> None:
    """Look through this test run."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Secrecy(config))
