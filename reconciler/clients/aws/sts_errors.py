"""What an error of STS means, and what a person can do about it. Source: the STS API reference, "Errors"."""

from __future__ import annotations

from botocore.exceptions import ClientError

TOO_LARGE = "PackedPolicyTooLarge"
UNKNOWN = "STS refused {role}: {message} ({code})"
SAYS = {
    "InvalidIdentityToken": "AWS does not accept the job's token for {role}: {message}; the account needs an OIDC "
    "provider for the token's issuer (token.actions.githubusercontent.com, if that is github.com) with the audience "
    "sts.amazonaws.com",
    "ExpiredTokenException": "the credentials or the token for {role} have expired: {message}; those that Krampus is "
    "started with must outlast the run, and the clock here must be right",
    "IDPCommunicationError": "AWS could not ask GitHub about the job's token: {message}; the next run tries again",
    "IDPRejectedClaim": "GitHub did not stand by the job's token: {message}; the next run tries again",
    "RegionDisabledException": "STS is not active in the region where it was asked: {message}; activate it in the "
    "account's settings",
    "MalformedPolicyDocument": "AWS does not accept the session policy for {role}: {message}; please report this",
    "ValidationError": "AWS does not accept what {role} was asked for with: {message}; check its name in krampus.yaml",
}
SAYS["ExpiredToken"] = SAYS["ExpiredTokenException"]
DENIED = "AccessDenied"
JOB_UNKNOWN = (
    "{role} does not let this job in: {message}; either it does not exist, or its trust policy does not name "
    "{presented}"
)
KEYS_UNKNOWN = (
    "{role} cannot be assumed with the credentials here: {message}; either it does not exist, or its trust policy does "
    "not name them (or not with this `external_id`), or they may not call sts:AssumeRole"
)


def explain(error: ClientError, role: str, presented: str) -> str:
    """A sentence for a person. `presented`: the claims of the token that was shown, "" if none was."""
    body = error.response.get("Error", {})
    code, message = str(body.get("Code", "")), str(body.get("Message", "")).strip().rstrip(".")
    template = (JOB_UNKNOWN if presented else KEYS_UNKNOWN) if code == DENIED else SAYS.get(code, UNKNOWN)
    return template.format(role=role, message=message or "no reason given", code=code, presented=presented)
