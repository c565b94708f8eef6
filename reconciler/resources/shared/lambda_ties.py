"""What a Lambda function hangs on elsewhere: mappings that poll for it, distributions that copy it. Not a kind.

Sources: the CloudFront Developer Guide, "Restrictions on Lambda@Edge" and "Delete Lambda@Edge functions and replicas".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Refused
from reconciler.resources.place import Place
from reconciler.resources.shared.guards import States
from reconciler.resources.shared.reads import pages

MAPPINGS = Operation("lambda", "list_event_source_mappings")
DISTRIBUTIONS = Operation("cloudfront", "list_distributions")
EDGE = "us-east-1"  # nowhere else may a function of Lambda@Edge be
BEHAVIORS = "[DefaultCacheBehavior, CacheBehaviors.Items[]][]"
NAMING = f"{BEHAVIORS}.LambdaFunctionAssociations.Items[].LambdaFunctionARN"  # versions of functions


def mappings(place: Place, family: str) -> dict[str, list[dict[str, str]]]:
    """All mappings by function: asked for one function, AWS does not promise those of its versions and aliases."""
    found = defaultdict(list)
    for mapping in pages(place, MAPPINGS, "EventSourceMappings[]"):
        arn = mapping.get("FunctionArn", "")
        if arn.startswith(family):
            name = arn.removeprefix(family).split(":")[0]
            found[name].append({"uuid": mapping["UUID"], "state": mapping["State"]})
    return {name: sorted(ties, key=lambda mapping: mapping["uuid"]) for name, ties in found.items()}


def edges(place: Place) -> dict[str, list[str]]:
    """Function -> the distributions that name a version of it, switched on or off: AWS keeps copies for either.

    By the name alone: AWS takes a function of the distribution's own account and of this region, and no other.
    """
    found = defaultdict(set)
    for distribution in pages(place, DISTRIBUTIONS, f"DistributionList.Items[].{{id: Id, arns: {NAMING}}}"):
        for arn in distribution["arns"] or ():
            found[arn.split(":function:")[-1].split(":")[0]].add(distribution["id"])
    return {name: sorted(ids) for name, ids in found.items()}


def not_at_the_edge(function: Resource, so: str) -> None:
    """Refused if it is. `so`: what that keeps from being done."""
    if edge := function.facts["edge"]:
        named = f"CloudFront distribution{'' if len(edge) == 1 else 's'} {', '.join(edge)}"
        raise Refused(f"it runs at the edge for {named}, and {so}; take it out of there first, then wait some hours")


def check(function: Resource, settled: Sequence[str]) -> None:
    """Underway while a mapping of it is in another state than these: AWS changes none that is changing."""
    for mapping in function.facts["mappings"]:
        States(f"event source mapping {mapping['uuid']}", go=settled).check(mapping["state"])
