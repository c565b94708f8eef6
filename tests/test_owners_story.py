"""`owners` of krampus.yaml, and an owner that appears after the notice: the issue's text changes, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import InvalidInput
from reconciler.load.repository import load
from tests.aws import Here
from tests.desk import CONFIG, Desk, instances, state, task

MARK = re.compile(r" text=[0-9a-f]+")  # of the whole text
OWNERS = "owners:\n  terraform:workspace: Terraform workspace\n"


def test_an_owner_that_appears_later_is_written_into_the_issue_and_changes_no_date(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": CONFIG + OWNERS, "tasks/idle.yaml": task("disable", target)})
    desk.reconcile(timedelta())
    before, events = desk.issue(), desk.events()

    tag = {"Key": "terraform:workspace", "Value": "shop"}
    web.client("ec2").create_tags(Resources=[target.rsplit("/", 1)[1]], Tags=[tag])
    desk.reconcile(timedelta(hours=1))

    assert "Terraform workspace shop" not in before
    added = "; it belongs to Terraform workspace shop; change it there"
    assert MARK.sub("", desk.issue().replace(added, "")) == MARK.sub("", before)
    assert desk.events() == events
    desk.reconcile(timedelta(days=8))
    assert state(web, target) == "stopped"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("owners: {'aws:eks:cluster-name': EKS}", "is a tag that AWS writes"),
        ("owners: {'': nobody}", ""),
        ("owners: [terraform]", "owners"),
        ("owners: {managed-by: ''}", ""),
    ],
)
def test_what_is_no_tag_of_an_owner_is_a_fault(tmp_path: Path, written: str, words: str) -> None:
    (tmp_path / "krampus.yaml").write_text(f"{CONFIG}{written}\n", encoding="utf-8")

    with pytest.raises(InvalidInput) as invalid:
        load(tmp_path)
    (fault,) = [each for each in invalid.value.faults if each.line == CONFIG.count("\n") + 1]
    assert words in fault.message
