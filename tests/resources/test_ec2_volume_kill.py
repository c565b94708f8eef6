"""EBS volumes, killed: a step a run, never without a backup of what they hold; and each call of both verbs declared."""

from __future__ import annotations

import pytest

from reconciler.model.call import Call
from reconciler.model.operation import permissions
from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.ec2_volume import KIND, disable, kill
from reconciler.resources.kind import Kill, Options, Refused, Underway
from reconciler.resources.shared.ec2 import SOURCE
from tests.aws import Here, seen_by, send
from tests.resources.ec2_volume import backed_up_and_gone, backups, gone, make_attached, make_free
from tests.resources.seen_volume import attachment, volume
from tests.resources.shared.ec2 import name_of


def backup(state: str, number: int = 1) -> dict[str, str]:
    return {"id": f"snap-{number:08x}", "state": state}


def operations(volume: Resource, options: Kill | None = None) -> list[str]:
    return [call.operation for call in kill(volume, options or Kill())]


def kill_off(here: Here, arn: str) -> list[list[str]]:
    """Run after run until it is gone; the operations of each."""
    steps = []
    for _ in range(5):
        for seen in seen_by(KIND, "kill", here, [name_of(arn)]):
            calls = kill(seen, Kill())
            steps.append([call.operation for call in calls])
            send(here, calls)
    return steps


def test_kill_takes_one_step_a_run_and_one_snapshot(here: Here) -> None:
    arn = make_attached(here)

    assert kill_off(here, arn) == [
        ["modify_instance_attribute", "detach_volume"],
        ["create_snapshot"],
        ["delete_volume"],
    ]
    assert backed_up_and_gone(here, arn)
    (snapshot,) = here.client("ec2").describe_snapshots(SnapshotIds=backups(here, name_of(arn)))["Snapshots"]
    assert name_of(arn) in snapshot["Description"]
    labels = {tag["Key"]: tag["Value"] for tag in snapshot["Tags"]}
    assert labels == {SOURCE: name_of(arn), "Name": f"Krampus backup of {name_of(arn)}"}


def test_kill_without_backup_takes_none(here: Here) -> None:
    arn = make_attached(here)
    for _ in range(2):
        (seen,) = seen_by(KIND, "kill", here, [name_of(arn)])
        send(here, kill(seen, Kill(skip_backup=True)))

    assert gone(here, arn)


def test_kill_deletes_only_when_a_backup_is_complete() -> None:
    with pytest.raises(Underway, match="snap-00000001 is pending"):
        kill(volume(backups=[backup("pending")]), Kill())
    with pytest.raises(Underway, match="snap-00000002 is pending"):
        kill(volume(backups=[backup("error"), backup("pending", 2)]), Kill())
    with pytest.raises(Refused, match="snap-00000001 failed"):
        kill(volume(backups=[backup("error")]), Kill())
    assert operations(volume(backups=[backup("error"), backup("completed", 2)])) == ["delete_volume"]


def test_kill_refuses_a_volume_that_cannot_be_backed_up() -> None:
    with pytest.raises(Refused, match="skip_backup: true"):
        kill(volume(state="error"), Kill())
    assert operations(volume(state="error"), Kill(skip_backup=True)) == ["delete_volume"]
    assert operations(volume(state="error", backups=[backup("completed")])) == ["delete_volume"]


def test_only_a_snapshot_of_this_volume_is_its_backup(here: Here) -> None:
    mine, other = name_of(make_free(here)), name_of(make_free(here))
    ec2 = here.client("ec2")
    for source, label in ((mine, other), (other, mine), (mine, "")):
        labels = [{"ResourceType": "snapshot", "Tags": [{"Key": SOURCE if label else "Name", "Value": label}]}]
        ec2.create_snapshot(VolumeId=source, TagSpecifications=labels)
    seen = list(seen_by(KIND, "kill", here, [mine, other]))

    assert [each.facts["backups"] for each in seen] == [[], []]
    assert operations(seen[0]) == ["create_snapshot"]


def test_every_call_is_allowed_for_and_no_more() -> None:
    flagged = volume(attachment(delete_on_termination=True))
    steps = [flagged, volume(), volume(backups=[backup("completed")])]
    made: dict[Action, list[Call]] = {
        "disable": disable(flagged, Options()),
        "kill": [call for step in steps for call in kill(step, Kill())],
    }
    # Tags in a create call take a permission of their own.
    tagging: dict[Action, set[str]] = {"disable": set(), "kill": {"ec2:CreateTags"}}
    for verb, calls in made.items():
        declared = KIND.verbs[verb]
        assert {action(call.operation) for call in calls} | tagging[verb] == set(permissions(declared.operations))
        # EC2 asks for a grant of its own where a volume under a customer's key is attached again.
        undone = {action(call.undo.operation) for call in calls if call.undo}
        assert undone | {"kms:CreateGrant"} == set(permissions(declared.undo_operations))


def action(operation: str) -> str:
    return "ec2:" + "".join(word.capitalize() for word in operation.split("_"))
