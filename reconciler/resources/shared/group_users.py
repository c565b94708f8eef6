"""What uses a security group: interfaces in it, others' rules, and what names it and would fail without it.

One look at each sort in a region, however many groups are asked about. Source: the API pages of these looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reconciler.model.operation import Operation
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import BUILD_PROJECT, DB_CLUSTER, DB_INSTANCE
from reconciler.resources.shared.reads import batches, filtered, pages

DESCRIBE = Operation("ec2", "describe_security_groups")
INTERFACES = Operation("ec2", "describe_network_interfaces")
TEMPLATES = Operation("ec2", "describe_launch_template_versions")
CONFIGURATIONS = Operation("autoscaling", "describe_launch_configurations")
FUNCTIONS = Operation("lambda", "list_functions")
ENVIRONMENTS = Operation("batch", "describe_compute_environments")
DATABASES = Operation("rds", "describe_db_instances", iam="rds:DescribeDBInstances", on=(DB_INSTANCE,))
CLUSTERS = Operation("rds", "describe_db_clusters", iam="rds:DescribeDBClusters", on=(DB_CLUSTER,))
BALANCERS = Operation("elbv2", "describe_load_balancers", iam="elasticloadbalancing:DescribeLoadBalancers")
CLASSIC_BALANCERS = Operation("elb", "describe_load_balancers", iam="elasticloadbalancing:DescribeLoadBalancers")
PROJECTS = Operation("codebuild", "list_projects")
PROJECT = Operation("codebuild", "batch_get_projects", on=(BUILD_PROJECT,))

OF_DATABASE = "VpcSecurityGroups[].VpcSecurityGroupId"
OF_TEMPLATE = "LaunchTemplateData.[SecurityGroupIds, SecurityGroups, NetworkInterfaces[].Groups[]][]"
PROJECTS_AT_ONCE = 100  # that BatchGetProjects takes
# What has groups too, and would take a look at each, or is not seen from this account.
GROUP_NOTES = (
    "not looked at, whether they name it: ECS services and scheduled tasks, published versions of Lambda functions, "
    "older versions of launch templates, Glue, SageMaker, and groups of other accounts in peered VPCs",
    "what it was is kept in the ledger; made again, it has another id, and what named it has to be changed by hand",
)

User = tuple[str, Collection[str]]  # what people call it, and the groups that it names


@dataclass(frozen=True)
class Sort:
    """What people call it, and where a look's answer has its names and groups (JMESPath)."""

    title: str
    look: Operation
    path: str
    name: str
    groups: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """All of them, each with `name` and `groups`."""
        return f"{self.path}[].{{name: {self.name}, groups: {self.groups}}}"


SORTS = (
    Sort(
        "launch template",
        TEMPLATES,
        "LaunchTemplateVersions",
        "LaunchTemplateId",
        OF_TEMPLATE,
        {"Versions": ["$Latest", "$Default"], "IncludeManagedResources": True},
    ),
    Sort("launch configuration", CONFIGURATIONS, "LaunchConfigurations", "LaunchConfigurationName", "SecurityGroups[]"),
    Sort("Lambda function", FUNCTIONS, "Functions", "FunctionName", "VpcConfig.SecurityGroupIds[]"),
    Sort(
        "Batch compute environment",
        ENVIRONMENTS,
        "computeEnvironments",
        "computeEnvironmentName",
        "computeResources.securityGroupIds[]",
    ),
    Sort("RDS instance", DATABASES, "DBInstances", "DBInstanceIdentifier", OF_DATABASE),
    Sort("RDS cluster", CLUSTERS, "DBClusters", "DBClusterIdentifier", OF_DATABASE),
    Sort("load balancer", BALANCERS, "LoadBalancers", "LoadBalancerName", "SecurityGroups[]"),
    Sort("load balancer", CLASSIC_BALANCERS, "LoadBalancerDescriptions", "LoadBalancerName", "SecurityGroups[]"),
)
LOOKS = (*(sort.look for sort in SORTS), PROJECTS, PROJECT)


def interfaces_in(place: Place, names: Sequence[str]) -> Mapping[str, list[str]]:
    """Group -> its network interfaces, each with what it belongs to."""
    found: dict[str, list[str]] = defaultdict(list)
    # An account may hide what AWS services manage; such an interface still keeps the group.
    for nic in filtered(place, INTERFACES, "NetworkInterfaces[]", "group-id", names, IncludeManagedResources=True):
        owner = nic.get("Attachment", {}).get("InstanceId") or nic.get("Description") or nic.get("InterfaceType", "")
        for group in {each["GroupId"] for each in nic["Groups"]}:
            found[group].append(f"{nic['NetworkInterfaceId']} ({owner})")
    return found


def references_to(place: Place, names: Sequence[str]) -> Mapping[str, set[str]]:
    """Group -> the others whose rules refer to it."""
    found: dict[str, set[str]] = defaultdict(set)
    for prefix, side in (("", "IpPermissions"), ("egress.", "IpPermissionsEgress")):
        for other in filtered(place, DESCRIBE, "SecurityGroups[]", f"{prefix}ip-permission.group-id", names):
            pairs = (pair for permission in other[side] for pair in permission["UserIdGroupPairs"])
            for name in {pair.get("GroupId") for pair in pairs} - {other["GroupId"]}:
                found[name].add(other["GroupId"])
    return found


def users_of(place: Place, groups: Mapping[str, str]) -> dict[str, list[str]]:
    """Group -> who names it ("launch template lt-1"), in order. `groups`: id -> name, by which some name them.

    A name may mean another VPC's group; who is meant is not known then, and counts.
    """
    named: dict[str, set[str]] = defaultdict(set)
    for user, all_named in place.once("what names security groups", lambda: _users(place)) if groups else ():
        for group in _meant(groups, all_named):
            named[group].add(user)
    return {group: sorted(users) for group, users in named.items()}


def _meant(groups: Mapping[str, str], named: Collection[str]) -> Iterator[str]:
    return (group for group, name in groups.items() if group in named or name in named)


def _users(place: Place) -> list[User]:
    looks: list[Callable[[Place], Iterator[User]]] = [*(partial(_of_sort, sort) for sort in SORTS), _projects]
    return [user for users in place.side_by_side(lambda look: list(look(place)), looks) for user in users]


def _of_sort(sort: Sort, place: Place) -> Iterator[User]:
    for found in pages(place, sort.look, sort.query, **sort.arguments):
        yield f"{sort.title} {found['name']}", found["groups"] or ()


def _projects(place: Place) -> Iterator[User]:
    names = list(pages(place, PROJECTS, "projects[]"))
    for some in batches(names, PROJECTS_AT_ONCE):
        for project in place.client(PROJECT.service).batch_get_projects(names=some)["projects"]:
            yield f"CodeBuild project {project['name']}", project.get("vpcConfig", {}).get("securityGroupIds", ())
