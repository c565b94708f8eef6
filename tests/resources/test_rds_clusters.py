"""Members of clusters: what AWS would refuse, and what would leave a protected cluster without any, is seen before."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Options, Refused, Underway
from reconciler.resources.rds_db import KIND, disable, final_snapshot, kill
from tests.aws import seen_by
from tests.stubbed import Stubbed

GONE = {"web-1": "available", "web-2": "deleting"}
TWO = {"web-1": "available", "web-2": "available"}
SECONDARY = {"GlobalWriteForwardingStatus": "disabled"}
REPLICA = {"ReplicationSourceIdentifier": "arn:aws:rds:us-east-1:111122223333:cluster:near"}
SOURCE = {"ReadReplicaIdentifiers": ["arn:aws:rds:us-east-1:111122223333:cluster:far"]}
TIED = [
    ({"GlobalClusterIdentifier": "world"}, "part of a global database"),
    ({"EngineMode": "global"}, "part of a global database"),
    (SECONDARY, "part of a global database"),
    (REPLICA, "is a replica of another; promote"),
    (SOURCE, "has replicas elsewhere"),
]
FORCED = Delete(force=True)


def instance(name: str, status: str = "available", **over: Any) -> dict[str, Any]:
    usual = {"DBInstanceIdentifier": name, "DBInstanceStatus": status, "DbiResourceId": f"db-{name}"}
    return {**usual, "Engine": "aurora-mysql", "DBClusterIdentifier": "web", **over}


def cluster(members: dict[str, bool], **over: Any) -> dict[str, Any]:
    listed = [{"DBInstanceIdentifier": name, "IsClusterWriter": writes} for name, writes in members.items()]
    usual = {"DBClusterIdentifier": "web", "Status": "available", "DeletionProtection": False}
    return {**usual, "EngineMode": "provisioned", "DBClusterMembers": listed, **over}


def looks(aws: Stubbed, instances: list[dict[str, Any]], clusters: list[dict[str, Any]], names: list[str]) -> None:
    by_name = [one for one in instances if one["DBInstanceIdentifier"] in names]
    asked = {"Filters": [{"Name": "db-instance-id", "Values": names}]}
    aws.answers("describe_db_instances", asked, {"DBInstances": by_name})
    of_web = {"Filters": [{"Name": "db-cluster-id", "Values": ["web"]}]}
    aws.answers("describe_db_clusters", of_web, {"DBClusters": clusters})
    aws.answers("describe_db_instances", of_web, {"DBInstances": instances})


def seen(states: dict[str, str], name: str = "web-1", **over: Any) -> Resource:
    """A member as it is seen; `over`: what its cluster tells besides, `None` for what AWS does not tell."""
    told = cluster({one: one == "web-1" for one in states}, **over)
    whole = {key: value for key, value in told.items() if value is not None}
    return saw([instance(one, state) for one, state in states.items()], [whole], name)


def saw(instances: list[dict[str, Any]], clusters: list[dict[str, Any]], name: str = "web-1") -> Resource:
    with Stubbed("rds") as aws:
        looks(aws, instances, clusters, [name])
        (found,) = seen_by(KIND, "kill", aws, [name])
    return found


def kill_name(one: dict[str, Any]) -> dict[str, Any]:
    own = Resource(one["DBInstanceIdentifier"], {"resource": one["DbiResourceId"]})
    return {"Filters": [{"Name": "db-snapshot-id", "Values": [final_snapshot(own)]}]}


def ended(calls: list[Call]) -> list[tuple[str, Any]]:
    return [(call.operation, call.arguments) for call in calls]


DELETED = [("delete_db_instance", {"DBInstanceIdentifier": "web-1", "SkipFinalSnapshot": True})]


def test_the_last_member_of_a_cluster_that_nothing_protects_goes() -> None:
    assert ended(kill(seen({"web-1": "available"}), Delete())) == DELETED


@pytest.mark.parametrize("states", [{"web-1": "available"}, GONE, {**GONE, "web-2": "failed"}, {**GONE, "web-2": ""}])
def test_the_last_working_member_of_a_protected_cluster_needs_force(states: dict[str, str]) -> None:
    last = seen(states, DeletionProtection=True)

    with pytest.raises(Refused, match=r"deletion protection is on for the cluster `web`.*`force: true`"):
        kill(last, Delete(skip_backup=True))
    assert ended(kill(last, FORCED)) == DELETED  # and never modify_db_instance, which AWS refuses for a member


def test_a_cluster_that_does_not_tell_whether_it_is_protected_counts_as_protected() -> None:
    with pytest.raises(Refused, match="deletion protection is on"):
        kill(seen({"web-1": "available"}, DeletionProtection=None), Delete())


@pytest.mark.parametrize(("over", "why"), [*TIED, ({"DeletionProtection": True}, "deletion protection is on")])
def test_of_several_that_are_ended_at_once_one_stays(over: dict[str, Any], why: str) -> None:
    assert kill(seen(TWO, "web-2", **over), Delete())
    with pytest.raises(Refused, match=f"goes last, after `web-2`.*{why}"):
        kill(seen(TWO, "web-1", **over), Delete())


def test_the_writer_stays_whatever_its_name() -> None:
    members, told = [instance(name) for name in TWO], cluster({"web-1": False, "web-2": True}, **SECONDARY)

    assert kill(saw(members, [told], "web-1"), Delete())
    with pytest.raises(Refused, match="goes last, after `web-1`"):
        kill(saw(members, [told], "web-2"), Delete())


def test_a_broken_writer_carries_no_cluster_on() -> None:
    with pytest.raises(Refused, match="its cluster's last one"):
        kill(seen({"web-1": "storage-full", "web-2": "available"}, "web-2", DeletionProtection=True), Delete())
    assert kill(seen({"web-1": "storage-full", "web-2": "available"}, "web-1", DeletionProtection=True), Delete())


def test_a_member_at_work_is_waited_for() -> None:
    with pytest.raises(Underway, match="the instance is rebooting"):
        kill(seen({"web-1": "available", "web-2": "rebooting"}, "web-2"), FORCED)


def test_without_a_writer_all_agree_on_the_one_that_stays() -> None:
    members = [instance(name) for name in ("web-1", "web-2")]
    replica = cluster({"web-1": False, "web-2": False}, **REPLICA)

    assert kill(saw(members, [replica], "web-2"), Delete())
    with pytest.raises(Refused, match="goes last"):
        kill(saw(members, [replica], "web-1"), Delete())


@pytest.mark.parametrize(("over", "why"), TIED)
@pytest.mark.parametrize("options", [Delete(), FORCED, Delete(force=True, skip_backup=True)])
def test_the_last_member_that_aws_keeps_is_refused_whatever_the_options(
    over: dict[str, Any], why: str, options: Delete
) -> None:
    with pytest.raises(Refused, match=why):
        kill(seen(GONE, **over), options)


def test_a_cluster_that_aws_does_not_show_is_a_doubt_and_not_no_cluster() -> None:
    with pytest.raises(Refused, match="names the cluster `web`, but AWS does not show it"):
        kill(saw([instance("web-1")], []), FORCED)
    with pytest.raises(Refused, match="does not count it as a member"):
        kill(saw([instance("web-1")], [cluster({"web-2": True})]), FORCED)


def test_a_cluster_that_may_not_be_looked_at_is_a_failed_look() -> None:
    with Stubbed("rds") as aws:
        asked = {"Filters": [{"Name": "db-instance-id", "Values": ["web-1"]}]}
        aws.answers("describe_db_instances", asked, {"DBInstances": [instance("web-1")]})
        aws.fails("describe_db_clusters", "AccessDenied", 403)
        with pytest.raises(ClientError, match="AccessDenied"):
            list(seen_by(KIND, "kill", aws, ["web-1"]))


@pytest.mark.parametrize("engine", ["aurora-postgresql", "neptune", "docdb"])
def test_what_can_only_live_in_a_cluster_and_names_none_is_a_doubt(engine: str) -> None:
    facts = {"status": "available", "engine": engine, "cluster": "", "source": "", "replicas": [], "severed": False}
    alone = Resource("web-1", {**facts, "resource": "db-1", "protected": False, "multi_az": False})

    with pytest.raises(Refused, match=f"to which cluster this {engine} instance belongs"):
        kill(alone, Delete(skip_backup=True))
    with pytest.raises(Refused, match=f"to which cluster this {engine} instance belongs"):
        disable(alone, Options())


@pytest.mark.parametrize(
    "status", ["modifying", "failing-over", "promoting", "starting", "stopping", "deleting", "new"]
)
def test_a_cluster_at_work_is_waited_for(status: str) -> None:
    with pytest.raises(Underway, match=f"its cluster is {status}"):
        kill(seen(TWO, "web-2", Status=status), FORCED)


@pytest.mark.parametrize("status", ["inaccessible-encryption-credentials", "cloning-failed", "storage-full"])
def test_a_cluster_that_a_person_must_mend_is_refused(status: str) -> None:
    with pytest.raises(Refused, match=f"its cluster `web` is {status}; fix that first"):
        kill(seen(TWO, "web-2", Status=status), FORCED)


def test_a_stopped_cluster_is_refused_even_where_the_member_still_says_that_it_runs() -> None:
    with pytest.raises(Refused, match="start the cluster `web`"):
        kill(seen(TWO, "web-2", Status="stopped"), FORCED)


def test_a_member_that_says_itself_that_it_is_protected_is_never_modified() -> None:
    own = saw(
        [instance("web-1", DeletionProtection=True), instance("web-2")], [cluster({"web-1": False, "web-2": True})]
    )

    for options in (Delete(), FORCED):
        with pytest.raises(Refused, match="for a whole cluster alone: `web`"):
            kill(own, options)


def test_instances_without_a_cluster_cost_no_look_at_clusters() -> None:
    alone = instance("web-1", Engine="postgres", DBClusterIdentifier="")
    with Stubbed("rds") as aws:
        asked = {"Filters": [{"Name": "db-instance-id", "Values": ["web-1"]}]}
        aws.answers("describe_db_instances", asked, {"DBInstances": [alone]})
        aws.answers("describe_db_snapshots", kill_name(alone), {"DBSnapshots": []})
        (found,) = seen_by(KIND, "kill", aws, ["web-1"])

    assert ended(kill(found, Delete()))[0][0] == "delete_db_instance"


def test_what_happens_in_the_cluster_beside_it_changes_no_plan() -> None:
    busy = {"web-1": "available", "web-2": "backing-up"}

    assert seen(TWO).digest == seen(busy).digest != seen(GONE).digest
