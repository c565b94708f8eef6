"""What one resource is called by all who write its ARN: guards and the check for doubles compare by that. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.model.target import COLONS, is_glob, matches, slashes

# IAM's names are unique in their account whatever their case and their path, and its API finds them by the name alone.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
IAM = re.compile(r"arn:[^:]*:(iam|[^:]*[*?][^:]*):")  # or any service, iam among them
PATH = re.compile(r"(?<=/).*/", re.DOTALL)


def spelling(arn: str) -> str:
    """One for all spellings of an ARN that may mean the same resource: of IAM's, without case and path."""
    said = slashes(arn) if arn.count(":") > COLONS else arn
    # Most are of another service, and it is cheap to see that.
    if (":iam:" in said or "*" in said or "?" in said) and IAM.match(said):
        return PATH.sub("", said).lower()
    return said


def is_iam(arn: str) -> bool:
    """Whether an ARN, or a glob of some, may be of IAM."""
    return (":iam:" in arn or is_glob(arn)) and IAM.match(arn) is not None


def guarding(patterns: Iterable[str], arn: str) -> str:
    """The first of these protections, or of an exemption's resources, that covers a target; "" if none does.

    In doubt one does: what it names may be this resource. Of many patterns `model.guards` finds it faster.
    """
    one, iam, said = spelling(arn), is_iam(arn), forms(arn)
    for pattern in patterns:
        if not is_glob(pattern):
            if spelling(pattern) == one:
                return pattern
        elif any(matches(folded(pattern) if iam else pattern, form) for form in said):
            return pattern
    return ""


def forms(arn: str) -> tuple[str, ...]:
    """What a glob is held against: which path is right only AWS knows, so one that fits under either means it."""
    one = spelling(arn)
    return (one, arn.lower()) if is_iam(arn) and arn.lower() != one else (one,)


def folded(glob: str) -> str:
    """A glob as it is held against ARNs of IAM; one whose wildcards stand before the name says one name."""
    return glob.lower() if is_glob(glob.split(":", 5)[-1]) else spelling(glob)
