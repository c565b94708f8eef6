"""RDS database instances: stopped where AWS can, deleted only with a final snapshot or without data of their own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Options, Refused, Underway
from reconciler.resources.rds_db import KIND, disable, kill, observe
from tests.aws import Here, seen_by, send
from tests.resources.example import Example
from tests.resources.rds_db import EXAMPLES, deleted, make, make_replica, make_stopped_and_protected, named
from tests.stubbed import Stubbed

KILLS = [example for example in EXAMPLES if example.action == "kill"]


CLUSTER = {"status": "available", "protected": False, "tie": "", "members": ["orders"], "able": [], "stays": ""}


def database(**facts: object) -> Resource:
    usual = {"status": "available", "engine": "postgres", "resource": "db-ABC", "cluster": "", "source": ""}
    more = {
        "severed": False,
        "replicas": [],
        "multi_az": False,
        "protected": False,
        "final_snapshot": "",
        "of_cluster": CLUSTER,
    }
    return Resource("orders", {**usual, **more, **facts})


# By the RDS user guide, "Viewing DB instance status": these last until a person acts.
KEY, WRONG = "inaccessible-encryption-credentials", ("incompatible-parameters", "unsupported-configuration")
LASTING = ("failed", KEY, f"{KEY}-recoverable", "insufficient-capacity", "restore-error", "storage-full", *WRONG)


def steps(here: Here, name: str, options: Delete) -> list[str]:
    """Kill it as runs do: look, send, look again, until nothing is left."""
    done: list[str] = []
    while seen := list(seen_by(KIND, "kill", here, [name])):
        calls = kill(seen[0], options)
        send(here, calls)
        done += [call.operation for call in calls]
    return done


def test_observe_tells_what_the_verbs_read(here: Here) -> None:
    replica = named(make_replica(here))
    name = replica.removesuffix("-copy")
    seen = {found.name: found for found in observe(here, [name, replica, "absent"])}

    assert set(seen) == {name, replica}
    assert (seen[name].facts["replicas"], seen[name].facts["source"]) == ([replica], "")
    assert (seen[replica].facts["replicas"], seen[replica].facts["source"]) == ([], name)
    assert seen[name].tags == {"team": "web"}
    created = seen[name].created
    assert created
    assert created.tzinfo


def test_observe_reads_every_page_as_aws_writes_it() -> None:
    filters = [{"Name": "db-instance-id", "Values": ["docs-1", "far"]}]
    member = {"DBInstanceIdentifier": "docs-1", "DBInstanceStatus": "creating", "Engine": "docdb"}
    ended = {"StatusType": "read replication", "Normal": False, "Status": "terminated"}
    far = {"DBInstanceIdentifier": "far", "DBInstanceStatus": "available", "Engine": "mysql", "MultiAZ": True}
    source = "arn:aws:rds:us-east-1:111122223333:db:near"
    answers: list[tuple[list[dict[str, Any]], dict[str, str]]] = [
        ([{**member, "DbiResourceId": "db-1", "DBClusterIdentifier": "docs"}], {}),
        (
            [
                {
                    **far,
                    "DbiResourceId": "db-2",
                    "StatusInfos": [ended],
                    "ReadReplicaSourceDBInstanceIdentifier": source,
                    "ReadReplicaDBInstanceIdentifiers": ["z"],
                    "ReadReplicaDBClusterIdentifiers": ["c"],
                }
            ],
            {"Marker": "more"},
        ),
    ]
    with Stubbed("rds") as place:
        for found, marker in answers:
            answer = {"DBInstances": found, **({} if marker else {"Marker": "more"})}
            place.answers("describe_db_instances", {"Filters": filters, **marker}, answer)
        first, second = observe(place, ["docs-1", "far"])

    assert (first.facts["cluster"], first.facts["severed"], first.created) == ("docs", False, None)
    replication = {key: second.facts[key] for key in ("source", "severed", "replicas", "multi_az")}
    assert replication == {"source": source, "severed": True, "replicas": ["c", "z"], "multi_az": True}


def test_final_snapshots_are_asked_for_of_what_gets_one_and_a_replica_of_a_cluster_names_it() -> None:
    usual = {"DBInstanceStatus": "available", "Engine": "mysql", "DbiResourceId": "db-ABC"}
    copy = {"DBInstanceIdentifier": "copy", **usual, "ReadReplicaSourceDBClusterIdentifier": "web"}
    final = kill(Resource("orders", database().facts), Delete())[0].arguments["FinalDBSnapshotIdentifier"]
    with Stubbed("rds") as place:
        asked = {"Filters": [{"Name": "db-instance-id", "Values": ["copy", "orders"]}]}
        answer = {"DBInstances": [copy, {"DBInstanceIdentifier": "orders", **usual}]}
        place.answers("describe_db_instances", asked, answer)
        asked = {"Filters": [{"Name": "db-snapshot-id", "Values": [final]}]}
        found = {"DBSnapshots": [{"DBSnapshotIdentifier": final, "Status": "available"}]}
        place.answers("describe_db_snapshots", asked, found)
        replica, orders = seen_by(KIND, "kill", place, ["copy", "orders"])

    assert (replica.facts["source"], replica.facts["final_snapshot"]) == ("web", "")
    assert (orders.facts["source"], orders.facts["final_snapshot"]) == ("", "available")
    assert kill(replica, Delete())[0].arguments["SkipFinalSnapshot"]
    with pytest.raises(Refused, match="of an earlier attempt exists"):
        kill(orders, Delete())


def test_a_name_that_is_gone_costs_one_look_and_finds_nothing(here: Here) -> None:
    assert list(observe(here, ["absent"])) == []
    assert list(seen_by(KIND, "kill", here, ["absent"])) == []


def test_disable_stops_and_its_undo_restores_the_facts_exactly(here: Here) -> None:
    name = named(make(here))
    (before,) = observe(here, [name])
    calls = disable(before, Options())
    send(here, calls)
    (after,) = observe(here, [name])

    assert disable(after, Options()) == []
    send(here, [call.undo for call in reversed(calls) if call.undo])
    (restored,) = observe(here, [name])
    assert restored.facts == before.facts
    assert after.facts != before.facts


@pytest.mark.parametrize("status", ["stopping", "starting", "modifying", "backing-up", "storage-optimization", "new"])
def test_what_passes_is_waited_for(status: str) -> None:
    with pytest.raises(Underway, match=f"is {status}"):
        disable(database(status=status), Options())
    with pytest.raises(Underway, match=f"is {status}"):
        kill(database(status=status), Delete())
    with pytest.raises(Underway, match=f"is {status}"):
        kill(database(status=status, protected=True), Delete(force=True, skip_backup=True))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"cluster": "docs", "engine": "docdb"}, "stop the cluster `docs`"),
        ({"source": "near"}, "read replica"),
        ({"replicas": ["a", "b"]}, r"read replicas \(`a`, `b`\)"),
        ({"engine": "custom-oracle-ee"}, "RDS Custom"),
        ({"engine": "sqlserver-se", "multi_az": True}, "Multi-AZ"),
        *(({"status": status}, f"is {status}, and") for status in LASTING),
    ],
)
def test_disable_refuses_what_aws_cannot_stop(facts: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        disable(database(**facts), Options())


def test_disable_stops_whatever_else_has_a_second_zone() -> None:
    assert disable(database(multi_az=True), Options())
    assert disable(database(engine="sqlserver-se"), Options())


def test_a_member_of_a_stopped_cluster_is_as_asked() -> None:
    assert disable(database(cluster="web", engine="aurora-mysql", status="stopped"), Options()) == []


@pytest.mark.parametrize("status", ["deleting", "delete-precheck"])
def test_what_is_being_deleted_is_left_to_it(status: str) -> None:
    with pytest.raises(Underway, match=status):
        disable(database(status=status, replicas=["a"]), Options())
    with pytest.raises(Underway, match=status):
        kill(database(status=status, protected=True, final_snapshot="creating"), Delete())


@pytest.mark.parametrize("example", KILLS, ids=lambda e: f"{e.make.__name__}-{'-'.join(e.options)}")
def test_kill_ends_within_a_few_runs(here: Here, example: Example) -> None:
    arn = example.make(here)
    done = steps(here, named(arn), Delete(**example.options))

    assert done[-1] == "delete_db_instance"
    assert example.stands(here, arn)


@pytest.mark.parametrize(
    ("facts", "options", "step"),
    [
        ({}, Delete(), "start_db_instance"),
        ({}, Delete(skip_backup=True), "delete_db_instance"),
        ({"protected": True}, Delete(force=True), "start_db_instance"),
        ({"protected": True}, Delete(force=True, skip_backup=True), "start_db_instance"),
    ],
)
def test_kill_starts_a_stopped_database_only_where_it_must(facts: dict[str, Any], options: Delete, step: str) -> None:
    (call,) = kill(database(status="stopped", **facts), options)

    assert call.operation == step


def test_kill_starts_a_stopped_database_to_lift_its_protection_and_take_its_snapshot(here: Here) -> None:
    name = named(make_stopped_and_protected(here))

    assert steps(here, name, Delete(force=True)) == ["start_db_instance", "modify_db_instance", "delete_db_instance"]


def test_kill_keeps_a_final_snapshot_and_the_automated_backups() -> None:
    (call,) = kill(database(), Delete())

    name = call.arguments["FinalDBSnapshotIdentifier"]
    expected = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name, "DeleteAutomatedBackups": False}
    assert call.arguments == {"DBInstanceIdentifier": "orders", **expected}
    assert re.fullmatch("krampus-orders-[0-9a-f]{8}", name)
    (again,) = kill(database(resource="db-XYZ"), Delete())
    assert again.arguments["FinalDBSnapshotIdentifier"] != name


@pytest.mark.parametrize("facts", [{"source": "near"}, {"cluster": "web", "engine": "aurora-mysql"}])
def test_kill_takes_no_snapshot_of_what_has_no_data_of_its_own(facts: dict[str, Any]) -> None:
    (call,) = kill(database(**facts), Delete())

    assert call.arguments["SkipFinalSnapshot"] is True
    assert "FinalDBSnapshotIdentifier" not in call.arguments


def test_kill_needs_no_word_about_backups_to_delete_a_broken_member() -> None:
    (call,) = kill(database(cluster="web", engine="aurora-mysql", status="failed"), Delete())

    assert call.arguments == {"DBInstanceIdentifier": "orders", "SkipFinalSnapshot": True}


def test_skip_backup_keeps_the_automated_backups() -> None:
    (call,) = kill(database(), Delete(skip_backup=True))

    expected = {"SkipFinalSnapshot": True, "DeleteAutomatedBackups": False}
    assert call.arguments == {"DBInstanceIdentifier": "orders", **expected}


def test_kill_refuses_a_protected_database_unless_forced() -> None:
    with pytest.raises(Refused, match="deletion protection is on"):
        kill(database(protected=True), Delete(skip_backup=True))
    (call,) = kill(database(protected=True), Delete(force=True))
    lifted = {"DeletionProtection": False, "ApplyImmediately": True}  # not in its next maintenance window
    assert (call.operation, call.arguments) == ("modify_db_instance", {"DBInstanceIdentifier": "orders", **lifted})


@pytest.mark.parametrize(
    "facts", [{"status": "failed"}, {"status": "incompatible-restore"}, {"engine": "custom-oracle-ee"}]
)
def test_kill_goes_without_the_snapshot_that_aws_cannot_take_only_if_told(facts: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="skip_backup: true"):
        kill(database(**facts), Delete())
    with pytest.raises(Refused, match="skip_backup: true"):
        kill(database(**facts, protected=True), Delete(force=True))
    (call,) = kill(database(**facts), Delete(skip_backup=True))
    assert call.arguments["SkipFinalSnapshot"] is True


def test_kill_refuses_a_replica_that_may_be_the_only_copy() -> None:
    with pytest.raises(Refused, match="the only copy"):
        kill(database(source="near", severed=True), Delete())
    assert kill(database(source="near", severed=True), Delete(skip_backup=True))


def test_kill_does_not_trust_the_snapshot_of_an_earlier_attempt(here: Here) -> None:
    name = named(make(here))
    (seen,) = seen_by(KIND, "kill", here, [name])
    (call,) = kill(seen, Delete())
    final = call.arguments["FinalDBSnapshotIdentifier"]
    here.client("rds").create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=final)
    (seen,) = seen_by(KIND, "kill", here, [name])

    with pytest.raises(Refused, match=f"{final}.*skip_backup: true"):
        kill(seen, Delete())
    with pytest.raises(Underway, match="being taken"):
        kill(database(final_snapshot="creating"), Delete())
    send(here, kill(seen, Delete(skip_backup=True)))
    assert deleted(here, f":{name}")


def test_kill_refuses_members_that_aws_deletes_only_with_their_cluster() -> None:
    with pytest.raises(Refused, match="kill the cluster `web`"):
        kill(database(cluster="web"), Delete(skip_backup=True))
    with pytest.raises(Refused, match="start the cluster `web`"):
        kill(database(cluster="web", engine="aurora-mysql", status="stopped"), Delete(skip_backup=True))


@pytest.mark.parametrize("name", ["Orders", "1st", "-a", "a" * 64, "orders*", "orders:1", ""])
def test_a_name_is_as_aws_stores_it(name: str) -> None:
    assert not re.fullmatch(KIND.pattern, name)
    assert re.fullmatch(KIND.pattern, "orders-2-eu")
