"""Sufficient: the whole main job runs under the generated policies while IAM is enforced, for each kind and action."""

from __future__ import annotations

import pytest

from tests.desk import Desk
from tests.privilege.main_job import main_job
from tests.privilege.more import MORE
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES

FIRST = {(example.kind, example.action): example for example in reversed(EXAMPLES)}


@pytest.mark.promise(10)
@pytest.mark.parametrize("example", FIRST.values(), ids=str)
def test_the_main_job_runs_under_exactly_the_generated_policies(desk: Desk, endpoint: str, example: Example) -> None:
    ran = main_job(desk, endpoint, example)

    assert ran.passed
