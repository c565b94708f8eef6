"""make least-privilege: for each kind and action, do its policies suffice, are they minimal, how was it shown."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from reconciler.demo.server import Gate, embedded_aws
from reconciler.model.task import Action
from tests.aws import Here
from tests.conftest import empty, set_environment
from tests.desk import make_desk
from tests.privilege.asks import asks
from tests.privilege.evaluate import allowed
from tests.privilege.least import Least, least
from tests.privilege.main_job import Ran, main_job
from tests.privilege.test_least import EVERY
from tests.privilege.test_main_job import FIRST
from tests.resources.example import Example
from tests.resources.trial import Trial, Trials, carry_out

COLUMNS = "{:20}{:9}{:12}{:9}{}"


def main() -> int:
    """Print the table; 1 if a cell is not `yes`."""
    _say(COLUMNS.format("kind", "action", "sufficient", "minimal", "how proven"))
    with embedded_aws() as (url, gate):
        rows = [_row(url, gate, kind, action) for kind, action in EVERY]
    _say(f"{sum(rows)} of {len(rows)} are sufficient and minimal")
    return 0 if all(rows) else 1


def _row(url: str, gate: Gate, kind: str, action: Action) -> bool:
    found = least(_trials(url, gate), kind, action)
    ran = _main_job(url, gate, kind, action)
    sufficient = not found.refused and not isinstance(ran, str) and _covered(ran)
    minimal = not found.idle
    how = _how(found, ran)
    _say(COLUMNS.format(kind, action, "yes" if sufficient else "NO", "yes" if minimal else "NO", how))
    for said in (*(f"refused: {ask.action} on {ask.arn}" for ask in found.refused), *found.idle):
        _say(f"  {said}")
    if isinstance(ran, str):
        _say(f"  the main job: {ran}")
    return sufficient and minimal


def _trials(url: str, gate: Gate) -> Trials:
    def trial(example: Example) -> Trial:
        empty(url, gate)
        return carry_out(Here(url), example)

    return trial


def _main_job(url: str, gate: Gate, kind: str, action: Action) -> Ran | str:
    """What it came to, or how it failed."""
    empty(url, gate)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        set_environment(url, patch)
        try:
            return main_job(make_desk(Path(folder)), url, FIRST[kind, action])
        except AssertionError as failed:
            return str(failed)


def _covered(ran: Ran) -> bool:
    read, act = ran.policies("krampus-read"), ran.policies("krampus-act")
    looked = all(allowed(read, ask) for sent in ran.looked for ask in asks(sent))
    return looked and all(allowed(act, ask) for sent in ran.acted for ask in asks(sent))


def _how(found: Least, ran: Ran | str) -> str:
    judged = set() if isinstance(ran, str) else ran.judged("krampus-act") & found.actions
    enforced = f"main job under IAM: moto judged {len(judged)} of {len(found.actions)} actions"
    return f"{enforced}; calls of {found.seen.examples} examples: all, with ARNs and conditions"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a command


if __name__ == "__main__":
    sys.exit(main())
