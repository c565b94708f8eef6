"""Cases of RDS database instances."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import Here
from tests.privilege.ask import Ask, Asked, Sent, each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must

OTHER = "bystander"
# The snapshots that any database has before Krampus comes: by hand, and AWS's own.
BEFORE = {"manual", "automated"}


def create(here: Here, name: str, **given: Any) -> None:
    usual = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20}
    login = {"MasterUsername": "root", "MasterUserPassword": "only-a-test"}
    here.client("rds").create_db_instance(DBInstanceIdentifier=name, **{**usual, **login, **given})


def make(here: Here, **given: Any) -> str:
    """A database with a snapshot that somebody took by hand, next to another one."""
    name = f"orders-{uuid.uuid4().hex[:8]}"
    create(here, name, Tags=[{"Key": "team", "Value": "web"}], **given)
    create(here, f"{name}-{OTHER}", DeletionProtection=True)
    here.client("rds").create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=f"{name}-by-hand")
    return f"arn:aws:rds:{here.region}:{here.account}:db:{name}"


def make_stopped(here: Here) -> str:
    arn = make(here)
    here.client("rds").stop_db_instance(DBInstanceIdentifier=named(arn))
    return arn


def make_protected(here: Here) -> str:
    return make(here, DeletionProtection=True)


def make_stopped_and_protected(here: Here) -> str:
    arn = make_protected(here)
    here.client("rds").stop_db_instance(DBInstanceIdentifier=named(arn))
    return arn


def make_replica(here: Here) -> str:
    arn = make(here)
    replica = {"DBInstanceIdentifier": f"{named(arn)}-copy", "SourceDBInstanceIdentifier": named(arn)}
    here.client("rds").create_db_instance_read_replica(**replica)
    return f"{arn}-copy"


def make_member(here: Here) -> str:
    arn = make(here)
    cluster, login = f"{named(arn)}-cluster", {"MasterUsername": "root", "MasterUserPassword": "only-a-test"}
    here.client("rds").create_db_cluster(DBClusterIdentifier=cluster, Engine="aurora-mysql", **login)
    create(here, f"{named(arn)}-1", Engine="aurora-mysql", DBClusterIdentifier=cluster)
    return f"{arn}-1"


def named(arn: str) -> str:
    return arn.rsplit(":", 1)[1]


def status(here: Here, name: str) -> str:
    found = here.client("rds").describe_db_instances()["DBInstances"]
    statuses = {database["DBInstanceIdentifier"]: str(database["DBInstanceStatus"]) for database in found}
    return statuses.get(name, "")


def snapshots(here: Here, name: str) -> set[str]:
    """Which kinds of snapshots of it there are."""
    found = here.client("rds").describe_db_snapshots()["DBSnapshots"]
    names = {s["DBSnapshotIdentifier"]: s["SnapshotType"] for s in found if s["DBInstanceIdentifier"] == name}
    final = re.compile(rf"krampus-{name}-[0-9a-f]{{8}}")
    return {"final" if final.fullmatch(given) else how for given, how in names.items()}


def stopped(here: Here, arn: str) -> bool:
    name = named(arn)
    return status(here, name) == "stopped" and status(here, f"{name}-{OTHER}") == "available"


def deleted(here: Here, arn: str) -> bool:
    name = named(arn)
    left = status(here, name) == "" and status(here, f"{name}-{OTHER}") == "available"
    return left and snapshots(here, name) == {*BEFORE, "final"}


def deleted_without_backup(here: Here, arn: str) -> bool:
    name = named(arn)
    left = status(here, name) == "" and status(here, f"{name}-{OTHER}") == "available"
    return left and snapshots(here, name) == BEFORE


def replica_deleted(here: Here, arn: str) -> bool:
    source = named(arn).removesuffix("-copy")
    return status(here, named(arn)) == "" and status(here, source) == "available" and snapshots(here, source) == BEFORE


def member_deleted(here: Here, arn: str) -> bool:
    neighbour = named(arn).removesuffix("-1")
    (cluster,) = here.client("rds").describe_db_clusters()["DBClusters"]
    left = status(here, named(arn)) == "" and status(here, neighbour) == "available"
    return left and cluster["Status"] == "available" and snapshots(here, named(arn)) == set()


EXAMPLES = (
    Example("rds:db", "disable", make, stopped),
    Example("rds:db", "disable", make_protected, stopped),
    Example("rds:db", "kill", make, deleted),
    Example("rds:db", "kill", make, deleted_without_backup, {"skip_backup": True}),
    Example("rds:db", "kill", make_stopped, deleted),
    Example("rds:db", "kill", make_stopped, deleted_without_backup, {"skip_backup": True}),
    Example("rds:db", "kill", make_protected, deleted, {"force": True}),
    Example("rds:db", "kill", make_stopped_and_protected, deleted_without_backup, {"force": True, "skip_backup": True}),
    Example("rds:db", "kill", make_replica, replica_deleted, kept_elsewhere=True),
    Example("rds:db", "kill", make_member, member_deleted, kept_elsewhere=True),
)

NUMBERS = count()
DATABASE = "arn:{p}:rds:{r}:{a}:db:{DBInstanceIdentifier}"


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Available or stopped."""
    facts = {"status": draw(st.sampled_from(("available", "stopped"))), "engine": "postgres", "cluster": ""}
    more = {"resource": "db-A", "source": "", "severed": False, "replicas": [], "multi_az": False, "protected": False}
    return {**facts, **more}, {}


def change(facts: Facts, call: Call) -> None:
    before, after = ("available", "stopped") if call.operation == "stop_db_instance" else ("stopped", "available")
    must(facts["status"] == before)
    facts["status"] = after


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The same in moto."""
    (facts, options), name = drawn, f"orders-{next(NUMBERS)}"
    create(here, name)
    if facts["status"] == "stopped":
        here.client("rds").stop_db_instance(DBInstanceIdentifier=name)
    return name, options


def final_snapshot(sent: Sent) -> Iterator[Ask]:
    """What the last snapshot takes besides (the API's page of DeleteDBInstance)."""
    given, where = sent.arguments, f"{sent.region}:{sent.account}"
    if "FinalDBSnapshotIdentifier" in given:
        database = f"arn:{sent.partition}:rds:{where}:db:{given['DBInstanceIdentifier']}"
        snapshot = f"arn:{sent.partition}:rds:{where}:snapshot:{given['FinalDBSnapshotIdentifier']}"
        yield from (Ask("rds:CreateDBSnapshot", arn) for arn in (database, snapshot))
        yield Ask("rds:AddTagsToResource", snapshot)


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("rds").add_tags_to_resource(ResourceName=arn, Tags=[{"Key": key, "Value": value}])


CASES = Cases(
    tag=tag,
    arn="arn:aws:rds:eu-west-1:111122223333:db:orders",
    examples=EXAMPLES,
    by_itself={
        "rds.DescribeDBInstances": {"DBInstances[].AllocatedStorage": 4711, "DBInstances[].PercentProgress": "17"},
    },
    generated=Generated(drawn(), change, make_drawn),
    keeps=("FinalDBSnapshotIdentifier",),
    passing=tuple({"status": status} for status in ("starting", "stopping", "backing-up", "modifying", "deleting")),
    persons=tuple({"status": status} for status in ("storage-full", "failed", "incompatible-network")),
    asked={
        # Looks by filter are checked against the wildcard ARN itself.
        "rds.DescribeDBInstances": on("arn:{p}:rds:{r}:{a}:db:*"),
        "rds.DescribeDBSnapshots": on("arn:{p}:rds:{r}:{a}:db:*", "arn:{p}:rds:{r}:{a}:snapshot:*"),
        "rds.DescribeDBClusters": on("arn:{p}:rds:{r}:{a}:cluster:*"),
        "rds.DeleteDBInstance": Asked((DATABASE,), besides=final_snapshot),
        **each(("rds.ModifyDBInstance", "rds.StartDBInstance", "rds.StopDBInstance"), on(DATABASE)),
    },
)
