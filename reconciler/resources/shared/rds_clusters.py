"""What the end of a member does to its cluster (Aurora, Neptune, DocumentDB): seen before it, and refused in time.

Sources: the API's pages of DBCluster and DeleteDBInstance; the Aurora User Guide, "Deleting Aurora DB clusters and DB
instances": its API ends the last member of a protected cluster too. A global database, a replica cluster, and one that
others are replicas of keep one member.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Refused
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import DB_CLUSTER
from reconciler.resources.shared.guards import States, unless_forced
from reconciler.resources.shared.reads import filtered, with_facts

CLUSTERS = Operation("rds", "describe_db_clusters", iam="rds:DescribeDBClusters", on=(DB_CLUSTER,))
# These last until a person acts. Any other status but available passes.
BROKEN = re.compile("(.+-)?(failed|error)|inaccessible-.+|incompatible-.+|insufficient-.+|storage-full")
SETTLED = States("its cluster", go=("available",))
TIES = {
    "global": "is part of a global database; take the cluster out of it first",
    "replica": "is a replica of another; promote the cluster first",
    "source": "has replicas elsewhere; delete or promote those first",
}
LIFT = "switch that off for the cluster, which AWS alone can do for all its members"


def with_clusters(
    place: Place, look: Operation, databases: Collection[Resource], gone: Collection[str]
) -> Iterator[Resource]:
    """The same instances, a member with what its cluster tells in `of_cluster`; None there if AWS shows none.

    look: how instances are described, since a cluster does not tell which of its members are on their way out; `gone`:
    the states in which one does not count any more
    """
    named = sorted({database.facts["cluster"] for database in databases} - {""})
    clusters = {one["DBClusterIdentifier"]: one for one in filtered(place, CLUSTERS, "DBClusters[]", *_by(named))}
    states: dict[str, dict[str, str]] = defaultdict(dict)
    for one in filtered(place, look, "DBInstances[]", *_by(named)):
        states[one.get("DBClusterIdentifier", "")][one["DBInstanceIdentifier"]] = one.get("DBInstanceStatus", "")
    for database in databases:
        name = database.facts["cluster"]
        seen = _cluster(clusters[name], states[name], gone) if name in clusters else None
        yield with_facts(database, of_cluster=seen) if name else database


def _by(clusters: list[str]) -> tuple[str, list[str]]:
    return "db-cluster-id", clusters


def _cluster(found: Mapping[str, Any], states: Mapping[str, str], gone: Collection[str]) -> dict[str, Any]:
    members = {member["DBInstanceIdentifier"]: member for member in found.get("DBClusterMembers", ())}
    # What AWS does not describe, or only as broken, carries no cluster on.
    able = [name for name in sorted(members) if states.get(name) and not _lost(states[name], gone)]
    writers = [name for name in able if members[name].get("IsClusterWriter")]
    return {
        "status": found.get("Status", ""),
        "protected": found.get("DeletionProtection", True),  # not told is not off
        "tie": _tie(found),
        "members": sorted(members),
        "able": able,
        # Several may be ended in one run, each without knowing of the others: this one goes last.
        "stays": (writers if len(writers) == 1 else able or [""])[0],
    }


def _lost(state: str, gone: Collection[str]) -> bool:
    return state in gone or BROKEN.fullmatch(state) is not None


def _tie(found: Mapping[str, Any]) -> str:
    forwarding = found.get("GlobalWriteForwardingStatus", "unknown") != "unknown"  # only a secondary one has another
    if found.get("GlobalClusterIdentifier") or found.get("EngineMode") == "global" or forwarding:
        return "global"
    if found.get("ReplicationSourceIdentifier"):
        return "replica"
    return "source" if found.get("ReadReplicaIdentifiers") else ""


def check_member(database: Resource, force: bool) -> None:
    """Raise Refused or Underway where its cluster stands against its end."""
    name, cluster = database.facts["cluster"], database.facts.get("of_cluster")
    if cluster is None or database.name not in cluster["members"]:
        what = "does not show it" if cluster is None else "does not count it as a member"
        raise Refused(f"it names the cluster `{name}`, but AWS {what}, so that nobody knows what its end leaves there")
    if cluster["status"] == "stopped":
        raise Refused(f"AWS deletes no member of a stopped cluster; start the cluster `{name}`, or kill it")
    if BROKEN.fullmatch(cluster["status"]):
        raise Refused(f"its cluster `{name}` is {cluster['status']}; fix that first, or kill the cluster")
    SETTLED.check(cluster["status"])
    others = _others(database.name, cluster["able"])
    if others and cluster["stays"] != database.name:
        return
    last = f"it is the one of its cluster that goes last, after {others}" if others else "it is its cluster's last one"
    if cluster["tie"]:
        raise Refused(f"{last}, and AWS keeps one: the cluster `{name}` {TIES[cluster['tie']]}")
    if cluster["protected"]:
        unless_forced(force, f"{last}, and deletion protection is on for the cluster `{name}`", LIFT)


def _others(name: str, able: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in able if one != name)
