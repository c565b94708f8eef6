"""What one resource is called by all who write its ARN: guards and the check for doubles compare by that. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.model.target import is_glob, matches, slashes

# IAM's names are unique in their account whatever their case and their path, and its API finds them by the name alone.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
IAM = re.compile(r"arn:[^:]*:(iam|[^:]*[*?][^:]*):")  # or any service, iam among them
PATH = re.compile(r"(?<=/).*/", re.DOTALL)


def spelling(arn: str) -> str:
    """One for all spellings of an ARN that may mean the same resource: of IAM's, without case and path."""
    said = slashes(arn)
    return PATH.sub("", said).lower() if IAM.match(said) else said


def guarding(patterns: Iterable[str], arn: str) -> str:
    """The first of these protections, or of an exemption's resources, that covers a target; "" if none does.

    In doubt one does: what it names may be this resource.
    """
    one = spelling(arn)
    iam = IAM.match(arn) is not None
    # Which path is right only AWS knows: a glob that fits the name under either means it.
    forms = {one, arn.lower()} if iam else {one}
    for pattern in patterns:
        if not is_glob(pattern):
            if spelling(pattern) == one:
                return pattern
        elif any(matches(_folded(pattern) if iam else pattern, form) for form in forms):
            return pattern
    return ""


def _folded(pattern: str) -> str:
    """A glob whose wildcards stand before the name says one name."""
    return pattern.lower() if is_glob(pattern.split(":", 5)[-1]) else spelling(pattern)
