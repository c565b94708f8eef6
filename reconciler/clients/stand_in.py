"""Whether the outside is a stand-in: only there may a command that writes be told what time it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from reconciler.clients.github.environment import PUBLIC
from reconciler.clients.secret_channel import may_take_secrets

AWS = "AWS_ENDPOINT_URL"
# The endings of every partition's endpoints (botocore's partitions.json, which a test compares), and the SDKs' own.
SUFFIXES = (
    *("amazonaws.com", "api.aws", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "amazonaws.eu"),
    *("api.amazonwebservices.eu", "c2s.ic.gov", "api.aws.ic.gov", "sc2s.sgov.gov", "api.aws.scloud"),
    *("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "aws.dev"),
)
AMAZON = re.compile(rf"(.+\.)?({'|'.join(map(re.escape, SUFFIXES))})")


def is_stand_in(environment: Mapping[str, str], *, github: bool) -> bool:
    """Whether neither AWS nor, if issues are there, GitHub would be reached with these variables.

    Source: the AWS SDKs' reference guide, "Service-specific endpoints": AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>.
    """
    given = {name: url for name, url in environment.items() if name.startswith(AWS) and url}
    ignored = environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    if AWS not in given or ignored or any(_is_aws(url) for url in given.values()):
        return False
    return not github or _is_here(environment.get("GITHUB_API_URL") or PUBLIC)


def _is_aws(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".")
    return not host or bool(AMAZON.fullmatch(host))


def _is_here(url: str) -> bool:
    """On this machine: an Enterprise Server may have any name, but none that is reached without https."""
    return urlsplit(url).scheme == "http" and may_take_secrets(url)
