"""RDS database instances: `disable` stops, `kill` deletes with a final snapshot. Neither touches a cluster's data.

AWS starts a stopped instance again after seven days; the next run sees it available and stops it again.
Neptune and DocumentDB instances are answered by the same API; they are members of clusters, like Aurora's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation, Scope
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Forced, Kind, Names, Options, Part, Refused, Underway, UndoStep, Verb, undo_of
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import DB_SNAPSHOT, FINAL_SNAPSHOT
from reconciler.resources.shared.guards import SKIP, States, unless_forced
from reconciler.resources.shared.rds_clusters import CLUSTERS, check_member, with_clusters
from reconciler.resources.shared.reads import filtered, tags, with_facts

ARN = ArnPattern("arn:{partition}:rds:{region}:{account}:db:{name}")
on_database = partial(Operation, "rds", target="DBInstanceIdentifier", on=(ARN.glob,))
# A look by filter names none, so RDS wants it allowed for all.
DESCRIBE = on_database("describe_db_instances", iam="rds:DescribeDBInstances")
SNAPSHOTS = Operation("rds", "describe_db_snapshots", iam="rds:DescribeDBSnapshots", on=(ARN.glob, DB_SNAPSHOT))
START = on_database("start_db_instance", iam="rds:StartDBInstance")
STOP = on_database("stop_db_instance", iam="rds:StopDBInstance", undo=(START,))
LIFTED = {"DeletionProtection": False, "ApplyImmediately": True}
MEMBER = Meaning("InvalidParameterCombination", "on the Cluster level", Trouble.PROTECTED, "switch it off there")
PROTECTING = {**LIFTED, "DeletionProtection": True}
PROTECT = on_database("modify_db_instance", iam="rds:ModifyDBInstance", given=PROTECTING, errors=(MEMBER,))
LIFT = replace(PROTECT, given=LIFTED, undo=(PROTECT,))
WAKE = replace(START, undo=(replace(STOP, undo=()),))
# It takes the final snapshot, and copies tags to it, in the caller's name.
SNAPPING = Scope(("rds:CreateDBSnapshot",), (ARN.glob, FINAL_SNAPSHOT))
TAGGING = Scope(("rds:AddTagsToResource",), (FINAL_SNAPSHOT,))
THERE = Meaning("DBSnapshotAlreadyExists", "", Trouble.STATE, "delete that snapshot, if it is not needed")
LAST = Meaning(
    "InvalidDBClusterStateFault",
    "the last instance of the",
    Trouble.STATE,
    "this does not pass by itself: take the cluster out of its global database, or promote or delete the replica",
)
DELETE = on_database(
    "delete_db_instance",
    iam="rds:DeleteDBInstance",
    also=(SNAPPING, TAGGING),
    errors=(THERE, LAST),
    gone=("DBInstanceNotFound",),
    destroys=True,
)

GOING = ("deleting", "delete-precheck")
LEAVING = States("the instance", wait=GOING)
SETTLED = States("the instance", go=("available", "stopped"))
# These last until a person acts. Any other status but available and stopped passes.
BROKEN = re.compile(
    "failed|inaccessible-encryption-credentials(-recoverable)?|incompatible-.*|insufficient-capacity|restore-error|"
    "storage-full|unsupported-configuration"
)
SOURCES = ("ReadReplicaSourceDBInstanceIdentifier", "ReadReplicaSourceDBClusterIdentifier")
REPLICAS = ("ReadReplicaDBInstanceIdentifiers", "ReadReplicaDBClusterIdentifiers")
# Their data is the cluster's: an instance is only a machine that reads and writes it.
SHARED_STORAGE = ("aurora", "neptune", "docdb")
BY_HAND = (
    "aws rds delete-db-instance --region {region} --db-instance-identifier {name} "
    "--final-db-snapshot-identifier {name}-final"
)


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """DescribeDBInstances by filter: a name in DBInstanceIdentifier that is gone would be an error."""
    for found in filtered(place, DESCRIBE, "DBInstances[]", "db-instance-id", names):
        facts = {
            "status": found["DBInstanceStatus"],
            "engine": found["Engine"],
            "resource": found["DbiResourceId"],
            "cluster": found.get("DBClusterIdentifier", ""),
            "source": next((found[key] for key in SOURCES if found.get(key)), ""),
            # A replica whose source was deleted in another region, or that lagged for 30 days, still names its source.
            "severed": any(info.get("Status") == "terminated" for info in found.get("StatusInfos", ())),
            "replicas": sorted(name for key in REPLICAS for name in found.get(key, ())),
            "multi_az": found.get("MultiAZ", False),
            "protected": found.get("DeletionProtection", False),
        }
        created = found.get("InstanceCreateTime")
        yield Resource(found["DBInstanceIdentifier"], facts, created=created, tags=tags(found.get("TagList")))


def read_clusters(place: Place, databases: Sequence[Resource]) -> Iterator[Resource]:
    """What its end leaves of its cluster."""
    return with_clusters(place, DESCRIBE, databases, GOING)


def read_final_snapshots(place: Place, databases: Sequence[Resource]) -> Iterator[Resource]:
    """A snapshot that bears the name of its final one: AWS would not delete over it. Others get no final one."""
    names = [final_snapshot(each) for each in databases if _keeps_itself(each.facts)]
    found = filtered(place, SNAPSHOTS, "DBSnapshots[]", "db-snapshot-id", names)
    statuses = {snapshot["DBSnapshotIdentifier"]: snapshot["Status"] for snapshot in found}
    for database in databases:
        yield with_facts(database, final_snapshot=statuses.get(final_snapshot(database), ""))


CLUSTER = Part(("of_cluster",), (CLUSTERS,), read_clusters)
FINAL_SNAPSHOTS = Part(("final_snapshot",), (SNAPSHOTS,), read_final_snapshots)


def needed_by_kill(options: Forced) -> tuple[Part, ...]:
    """A final snapshot matters only where one is to be taken."""
    return (CLUSTER,) if options.skip_backup else (CLUSTER, FINAL_SNAPSHOTS)


def disable(database: Resource, _options: Options) -> list[Call]:
    """Stop it. Storage and address stay; AWS starts it again after seven days, and the next run stops it again."""
    status = database.facts["status"]
    if status == "stopped":
        return []
    LEAVING.check(status)
    _refuse_unknown_cluster(database.facts)
    _refuse_unstoppable(database.facts)
    _check(status)
    return [STOP(database)]


def kill(database: Resource, options: Forced) -> list[Call]:
    """Delete it, a step a run: start it if it is stopped, lift its protection if asked to, delete.

    Automated backups are kept until they expire. Its read replicas live on by themselves. Of a cluster, only the
    member goes: the cluster and its data stay. Its last one goes too, but with `force` if the cluster is protected, and
    not where AWS keeps one (`shared.rds_clusters`).
    """
    facts, status = database.facts, database.facts["status"]
    LEAVING.check(status)
    _refuse_unknown_cluster(facts)
    if facts["cluster"]:
        return _end_member(database, options)
    if facts["protected"]:
        unless_forced(options.force, "deletion protection is on", "switch it off")
    backup = _backs_up(database, options)
    # AWS neither modifies a stopped instance nor takes a final snapshot of it. By what the options say, and not by the
    # protection, which is lifted later: that this call was made must be told from what it then looks like.
    if status == "stopped" and (backup or options.force):
        return [WAKE(database)]
    if _broken(status) and backup:
        raise Refused(
            f"the instance is {status}, and AWS takes a final snapshot only of an available one; fix that, or {SKIP}"
        )
    if not _broken(status):
        SETTLED.check(status)
    return [LIFT(database) if facts["protected"] else _delete(database, backup)]


def before(_database: Resource, call: Call) -> Mapping[str, Any]:
    """It ran, or stood still where it was started; was protected where that was lifted; nothing stood against it."""
    status = "stopped" if call.operation == START.name else "available"
    alone = {"cluster": "", "source": "", "severed": False, "replicas": [], "multi_az": False, "final_snapshot": ""}
    return {"status": status, "protected": call.operation == LIFT.name, **alone}


def undo_calls(database: Resource, calls: Sequence[Call]) -> UndoStep:
    """Protect it again, and have it run or stand still as before the first of them. AWS protects only one that runs."""
    status = database.facts["status"]
    _check(status)
    lifted = [call for call in calls if call.operation == LIFT.name and not database.facts["protected"]]
    moved = [call for call in calls if call.operation in (START.name, STOP.name)]
    undone = moved[-1].operation if moved else ""
    stands = {START.name: status == "available", STOP.name: status == "stopped"}.get(undone, False)
    back = [call for call in moved if call.operation == undone][:1] if stands else []
    if not lifted:
        return undo_of(back)
    if status == "available":
        return undo_of(lifted, "AWS must have protected it before it can be stopped again" if back else "")
    if not back:
        raise Refused("it was stopped since, and AWS changes no protection of a stopped instance; start it first")
    return undo_of(back, "it must run before AWS protects it again")


def _broken(status: str) -> bool:
    return BROKEN.fullmatch(status) is not None


def _check(status: str) -> None:
    if _broken(status):
        raise Refused(f"the instance is {status}, and AWS neither stops nor starts it then; fix that first")
    SETTLED.check(status)


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
        raise Refused("AWS cannot stop SQL Server in a Multi-AZ deployment; turn Multi-AZ off first")


def _refuse_unknown_cluster(facts: Mapping[str, Any]) -> None:
    if facts["engine"].startswith(SHARED_STORAGE) and not facts["cluster"]:
        raise Refused(f"AWS does not tell to which cluster this {facts['engine']} instance belongs; a person must look")


def _end_member(database: Resource, options: Forced) -> list[Call]:
    """Delete a member of a cluster; data and backups are the cluster's, and so is the protection."""
    facts, name = database.facts, database.facts["cluster"]
    if not facts["engine"].startswith(SHARED_STORAGE):
        raise Refused(f"AWS deletes the members of a Multi-AZ DB cluster only with it; kill the cluster `{name}`")
    if facts["status"] == "stopped":
        raise Refused(f"AWS deletes no member of a stopped cluster; start the cluster `{name}`, or kill it")
    if facts["protected"]:
        raise Refused(f"deletion protection is on, and AWS switches it off for a whole cluster alone: `{name}`")
    check_member(database, options.force)
    if not _broken(facts["status"]):
        SETTLED.check(facts["status"])
    return [DELETE(database, SkipFinalSnapshot=True)]


def _keeps_itself(facts: Mapping[str, Any]) -> bool:
    """Whether its data is its own, as far as AWS takes a final snapshot: not a member's, and no replica's."""
    return not (facts["cluster"] or facts["source"])


def _backs_up(database: Resource, options: Forced) -> bool:
    """Whether it has data of its own that a final snapshot will keep; refused where one is due and AWS takes none."""
    facts = database.facts
    if options.skip_backup:
        return False
    if facts["engine"].startswith("custom-"):
        raise Refused(f"AWS takes no final snapshot of an RDS Custom instance; take one by hand, then {SKIP}")
    if facts["severed"]:
        raise Refused(
            f"its replication from `{facts['source']}` has ended, so that its data may be the only copy, and AWS takes "
            f"no final snapshot of a replica; promote it, or {SKIP}"
        )
    if facts["source"]:
        return False
    if facts["final_snapshot"] == "creating":
        raise Underway("its final snapshot is being taken")
    if facts["final_snapshot"]:
        # It may be old: what was written since would be lost.
        raise Refused(
            f"snapshot `{final_snapshot(database)}` of an earlier attempt exists; delete it to get a new one, "
            f"or, if it contains everything that matters, {SKIP}"
        )
    return True


def final_snapshot(database: Resource) -> str:
    """The name of its final snapshot: never the same for a later instance of that name."""
    return f"krampus-{database.name}-{hashlib.sha256(database.facts['resource'].encode()).hexdigest()[:8]}"


def _delete(database: Resource, backup: bool) -> Call:
    final: dict[str, Any] = {"FinalDBSnapshotIdentifier": final_snapshot(database)} if backup else {}
    return DELETE(database, SkipFinalSnapshot=not backup, DeleteAutomatedBackups=False, **final)


KIND = Kind(
    name="rds:db",
    title="RDS database instance",
    arn=ARN,
    # AWS stores names in lower case, whatever was asked for.
    pattern=r"[a-z][a-z0-9-]{0,62}",
    observe=observe,
    reads=(DESCRIBE,),
    verbs={
        "disable": Verb(disable, "stop the database", (STOP,), stuck_after=timedelta(minutes=90)),
        "kill": Verb(
            kill,
            "delete the database, keeping a final snapshot",
            (WAKE, LIFT, DELETE),
            manual_commands=(BY_HAND,),
            backup="a final snapshot",
            options=Forced,
            parts=(CLUSTER, FINAL_SNAPSHOTS),
            needs=needed_by_kill,
            stuck_after=timedelta(hours=24),
        ),
    },
    batch=100,
    before=before,
    undo_calls=undo_calls,
    kms_via="rds",
    identity=lambda database: str(database.facts["resource"]),
)
