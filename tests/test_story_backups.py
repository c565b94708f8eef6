"""Two campaigns against one volume, used for months in between: what was written since the first is not lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.aws import WEB, Here
from tests.desk import DAY, HOUR, START, Desk, task
from tests.resources.ec2_volume import make_attached, make_free, volumes
from tests.resources.shared.ec2 import name_of


def snapshots(here: Here, arn: str) -> list[datetime]:
    """When those of the volume were begun, in order."""
    answer = here.client("ec2").describe_snapshots(Filters=[{"Name": "volume-id", "Values": [name_of(arn)]}])
    return sorted(snapshot["StartTime"] for snapshot in answer["Snapshots"])


def sent(desk: Desk) -> list[str]:
    """The operations that were intended, in order."""
    return [call["operation"] for line in desk.ledger() if line["event"] == "intended" for call in line["calls"]]


@pytest.mark.promise(5)
def test_a_backup_of_an_earlier_campaign_is_none_for_a_later_one(desk: Desk, endpoint: str) -> None:
    here = Here(endpoint, WEB)
    arn = make_free(here)
    desk.write({"tasks/spring.yaml": task("kill", arn)})
    desk.reconcile(0 * HOUR)
    desk.reconcile(1 * DAY)
    assert (sent(desk), len(snapshots(here, arn))) == (["create_snapshot"], 1)

    # The campaign is given up before the volume is deleted, and the volume is used for months.
    desk.remove("tasks/spring.yaml")
    desk.reconcile(1 * DAY + HOUR)
    desk.write({"tasks/autumn.yaml": task("kill", arn)})
    desk.reconcile(180 * DAY)
    desk.reconcile(181 * DAY)
    assert name_of(arn) in volumes(here)
    assert snapshots(here, arn)[-1] == START + 181 * DAY

    desk.reconcile(181 * DAY + HOUR)
    assert name_of(arn) not in volumes(here)
    assert (sent(desk), len(snapshots(here, arn))) == (["create_snapshot", "create_snapshot", "delete_volume"], 2)


def attach(here: Here, arn: str) -> Any:
    """Attach it again where it was."""
    (instance,) = here.client("ec2").describe_instances()["Reservations"][0]["Instances"]
    where = {"InstanceId": instance["InstanceId"], "Device": "/dev/sdf"}
    return here.client("ec2").attach_volume(VolumeId=name_of(arn), **where)


@pytest.mark.promise(5)
def test_what_is_attached_and_written_after_its_backup_is_backed_up_again(desk: Desk, endpoint: str) -> None:
    here = Here(endpoint, WEB)
    arn = make_attached(here)
    desk.write({"tasks/spring.yaml": task("kill", arn)})
    for after in (timedelta(), 1 * DAY, 1 * DAY + 1 * HOUR):
        desk.reconcile(after)
    attach(here, arn)
    for hours in (2, 3, 4):
        assert name_of(arn) in volumes(here)
        desk.reconcile(1 * DAY + hours * HOUR)

    assert name_of(arn) not in volumes(here)
    assert snapshots(here, arn) == [START + 1 * DAY + hours * HOUR for hours in (1, 3)]
    assert [one for one in sent(desk) if one != "modify_instance_attribute"] == [
        *("detach_volume", "create_snapshot", "detach_volume", "create_snapshot", "delete_volume")
    ]
