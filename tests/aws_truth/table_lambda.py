"""The table's rows of Lambda: how AWS refuses to stop functions."""

from __future__ import annotations

from reconciler.model.sighting import Trouble
from tests.aws_truth import world
from tests.aws_truth.table import BAD, CONFLICT, FORBIDDEN, LOST, NOT_ALLOWED, Truth

LAMBDA = (
    Truth(
        "disable",
        world.function,
        "PUT .*/concurrency",
        BAD,
        "InvalidParameterValueException",
        "ReservedConcurrentExecutions 0 should not be lower than function's total provisioned concurrency [5].",
        Trouble.STATE,
        ("delete its provisioned concurrency first",),
    ),
    Truth(
        "disable",
        world.function,
        "PUT .*/concurrency",
        "429 Too Many Requests",
        "TooManyRequestsException",
        "Rate exceeded",
        Trouble.THROTTLED,
        fate="applied",
        refusals=1,
        times=2,
    ),
    Truth(
        "kill",
        world.function,
        "DELETE .*/functions/",
        BAD,
        "InvalidParameterValueException",
        "Lambda was unable to delete arn:aws:lambda:us-east-1:111122223333:function:{}:1 because it is a replicated "
        "function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.",
        Trouble.STATE,
        ("take it out of its CloudFront distributions",),
        LOST,
    ),
    Truth(
        "kill",
        world.function,
        "DELETE .*/functions/",
        CONFLICT,
        "ResourceConflictException",
        "The function could not be deleted due to a concurrent update operation.",
        Trouble.STATE,
        ("the next run tries again",),
        LOST,
    ),
    Truth(
        "kill",
        world.function,
        "DELETE .*/functions/",
        FORBIDDEN,
        "AccessDeniedException",
        NOT_ALLOWED + "lambda:DeleteFunction on resource: {} because no identity-based policy allows it",
        Trouble.DENIED,
        ("the role is denied lambda:DeleteFunction",),
        LOST,
    ),
)
