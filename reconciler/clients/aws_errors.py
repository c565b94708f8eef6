"""What an error of AWS means: its class, and a sentence for a person.

Codes are those on the wire, which differ from the names of the exception classes. Sources: the service models shipped
with botocore, and the EC2 API's "Error codes" page.
"""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from reconciler.model.sighting import Problem, Trouble

CODES = {
    Trouble.THROTTLED: """RequestLimitExceeded Throttling ThrottlingException ThrottledException RequestThrottled
        RequestThrottledException TooManyRequestsException SlowDown ProvisionedThroughputExceededException
        EC2ThrottledException BandwidthLimitExceeded PriorRequestNotComplete DependencyThrottle""",
    Trouble.UNKNOWN: """InternalError InternalFailure InternalServerError ServiceUnavailable
        ServiceUnavailableException Unavailable ServerException ServiceException RequestTimeout
        RequestTimeoutException""",
    Trouble.DENIED: """UnauthorizedOperation AccessDenied AccessDeniedException AuthorizationError NotAuthorized
        AuthFailure""",
    Trouble.CREDENTIALS: """ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId
        UnrecognizedClientException SignatureDoesNotMatch OptInRequired InvalidAccessKeyId InvalidIdentityToken
        RegionDisabledException""",
    Trouble.GONE: "NoSuchEntity NoSuchBucket NotFound",
    Trouble.STATE: """IncorrectInstanceState IncorrectState ResourceInUse ResourceInUseException
        ResourceConflictException DependencyViolation ScalingActivityInProgress ResourceContention DeleteConflict
        BucketNotEmpty OperationAborted EntityTemporarilyUnmodifiable ConcurrentModification CannotDelete""",
    Trouble.PROTECTED: "OperationNotPermitted UnmodifiableEntity",
}
TROUBLES = {code: trouble for trouble, codes in CODES.items() for code in codes.split()}
PROTECTING = re.compile(r"protect", re.IGNORECASE)
SHAPES: tuple[tuple[re.Pattern[str], Trouble], ...] = (
    (re.compile(r"notfound(fault|exception)?$", re.IGNORECASE), Trouble.GONE),
    (re.compile(r"(^Invalid\w*State(Fault)?$|InUse$)"), Trouble.STATE),
    (re.compile(r"(\.Malformed$|^InvalidParameter|^Validation|^MissingParameter|^Malformed)"), Trouble.MALFORMED),
)
SAYS = {
    Trouble.THROTTLED: "AWS refused {operation} for its rate; the next run tries again",
    Trouble.UNKNOWN: "AWS did not say whether {operation} happened; the next run looks",
    Trouble.GONE: "AWS says that what {operation} names does not exist: {message}",
    Trouble.STATE: "AWS cannot {operation} in the present state: {message}",
    Trouble.PROTECTED: "a protection stands against {operation}: {message}",
    Trouble.DENIED: "the role may not {operation}: {message}",
    Trouble.CREDENTIALS: "AWS does not accept the credentials or the region: {message}",
    Trouble.MALFORMED: "AWS does not understand the {operation} asked for: {message}",
    Trouble.OTHER: "AWS refused {operation}: {message}",
}
ENCODED = re.compile(r"\s*Encoded authorization failure message: \S+")


def problem_of(error: ClientError | BotoCoreError | ResponseParserError) -> Problem:
    """The class of an error and a sentence about it, in which the operation bears its IAM-like name."""
    if isinstance(error, ClientError):
        body = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code, message = str(body.get("Code", "")), str(body.get("Message", ""))
        trouble = classify(code, message, status)
        said = ENCODED.sub("", message).strip()
        return Problem(trouble, _sentence(trouble, error.operation_name, f"{said} ({code})" if said else code))
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Problem(Trouble.CREDENTIALS, f"there are no AWS credentials here: {error}")
    if isinstance(error, ParamValidationError):
        return Problem(Trouble.MALFORMED, _sentence(Trouble.MALFORMED, "the call", str(error)))
    if isinstance(error, ConnectionError | HTTPClientError):
        return Problem(Trouble.UNKNOWN, f"AWS could not be reached: {error}")
    if isinstance(error, ResponseParserError):
        return Problem(Trouble.UNKNOWN, "AWS answered with something that is no answer of AWS (a proxy's page?)")
    return Problem(Trouble.OTHER, str(error))


def classify(code: str, message: str = "", status: int = 0) -> Trouble:
    """The class of an error code; generic codes are told apart by their message."""
    if code in TROUBLES:
        return TROUBLES[code]
    for pattern, trouble in SHAPES:
        if pattern.search(code):
            # RDS, DynamoDB and CloudFormation say with a generic code that a protection is on.
            protected = trouble is Trouble.MALFORMED and PROTECTING.search(message)
            return Trouble.PROTECTED if protected else trouble
    return Trouble.UNKNOWN if status >= 500 else Trouble.DENIED if status == 403 else Trouble.OTHER  # noqa: PLR2004


def _sentence(trouble: Trouble, operation: str, message: str) -> str:
    return SAYS[trouble].format(operation=operation, message=message)
