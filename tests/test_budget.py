"""A kind that costs the tests too much fails the run; what a test costs goes to the kind that it is of."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.resources.catalog import KINDS
from tests.budget import MEAN, MOST, RECORD, Cost, kind_of, over
from tests.resources.examples import EXAMPLES

ROOT = Path(__file__).parent.parent
CONFTEST = """
import pytest
from tests.budget import METER, keep

def pytest_configure(config):
    config.addinivalue_line("markers", "proof: none")
    keep(config)
"""
BODY = """
import pytest
from tests.budget import METER, MOST

@pytest.mark.parametrize("kind", ["iam:user", "iam:role"])
def test_it(kind):
    app = METER.counting(lambda _environ, _start: [])
    for _ in range(MOST + (kind == "iam:user")):
        app({"PATH_INFO": "/"}, None)
    for _ in range(MOST):
        app({"PATH_INFO": "/moto-api/reset"}, None)
"""


@pytest.mark.parametrize(
    ("parameters", "file", "kind"),
    [
        ({"example": EXAMPLES[0]}, "test_laws", EXAMPLES[0].kind),
        ({"action": "disable", "kind": "s3:bucket"}, "test_every_kind", "s3:bucket"),
        ({"name": "kms:key"}, "test_laws", "kms:key"),
        ({"name": "$(touch x)"}, "test_aws_cli", ""),
        ({}, "test_iam_user", "iam:user"),
        ({"number": 3}, "test_iam_user_rules", "iam:user"),
        ({}, "test_ec2_security_group", "ec2:security-group"),
        ({}, "test_ec2_backup", ""),
        ({}, "test_story_held", ""),
    ],
)
def test_a_test_is_of_the_kind_that_a_parameter_or_its_file_names(
    parameters: Mapping[str, object], file: str, kind: str
) -> None:
    assert kind_of(parameters, file) == kind


def test_a_kind_over_its_budget_is_named_and_what_is_of_no_kind_has_none() -> None:
    assert over({"": Cost(10 * MOST, 1), "iam:user": Cost(MOST, 1)}) == []
    assert over({"iam:user": Cost(MOST + 1, 1), "iam:role": Cost(MOST, 1)}) == [
        f"iam:user: {MOST + 1} requests of AWS, and {MOST} are the most"
    ]


def test_all_kinds_together_have_a_budget_too() -> None:
    assert over({kind: Cost(MEAN, 1) for kind in KINDS}) == []
    assert over({kind: Cost(MEAN + 1, 1) for kind in KINDS}) == [
        f"a kind: {MEAN + 1} requests of AWS in the mean, and {MEAN} are the most"
    ]


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_in_which_a_kind_is_over_its_budget_fails_and_keeps_the_record(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(BODY)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-n", workers, "-m", "not proof", str(tmp_path)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1
    assert f"iam:user: {MOST + 1} requests of AWS, and {MOST} are the most\n" in done.stdout
    record = json.loads((tmp_path / ".pytest_cache" / "v" / RECORD).read_text())
    assert {kind: requests for kind, (requests, _) in record.items()} == {"iam:role": MOST, "iam:user": MOST + 1}
