"""What the kinds declare of an operation, asked for by its name: by the service too, or by the name alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.iam.actions import known
from reconciler.model.operation import Known
from reconciler.resources.catalog import KINDS
from tests.new_kind import ROOT, write

ASKED = (("lambda", "delete_function"), ("sns", "delete_function"), ("", "DeleteFunction"), ("", "StopThing"))


@pytest.mark.parametrize("name", KINDS)
def test_an_operation_is_known_as_boto3_and_as_the_api_name_it(name: str) -> None:
    for operation in KINDS[name].operations:
        as_the_api = operation.name.title().replace("_", "")
        found = known(operation.service, operation.name)

        assert set(operation.actions) <= set(found.actions)
        assert set(operation.errors) <= set(found.meanings)
        assert known(operation.service, as_the_api) == found
        # Where services share a name, it alone says nothing.
        assert known("", as_the_api) in (found, Known())


def test_what_no_kind_declares_is_not_known() -> None:
    assert known("", "CloseAccount") == known("sqs", "stop_instances") == Known()


@pytest.mark.usefixtures("_outside")
def test_a_name_that_two_services_share_is_known_only_with_its_service(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "reconciler", tmp_path / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests" / "resources").mkdir(parents=True)
    twin = write("sns:topic", tmp_path)[0]
    twin.write_text(twin.read_text(encoding="utf-8").replace("delete_thing", "delete_function"), encoding="utf-8")
    code = (
        "import json; from reconciler.iam.actions import known;"
        f"print(json.dumps([known(service, operation).actions for service, operation in {ASKED}]))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert json.loads(done.stdout) == [["lambda:DeleteFunction"], ["sns:DeleteFunction"], [], ["sns:StopThing"]]
