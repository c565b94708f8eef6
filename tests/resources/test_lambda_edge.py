"""Functions of Lambda@Edge run in copies that a concurrency of 0 does not reach: said and refused, never "as asked"."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.clients.aws.errors import refusal
from reconciler.iam.actions import known
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Kill, Options, Refused
from reconciler.resources.lambda_function import KEPT, KIND, disable, kill, observe
from tests.aws import Alone, Here
from tests.privilege.recorded import recorded
from tests.resources.lambda_function import BYSTANDER, make, named
from tests.sdk import offline


def at(here: Here, region: str) -> Here:
    return Here(here.endpoint, here.account, region, here.partition)


class Distributed(Alone):
    """A `Place` in Virginia with these distributions, in AWS's own form: moto forgets whose functions they run."""

    region, partition = "us-east-1", "aws"

    def __init__(self, here: Here, *pages: list[dict[str, Any]]) -> None:
        self._here, self.account, self._pages = at(here, self.region), here.account, list(pages)

    def client(self, service: str, region: str = "") -> Any:
        """moto's, but for CloudFront."""
        if service != "cloudfront":
            return self._here.client(service, region)
        client = offline(service, self.region)
        client.meta.events.register("before-call.cloudfront.ListDistributions", self._answer)
        return client

    def _answer(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        items, more = self._pages.pop(0), {"IsTruncated": True, "NextMarker": "more"} if self._pages else {}
        listed = {"Items": items} if items else {}
        return SimpleNamespace(status_code=200, headers={}), {"DistributionList": {"Quantity": 1, **listed, **more}}


def distribution(name: str, default: str, *others: str) -> dict[str, Any]:
    """One whose default behavior has the one function, and others the others; "" none."""

    def runs(arn: str) -> dict[str, Any]:
        return {"Quantity": 1, "Items": [{"LambdaFunctionARN": arn, "EventType": "viewer-request"}]}

    def behavior(arn: str) -> dict[str, Any]:
        return {"LambdaFunctionAssociations": runs(arn) if arn else {"Quantity": 0}}

    more = {"Items": [behavior(arn) for arn in others]} if others else {}
    return {"Id": name, "DefaultCacheBehavior": behavior(default), "CacheBehaviors": {"Quantity": len(others), **more}}


def test_a_function_that_a_distribution_names_is_seen_at_the_edge_and_left_alone(here: Here) -> None:
    arn = make(at(here, "us-east-1"))
    pages = [distribution("E1", f"{arn}:1"), distribution("E2", "")], [distribution("E3", "", f"{arn}-too:1", arn)]
    (seen,) = observe(Distributed(here, *pages), [named(arn)])
    (bystander,) = observe(Distributed(here, *pages), [f"{named(arn)}-{BYSTANDER}"])

    assert (seen.facts["edge"], bystander.facts["edge"]) == (["E1", "E3"], [])
    with pytest.raises(Refused, match="E1, E3, and no concurrency stops its copies there"):
        disable(seen, Options())
    with pytest.raises(Refused, match="AWS deletes no function that has copies there"):
        kill(seen, Kill(skip_backup=True))
    assert observe_one(Distributed(here, []), named(arn)) == []


def observe_one(place: Distributed, name: str) -> list[str]:
    """The distributions of a function."""
    (seen,) = observe(place, [name])
    return list(seen.facts["edge"])


def test_a_concurrency_of_0_is_not_taken_for_done_while_copies_run() -> None:
    closed = Resource("orders", {"reserved": 0, "mappings": [], "edge": ["E1"]})

    with pytest.raises(Refused, match="runs at the edge for CloudFront distribution E1"):
        disable(closed, Options())


def test_elsewhere_nobody_asks_cloudfront_for_there_are_no_such_functions(here: Here) -> None:
    arns = {region: make(at(here, region)) for region in ("eu-west-1", "us-east-1")}
    asked = {}
    for region, arn in arns.items():
        with recorded(here.account) as sent:
            (seen,) = observe(at(here, region), [named(arn)])
        assert seen.facts["edge"] == []
        asked[region] = [one.operation for one in sent].count("ListDistributions")

    assert asked == {"eu-west-1": 0, "us-east-1": 1}


def test_the_summary_of_a_distribution_has_what_is_read() -> None:
    model = offline("cloudfront", "us-east-1").meta.service_model
    summary, behavior = model.shape_for("DistributionSummary"), model.shape_for("CacheBehavior")

    assert {"Id", "DefaultCacheBehavior", "CacheBehaviors"} <= summary.members.keys()
    assert "LambdaFunctionAssociations" in behavior.members


def test_the_plan_says_that_events_run_later() -> None:
    notes = KIND.verbs["disable"].notes
    facts = {"mappings": [{"uuid": "u", "state": "Enabled"}], "edge": []}

    assert list(notes(Resource("orders", {"reserved": None, **facts}), Options())) == [KEPT]
    assert list(notes(Resource("orders", {"reserved": 0, **facts}), Options())) == []
    assert "six hours" in KEPT


def test_aws_own_refusal_to_delete_copies_has_its_sentence() -> None:
    message = (
        "Lambda was unable to delete arn:aws:lambda:us-east-1:111122223333:function:orders:4 because it is a "
        "replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas."
    )
    problem = refusal(
        "InvalidParameterValueException", message, 400, "DeleteFunction", known("lambda", "delete_function")
    )

    assert problem.trouble is Trouble.STATE
    assert "take it out of its CloudFront distributions" in problem.message
