"""What an error of AWS means: its class, and a sentence for a person.

Codes are those on the wire, which differ from the names of the exception classes. Sources: the service models shipped
with botocore, and the EC2 API's "Error codes" page. What only one operation says, its kind declares (`Known`).
"""

from __future__ import annotations

import re
from http import HTTPStatus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)
from botocore.parsers import ResponseParserError

from reconciler.model.call import Call
from reconciler.model.operation import Known, Meaning
from reconciler.model.sighting import Problem, Trouble
from reconciler.render.secrets import strike

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
    Trouble.MISSING: "NotFound",
    Trouble.STATE: """IncorrectInstanceState IncorrectState ResourceInUse ResourceInUseException
        ResourceConflictException DependencyViolation ScalingActivityInProgress ResourceContention DeleteConflict
        BucketNotEmpty OperationAborted EntityTemporarilyUnmodifiable ConcurrentModification""",
    Trouble.PROTECTED: "OperationNotPermitted UnmodifiableEntity",
}
TROUBLES = {code: trouble for trouble, codes in CODES.items() for code in codes.split()}
PROTECTING = re.compile(r"protect", re.IGNORECASE)
SHAPES: tuple[tuple[re.Pattern[str], Trouble], ...] = (
    (re.compile(r"(notfound(fault|exception)?$|^NoSuch|NonExistent|DoesNotExist$)", re.IGNORECASE), Trouble.MISSING),
    (re.compile(r"(^Invalid\w*State(Fault)?$|InUse$|AlreadyExists(Fault)?$)"), Trouble.STATE),
    (re.compile(r"(\.Malformed$|^InvalidParameter|^Validation|^MissingParameter|^Malformed)"), Trouble.MALFORMED),
)
SAYS = {
    Trouble.THROTTLED: ("AWS throttled {operation}", "the next run tries again"),
    Trouble.UNKNOWN: ("AWS gave no result for {operation}: {message}", "the next run checks"),
    Trouble.GONE: ("{operation} has nothing left to do: {message}", "the next run looks again"),
    Trouble.MISSING: (
        "AWS does not know what {operation} names, and that may be another thing than the resource: {message}",
        "the next run looks again, and plans by what it sees",
    ),
    Trouble.STATE: ("AWS cannot carry out {operation} in its current state: {message}", "the next run tries again"),
    Trouble.CAPACITY: ("AWS has no room for {operation} at present: {message}", "later runs try again until it has"),
    Trouble.PROTECTED: (
        "a protection blocks {operation}: {message}",
        "whoever set it has to remove it, or exempt the resource",
    ),
    Trouble.DENIED: ("the role is denied {actions}: {message}", "allow it in the role's policy"),
    Trouble.CREDENTIALS: (
        "AWS does not accept the credentials or the region: {message}",
        "check who may assume the role, and that the account has the region enabled",
    ),
    Trouble.MALFORMED: ("AWS rejects {operation} as malformed: {message}", "a person has to look"),
    Trouble.OTHER: ("AWS refused {operation}: {message}", "a person has to look"),
}
ENCODED = re.compile(r"\s*Encoded authorization failure message: \S+")
NAMED = re.compile(r"not authorized to perform:? ([a-z0-9-]+:\w+)")
# How services of a region in which an account has no part call its credentials.
NOT_THERE = (
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "OptInRequired",
    "InvalidAccessKeyId",
)
LONGEST = 300.0  # seconds: what asks for more is asked again all the same
# As in the SDK's standard mode.
PASSING = (
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


NOTHING = Known()
# What holds for every service; the first that fits counts, after what is known of the operation.
MEANINGS = (
    # Some come with a status of 500, and yet nothing has happened.
    Meaning(r"Insufficient(\w*Capacity|CapacityOn\w+)(Fault|Exception)?", "", Trouble.CAPACITY),
    Meaning(
        "InstanceLimitExceeded|VcpuLimitExceeded|MaxSpotInstanceCountExceeded|InstanceQuotaExceeded(Fault)?|"
        "StorageQuotaExceeded(Fault)?",
        "",
        Trouble.CAPACITY,
        "a quota is used up: raise it, or free some; later runs try again until there is room",
    ),
    Meaning(
        "AccessDenied.*|UnauthorizedOperation",
        "explicit deny",
        Trouble.DENIED,
        "a policy denies it, which no permission of the role outweighs: change that policy, or exempt the resource",
    ),
    Meaning("AuthFailure", "not able to validate", Trouble.CREDENTIALS),
    Meaning(
        r"DependencyViolation|DeleteConflict|BucketNotEmpty|.*InUse(Exception)?",
        "",
        Trouble.STATE,
        "something still uses it or is in it: the next run tries again, but may need you to remove that",
    ),
    Meaning(
        "UnmodifiableEntity|CannotDelete", "", Trouble.PROTECTED, "AWS keeps it for itself; remove it from the task"
    ),
    Meaning(
        r"\w*(LimitExceeded|QuotaExceeded)(Exception|Fault)?", "", None, "a quota is used up: raise it, or free some"
    ),
)


def problem_of(
    error: ClientError | BotoCoreError | ResponseParserError, call: Call | None = None, known: Known = NOTHING
) -> Problem:
    """The class of an error, and a sentence about it; `call` is what was sent, if it was not a look."""
    if isinstance(error, ClientError):
        body = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return refusal(str(body.get("Code", "")), str(body.get("Message", "")), status, error.operation_name, known)
    if isinstance(error, CredentialRetrievalError):
        return Problem(Trouble.CREDENTIALS, strike(str(error.kwargs["error_msg"])))
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Problem(Trouble.CREDENTIALS, strike(f"there are no AWS credentials here: {error}"))
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ProxyConnectionError):
        return Problem(Trouble.UNKNOWN, strike(f"AWS could not be reached: {error}; the next run tries again"))
    trouble, said = Trouble.OTHER, str(error)
    if isinstance(error, ParamValidationError):
        trouble = Trouble.MALFORMED
    elif isinstance(error, ConnectionError | HTTPClientError):
        trouble = Trouble.UNKNOWN
    elif isinstance(error, ResponseParserError):
        trouble, said = Trouble.UNKNOWN, "the answer is not from AWS (a proxy's page?)"
    return _problem(trouble, "", call.operation if call else "a look", "", said.rstrip("."))


def refusal(code: str, message: str, status: int, operation: str, known: Known = NOTHING) -> Problem:
    """The same for a code and message of AWS; `operation` as the API names it ("StopInstances")."""
    named = NAMED.search(message)
    said = ENCODED.sub("", message).strip().rstrip(".")
    hint = next((meaning.hint for meaning in (*known.meanings, *MEANINGS) if _fits(meaning, code, message)), "")
    return _problem(
        classify(code, message, status, known),
        hint,
        operation,
        named[1] if named else " and ".join(known.actions) or operation,
        f"{said} ({code})" if said else code,
    )


def classify(code: str, message: str = "", status: int = 0, known: Known = NOTHING) -> Trouble:
    """The class of an error code; generic codes are told apart by their message."""
    for meaning in (*known.meanings, *MEANINGS):
        if meaning.trouble and _fits(meaning, code, message):
            return meaning.trouble
    if code in TROUBLES:
        return TROUBLES[code]
    for pattern, trouble in SHAPES:
        if pattern.search(code):
            # RDS, DynamoDB and CloudFormation say with a generic code that a protection is on.
            protected = trouble is Trouble.MALFORMED and PROTECTING.search(message)
            return Trouble.PROTECTED if protected else trouble
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Trouble.UNKNOWN
    return Trouble.DENIED if status == HTTPStatus.FORBIDDEN else Trouble.OTHER


def is_throttled(error: ClientError) -> bool:
    """Whether AWS refused for the rate of requests alone: nothing has happened. What answers HEAD has only a status."""
    body, response = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    refused = response.get("HTTPStatusCode") == HTTPStatus.TOO_MANY_REQUESTS
    return refused or TROUBLES.get(str(body.get("Code", ""))) is Trouble.THROTTLED


def retry_after(error: ClientError) -> float:
    """For how many seconds AWS wants to be left alone, by its answer's Retry-After; 0 if it does not say."""
    said = str(error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", ""))
    return min(float(said), LONGEST) if said.isascii() and said.isdigit() else 0.0


def is_transient(error: ClientError | BotoCoreError | ResponseParserError) -> bool:
    """Whether AWS gave no result, or none arrived. A read may be sent again; a call that changes something may not.

    What it throttles has had its time already, and is none of these.
    """
    if not isinstance(error, ClientError):
        return isinstance(error, ConnectionError | HTTPClientError)
    body, response = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    unknown = TROUBLES.get(str(body.get("Code", ""))) is Trouble.UNKNOWN
    return not is_throttled(error) and (unknown or response.get("HTTPStatusCode", 0) in PASSING)


def has_expired(error: ClientError) -> bool:
    """Whether AWS refused for credentials that were good before: nothing has happened."""
    return error.response.get("Error", {}).get("Code") in EXPIRED


def is_of_region(error: ClientError | BotoCoreError | ResponseParserError) -> bool:
    """Whether AWS says of credentials that it gave out itself that it does not know them."""
    if not isinstance(error, ClientError):
        return False
    body = error.response.get("Error", {})
    known = "not able to validate" in str(body.get("Message", "")) or body.get("Code") != "AuthFailure"
    return body.get("Code") in NOT_THERE and known


def of_region(account: str, region: str) -> Problem:
    """What that means: the account has not opted in to the region."""
    return Problem(
        Trouble.CREDENTIALS,
        f"region {region} is not enabled in account {account}: AWS does not know there the credentials that it gave; "
        "enable it in the account's settings, or take it out of krampus.yaml and the tasks",
    )


def passes(error: ClientError | BotoCoreError | ResponseParserError, known: Known) -> bool:
    """Whether AWS refused for what is over in seconds: nothing has happened, and the same may be sent again."""
    if not isinstance(error, ClientError):
        return False
    body = error.response.get("Error", {})
    code, message = str(body.get("Code", "")), str(body.get("Message", ""))
    passing = any(meaning.passes and _fits(meaning, code, message) for meaning in known.meanings)
    return passing or classify(code, message, known=known) is Trouble.THROTTLED


def _fits(meaning: Meaning, code: str, message: str) -> bool:
    return bool(re.fullmatch(meaning.code, code) and re.search(meaning.message, message, re.IGNORECASE))


def _problem(trouble: Trouble, hint: str, operation: str, actions: str, message: str) -> Problem:
    what, do = SAYS[trouble]
    said = what.format(operation=operation, actions=actions, message=message)
    return Problem(trouble, strike(f"{said}; {hint or do}"))
