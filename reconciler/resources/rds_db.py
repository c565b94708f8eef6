"""RDS database instances: `disable` stops, `kill` deletes with a final snapshot. Neither touches a cluster's data.

AWS starts a stopped instance again after seven days; the next run sees it available and stops it again.
Neptune and DocumentDB instances are answered by the same API; they are members of clusters, like Aurora's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import (
    PLANNED,
    Kill,
    Kind,
    Options,
    Place,
    Refused,
    Scope,
    Underway,
    UndoStep,
    Verb,
    tags,
    undo_of,
)
from reconciler.resources.shared.arns import DATABASE, DB_SNAPSHOT, FINAL_SNAPSHOT

LEAVING = ("deleting", "delete-precheck")
# These last until a person acts. Any other status but available and stopped passes.
BROKEN = (
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "insufficient-capacity",
    "restore-error",
    "storage-full",
    "unsupported-configuration",
)
# Their data is the cluster's: an instance is only a machine that reads and writes it.
SHARED_STORAGE = ("aurora", "neptune", "docdb")


class Delete(Kill):
    """What `kill` takes: `skip_backup` takes no final snapshot, `force` switches deletion protection off first."""

    force: bool = False


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """DescribeDBInstances by filter: a name in DBInstanceIdentifier that is gone would be an error."""
    pages = place.client("rds").get_paginator("describe_db_instances")
    filters = [{"Name": "db-instance-id", "Values": list(names)}]
    for found in pages.paginate(Filters=filters).search("DBInstances[]"):
        facts = {
            "status": found["DBInstanceStatus"],
            "engine": found["Engine"],
            "resource": found["DbiResourceId"],
            "cluster": found.get("DBClusterIdentifier", ""),
            "source": _source(found),
            "severed": _severed(found),
            "replicas": _replicas(found),
            "multi_az": found.get("MultiAZ", False),
            "protected": found.get("DeletionProtection", False),
        }
        created = found.get("InstanceCreateTime")
        yield Resource(found["DBInstanceIdentifier"], facts, created=created, tags=tags(found.get("TagList")))


def observe_snapshots(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The same, and the status of a snapshot that bears the name of its final one: AWS would not delete over it."""
    databases = list(observe(place, names))
    if not databases:
        return
    pages = place.client("rds").get_paginator("describe_db_snapshots")
    filters = [{"Name": "db-snapshot-id", "Values": [_final_snapshot(database) for database in databases]}]
    found = pages.paginate(Filters=filters).search("DBSnapshots[]")
    statuses = {snapshot["DBSnapshotIdentifier"]: snapshot["Status"] for snapshot in found}
    for database in databases:
        snapshot = statuses.get(_final_snapshot(database), "")
        yield replace(database, facts={**database.facts, "final_snapshot": snapshot})


def disable(database: Resource, _options: Options) -> list[Call]:
    """Stop it. Storage and address stay; AWS starts it again after seven days, and the next run stops it again."""
    status = database.facts["status"]
    if status == "stopped":
        return []
    if status in LEAVING:
        raise Underway(f"the instance is {status}")
    _refuse_unstoppable(database.facts)
    if _broken(status):
        raise Refused(f"the instance is {status}, and AWS stops only an available one; repair it first")
    if status != "available":
        raise Underway(f"the instance is {status}")
    return [_call("stop_db_instance", database, undo=_call("start_db_instance", database))]


def kill(database: Resource, options: Delete) -> list[Call]:
    """Delete it, a step a run: start it if it is stopped, lift its protection if asked to, delete.

    Automated backups are kept until they expire. Its read replicas live on by themselves. Of a cluster, only the
    member goes, the last one too: the cluster and its data stay.
    """
    facts, status = database.facts, database.facts["status"]
    if status in LEAVING:
        raise Underway(f"the instance is {status}")
    if facts["protected"] and not options.force:
        raise Refused("deletion protection is on; switch it off, or set `force: true` in the task's options")
    _refuse_undeletable(facts)
    backup = _backs_up(database, options)
    if status == "stopped" and (backup or facts["protected"]):
        # AWS neither modifies a stopped instance nor takes a final snapshot of it.
        return [_call("start_db_instance", database)]
    if _broken(status) and backup:
        raise Refused(
            f"the instance is {status}, and AWS takes a final snapshot only of an available one; repair it, "
            "or set `skip_backup: true` in the task's options"
        )
    if status not in ("available", "stopped") and not _broken(status):
        raise Underway(f"the instance is {status}")
    if facts["protected"]:
        return [_call("modify_db_instance", database, DeletionProtection=False, ApplyImmediately=True)]
    return [_delete(database, backup)]


def undo_calls(database: Resource, calls: Sequence[Call]) -> UndoStep:
    """Start it, if it is stopped."""
    status = database.facts["status"]
    if status not in ("available", "stopped"):
        raise Underway(f"the instance is {status}")
    return undo_of(call for call in calls if call.operation == "stop_db_instance" and status == "stopped")


def _source(found: Mapping[str, Any]) -> str:
    cluster = found.get("ReadReplicaSourceDBClusterIdentifier", "")
    return str(found.get("ReadReplicaSourceDBInstanceIdentifier", "") or cluster)


def _replicas(found: Mapping[str, Any]) -> list[str]:
    clusters = found.get("ReadReplicaDBClusterIdentifiers", ())
    return sorted((*found.get("ReadReplicaDBInstanceIdentifiers", ()), *clusters))


def _severed(found: Mapping[str, Any]) -> bool:
    # A replica whose source was deleted in another region, or that lagged for 30 days, still names its source.
    return any(info.get("Status") == "terminated" for info in found.get("StatusInfos", ()))


def _broken(status: str) -> bool:
    return status in BROKEN or status.startswith("incompatible-")


def _refuse_unstoppable(facts: Mapping[str, Any]) -> None:
    if facts["cluster"]:
        raise Refused(f"AWS stops a cluster's members only together; stop the cluster `{facts['cluster']}`")
    if facts["source"]:
        raise Refused(f"AWS cannot stop a read replica (of `{facts['source']}`); promote it first")
    if facts["replicas"]:
        replicas = ", ".join(f"`{name}`" for name in facts["replicas"])
        raise Refused(f"AWS cannot stop an instance that has read replicas ({replicas}); promote or delete them first")
    if facts["engine"].startswith("custom-"):
        raise Refused("AWS cannot stop an RDS Custom instance by this call; stop it by hand")
    if facts["engine"].startswith("sqlserver-") and facts["multi_az"]:
        raise Refused("AWS cannot stop SQL Server in a Multi-AZ deployment; switch Multi-AZ off first")


def _refuse_undeletable(facts: Mapping[str, Any]) -> None:
    cluster = facts["cluster"]
    if cluster and not facts["engine"].startswith(SHARED_STORAGE):
        raise Refused(f"AWS deletes the members of a Multi-AZ DB cluster only with it; kill the cluster `{cluster}`")
    if cluster and facts["status"] == "stopped":
        raise Refused(f"AWS deletes no member of a stopped cluster; start the cluster `{cluster}`, or kill it")


def _backs_up(database: Resource, options: Delete) -> bool:
    """Whether it has data of its own that a final snapshot will keep; refused where one is due and AWS takes none."""
    facts = database.facts
    if options.skip_backup or facts["cluster"]:
        return False
    if facts["engine"].startswith("custom-"):
        raise Refused(
            "AWS takes no final snapshot of an RDS Custom instance; take one by hand, "
            "then set `skip_backup: true` in the task's options"
        )
    if facts["severed"]:
        raise Refused(
            f"its replication from `{facts['source']}` has ended, so that its data may be the only copy, and AWS takes "
            "no final snapshot of a replica; promote it, or set `skip_backup: true` in the task's options"
        )
    if facts["source"]:
        return False
    if facts["final_snapshot"] == "creating":
        raise Underway("its final snapshot is being taken")
    if facts["final_snapshot"]:
        # It may be old: what was written since would be lost.
        raise Refused(
            f"snapshot `{_final_snapshot(database)}` of an earlier attempt exists; delete it to have a fresh one, "
            "or, if it holds all that counts, set `skip_backup: true` in the task's options"
        )
    return True


def _final_snapshot(database: Resource) -> str:
    # Never the same for a later instance of that name.
    return f"krampus-{database.name}-{hashlib.sha256(database.facts['resource'].encode()).hexdigest()[:8]}"


def _delete(database: Resource, backup: bool) -> Call:
    if database.facts["cluster"]:
        # Backups are the cluster's too.
        return _call("delete_db_instance", database, SkipFinalSnapshot=True)
    final: dict[str, Any] = {"FinalDBSnapshotIdentifier": _final_snapshot(database)} if backup else {}
    return _call("delete_db_instance", database, SkipFinalSnapshot=not backup, DeleteAutomatedBackups=False, **final)


def _call(operation: str, database: Resource, undo: Call | None = None, **arguments: Any) -> Call:
    which = {"DBInstanceIdentifier": database.name}
    return Call(service="rds", operation=operation, arguments={**which, **arguments}, undo=undo)


KIND = Kind(
    name="rds:db",
    title="RDS database instance",
    # AWS stores names in lower case, whatever was asked for.
    pattern=r"[a-z][a-z0-9-]{0,62}",
    observe=observe,
    permissions=("rds:DescribeDBInstances",),
    verbs={
        "disable": Verb(
            disable,
            does="stop the database",
            manual_commands=(PLANNED,),
            permissions=("rds:StopDBInstance",),
            undo=("rds:StartDBInstance",),
            stuck_after=timedelta(minutes=90),
        ),
        "kill": Verb(
            kill,
            does="delete the database, keeping a final snapshot",
            manual_commands=(
                "aws rds delete-db-instance --region {region} --db-instance-identifier {name} "
                "--final-db-snapshot-identifier {name}-final",
            ),
            permissions=(
                "rds:StartDBInstance",
                "rds:ModifyDBInstance",
                "rds:DeleteDBInstance",
                # DeleteDBInstance takes the final snapshot, and copies tags to it, in the caller's name.
                "rds:CreateDBSnapshot",
                "rds:AddTagsToResource",
            ),
            backup="a final snapshot",
            options=Delete,
            observe=observe_snapshots,
            reads=("rds:DescribeDBSnapshots",),
            stuck_after=timedelta(hours=24),
        ),
    },
    scopes=(
        Scope(
            (
                "rds:DeleteDBInstance",
                "rds:DescribeDBInstances",
                "rds:ModifyDBInstance",
                "rds:StartDBInstance",
                "rds:StopDBInstance",
            ),
            (DATABASE,),
        ),
        Scope(("rds:CreateDBSnapshot",), (DATABASE, FINAL_SNAPSHOT)),
        Scope(("rds:AddTagsToResource",), (FINAL_SNAPSHOT,)),
        # A look by filter names none, so RDS wants it allowed for all.
        Scope(("rds:DescribeDBSnapshots",), (DATABASE, DB_SNAPSHOT)),
    ),
    batch=100,
    undo_calls=undo_calls,
)
