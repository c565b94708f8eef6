"""Who else manages a resource: what AWS says (`Operator`), the tags that AWS alone can write, and tags by convention.

A tag that begins with `aws:` is AWS's own word; any other can be written by whoever may tag the resource. Either only
adds a word: nothing is refused or spared for a tag, but for what AWS itself refuses (`not_ours`). Sources: the pages of
the services on their tags ("Tag your AWS resources"), and the EC2 API Reference on `OperatorResponse`. PURE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.model.operation import Meaning
from reconciler.model.owner import Owner
from reconciler.model.sighting import Resource

AWS = "aws:"  # AWS lets nobody else write such tags
AGAIN = "it may make another in its place, so change it there"
STACK = "change it there, or it drifts from it, and the next update may undo this or fail"
THERE = "change it there"


class Mark(NamedTuple):
    """A tag that tells of an owner. key: the whole key, or its beginning if it ends in `:` or `/`.

    name: the owner; `{}` is the tag's value, or the rest of the key after a `/`
    """

    key: str
    name: str
    follows: str


# In the order in which they are told. What tells only of some owner is left out where another tag names it.
MARKS = (
    Mark("aws:autoscaling:groupName", "Auto Scaling group {}", AGAIN),
    Mark("aws:ec2:fleet-id", "EC2 Fleet {}", AGAIN),
    Mark("aws:ec2spot:fleet-request-id", "Spot Fleet {}", AGAIN),
    Mark("aws:eks:cluster-name", "EKS cluster {}", AGAIN),
    Mark("aws:ecs:clusterName", "ECS cluster {}", AGAIN),
    Mark("aws:ecs:serviceName", "ECS service {}", AGAIN),
    Mark("aws:elasticmapreduce:job-flow-id", "EMR cluster {}", AGAIN),
    Mark("aws:elasticmapreduce:", "an EMR cluster", AGAIN),
    Mark("aws:cloudformation:stack-name", "CloudFormation stack {}", STACK),
    Mark("aws:cloudformation:", "a CloudFormation stack", STACK),
    Mark("aws:servicecatalog:provisionedProductArn", "Service Catalog product {}", STACK),
    Mark("aws:servicecatalog:", "a Service Catalog product", STACK),
    Mark("aws:backup:", "AWS Backup", THERE),
    Mark("aws:dlm:lifecycle-policy-id", "Data Lifecycle Manager policy {}", AGAIN),
    Mark("aws:dlm:", "Data Lifecycle Manager", AGAIN),
    Mark("aws:cloud9:environment", "Cloud9 environment {}", THERE),
    Mark("eks:nodegroup-name", "EKS node group {}", AGAIN),
    Mark("eks:cluster-name", "EKS cluster {}", AGAIN),
    Mark("karpenter.sh/nodepool", "Karpenter node pool {}", AGAIN),
    Mark("karpenter.sh/provisioner-name", "Karpenter provisioner {}", AGAIN),
    Mark("kubernetes.io/cluster/", "Kubernetes cluster {}", AGAIN),
    Mark("kubernetes.io/created-for/pvc/name", "Kubernetes volume claim {}", THERE),
    Mark("elbv2.k8s.aws/cluster", "the load balancer controller of Kubernetes cluster {}", AGAIN),
    Mark("services.k8s.aws/controller-version", "AWS Controllers for Kubernetes ({})", AGAIN),
    Mark("elasticbeanstalk:environment-name", "Elastic Beanstalk environment {}", AGAIN),
    Mark("elasticbeanstalk:", "an Elastic Beanstalk environment", AGAIN),
    Mark("AmazonECSManaged", "a capacity provider of ECS", AGAIN),
    Mark("AWSBatchServiceTag", "AWS Batch", AGAIN),
    Mark("parallelcluster:cluster-name", "ParallelCluster {}", AGAIN),
    Mark("sagemaker:", "SageMaker", THERE),
    Mark("Ec2ImageBuilderArn", "EC2 Image Builder ({})", AGAIN),
    Mark("AWSApplicationMigrationServiceManaged", "Application Migration Service", AGAIN),
    Mark("AWSElasticDisasterRecoveryManaged", "Elastic Disaster Recovery", AGAIN),
    Mark("aws-control-tower", "Control Tower", STACK),
    Mark("pulumi:project", "Pulumi project {}", STACK),
)
# AWS writes these as it makes or copies something; they tell of nobody that goes on managing it.
NO_OWNER = ("aws:createdBy", "aws:ec2launchtemplate:", "aws:elasticfilesystem:default-backup", "aws:tag:")
# What people call the services that AWS names as operators.
OPERATORS = {
    "eks.amazonaws.com": "EKS Auto Mode",
    "ecs.amazonaws.com": "ECS Managed Instances",
    "lambda.amazonaws.com": "Lambda Managed Instances",
}
SOME_SERVICE = "an AWS service"
# How AWS refuses there: a policy on the resource itself denies it to everybody else, whatever their own allows.
MANAGED = Meaning(
    "UnauthorizedOperation|OperationNotPermitted|UnsupportedOperation",
    r"resource-based policy|managed (instance|volume|resource)",
    None,
    "an AWS service manages it, so that nobody else may act on it; change it there",
)
WHOLE = {mark.key: mark for mark in MARKS if not mark.key.endswith((":", "/"))}
BEGINNINGS = tuple(mark for mark in MARKS if mark.key not in WHOLE)
BEGIN = tuple(mark.key for mark in BEGINNINGS)
RANKS = {mark: rank for rank, mark in enumerate(MARKS)}


def operator_of(described: Mapping[str, Any]) -> str:
    """Of what AWS describes, the principal of the service that manages it; "" if none does."""
    operator = described.get("Operator") or {}
    return str(operator.get("Principal") or SOME_SERVICE) if operator.get("Managed") else ""


def not_ours(operator: str) -> str:
    """Why nothing is done to what this operator manages."""
    name = OPERATORS.get(operator, operator)
    return f"{name} manages it, and AWS lets nobody else stop, change or end it; change it there"


def owners(resource: Resource, conventions: Mapping[str, str]) -> tuple[Owner, ...]:
    """All that it is known to belong to. `conventions`: tags of krampus.yaml, each with what to call such an owner."""
    marked = [(mark, key) for key in sorted(resource.tags) if (mark := _mark(key, conventions))]
    marked.sort(key=lambda one: RANKS.get(one[0], len(RANKS)))
    found = [*_operators(resource), *(_owner(mark, key, resource.tags[key]) for mark, key in marked)]
    named = {key for mark, key in marked if _names(mark)}
    vague = {mark.name for mark, _ in marked if any(key.startswith(mark.key) for key in named) and not _names(mark)}
    return tuple({owner.name: owner for owner in found if owner.name not in vague}.values())


def _operators(resource: Resource) -> Iterator[Owner]:
    if resource.operator:
        yield Owner(name=OPERATORS.get(resource.operator, resource.operator), follows=THERE)


def _mark(key: str, conventions: Mapping[str, str]) -> Mark | None:
    """Of whom a tag tells; None if of nobody. Tags that nobody here knows tell of somebody if AWS wrote them."""
    if key in WHOLE:
        return WHOLE[key]
    if key.startswith(BEGIN):
        return next(mark for mark in BEGINNINGS if key.startswith(mark.key))
    if key in conventions:
        return Mark(key, f"{conventions[key]} {{}}", THERE)
    if key.startswith(AWS) and not key.startswith(NO_OWNER):
        return Mark(key, f"{SOME_SERVICE} that marks it with the tag {key}", THERE)
    return None


def _names(mark: Mark) -> bool:
    return "{}" in mark.name


def _owner(mark: Mark, key: str, value: str) -> Owner:
    rest = key.removeprefix(mark.key) if mark.key.endswith("/") else value
    return Owner(name=mark.name.replace("{}", rest).strip(), follows=mark.follows)
