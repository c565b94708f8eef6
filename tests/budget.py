"""What each kind costs a test run, and how much it may: some sixty kinds must fit into the five minutes of `make test`.

A test is of a kind if a parameter or its file says so. Counted are the requests that the emulated AWS answers, since
they are nine tenths of what a kind costs and the same on every machine; the seconds of CPU are only shown. pytest keeps
the record: `pytest --cache-show krampus/costs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, NamedTuple

import pytest

from reconciler.resources.catalog import KINDS

# 250 requests take a second of CPU. `make test` has 600 seconds (five minutes of two cores), half of which are for what
# is of no kind: so sixty kinds may take 1250 requests each. A single one may take more than twice that, since a user of
# IAM has seven sorts of credentials. Two workers carry out some examples twice, which is counted.
MEAN, MOST = 1250, 3500
PROPERTY = "cost"
RECORD = "krampus/costs"


class Cost(NamedTuple):
    """requests: that the emulated AWS answered; seconds: of CPU, the server's included."""

    requests: int
    seconds: float


class Meter:
    """Counts requests, in the process in which the emulated AWS runs."""

    def __init__(self) -> None:
        self.requests = 0

    def counting(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """The same WSGI application, counted."""

        def counted(environ: dict[str, Any], start_response: Any) -> Any:
            self.requests += not environ["PATH_INFO"].startswith("/moto-api")
            return app(environ, start_response)

        return counted

    def read(self) -> Cost:
        """What this process has cost so far."""
        return Cost(self.requests, time.process_time())


METER = Meter()


def kind_of(parameters: Mapping[str, object], file: str) -> str:
    """The kind that a test is of, by its parameters, else by its file ("test_iam_user_rules"); "" if of none."""
    for value in parameters.values():
        named = getattr(value, "kind", value)
        if isinstance(named, str) and named in KINDS:
            return named
    files = {name.replace(":", "_").replace("-", "_"): name for name in KINDS}
    return next((name for stem, name in files.items() if f"{file}_".startswith(f"test_{stem}_")), "")


def over(costs: Mapping[str, Cost], mean: int = MEAN, most: int = MOST) -> list[str]:
    """A sentence for each kind that costs too much, and one if all together do."""
    kinds = {kind: cost.requests for kind, cost in costs.items() if kind}
    dear = {kind: count for kind, count in kinds.items() if count > most}
    found = [f"{kind}: {count} requests of AWS, and {most} are the most" for kind, count in sorted(dear.items())]
    each = sum(kinds.values()) // len(KINDS)
    return [*found, *([f"a kind: {each} requests of AWS in the mean, and {mean} are the most"] if each > mean else [])]


class Budget:
    """The part of pytest that keeps the record. With workers, each measures and their master adds up."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.costs: dict[str, Cost] = {}
        self.began = Cost(0, 0)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """A test's fixtures are part of its cost."""
        self.began = METER.read()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Hand over what it cost with its last report."""
        result = yield
        spent = [now - before for now, before in zip(METER.read(), self.began, strict=True)]
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        kind = kind_of(parameters, item.path.stem)
        item.user_properties.append((PROPERTY, [kind, *spent]))
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a test to its kind."""
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == PROPERTY and isinstance(value, list):
                    self._add(*value)

    def _add(self, kind: str, requests: int, seconds: float) -> None:
        before = self.costs.get(kind, Cost(0, 0.0))
        self.costs[kind] = Cost(before.requests + requests, round(before.seconds + seconds, 3))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep the record, and fail the run if a kind is over its budget."""
        cache = getattr(self.config, "cache", None)
        if cache is not None and self.costs:
            cache.set(RECORD, dict(sorted(self.costs.items())))
        if self.exceeded():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def exceeded(self) -> list[str]:
        """Only `make test` has a budget: proofs cost what they cost."""
        return over(self.costs) if self.config.option.markexpr == "not proof" else []

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say which."""
        if self.exceeded():
            terminalreporter.section("over the budget of a kind")
            _lines(terminalreporter, self.exceeded())


def _lines(reporter: Any, lines: Iterable[str]) -> None:
    for line in lines:
        reporter.write_line(line)


def keep(config: pytest.Config) -> None:
    """Keep the record of this test run."""
    config.pluginmanager.register(Budget(config))
