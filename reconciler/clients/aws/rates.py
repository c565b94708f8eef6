"""How many requests AWS takes of one account in one region, as far as it says so. Data, and which hold for a call.

Sources: the EC2 developer guide, "Request throttling for the Amazon EC2 API" (a bucket for each action; a second one,
counted in instances, for those that start or end some); the Lambda developer guide, "Lambda quotas", API requests (what
is not named has one bucket together). Other services publish none that would bound a run: they are asked as fast as
they answer, and slower once they say so.

EC2's tables change: its figures for what changes something, and StopInstances', are the last known ones, not read again
for this. One that is too high costs refusals, which are waited for, and one that is too low costs time; nothing else.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Limit(NamedTuple):
    """A token bucket: `burst` tokens, refilled by `rate` a second.

    operations: whose requests it counts, a pattern of names as the API writes them; each has one of its own unless
    `together`. counts: the argument whose entries are counted instead of the request
    """

    service: str
    operations: str
    burst: float
    rate: float
    together: bool = False
    counts: str = ""


# Of those that count requests, the first one that fits holds; of those that count entries, each.
LIMITS = (
    Limit("ec2", "TerminateInstances", 1000, 20, counts="InstanceIds"),
    Limit("ec2", "StopInstances", 1000, 20, counts="InstanceIds"),
    Limit("ec2", "StartInstances", 1000, 2, counts="InstanceIds"),
    Limit("ec2", "(Start|Run)Instances", 5, 2),
    Limit("ec2", "TerminateInstances|(Create|Delete)(Volume|Snapshot)|(Attach|Detach)Volume", 100, 5),
    Limit("ec2", "(Create|Delete)Tags", 100, 10),
    Limit("ec2", "(Describe|Get).*", 100, 20),  # all that are asked here are filtered or in pages
    Limit("ec2", ".*", 50, 5),
    Limit("lambda", "GetFunction", 100, 100),
    Limit("lambda", "GetPolicy", 15, 15),
    Limit("lambda", ".*", 15, 15, together=True),
)


@cache
def limits(service: str, operation: str) -> tuple[Limit, ...]:
    """Those that hold for an operation, as the API writes its name ("StopInstances"); none where AWS tells none."""
    fitting = [limit for limit in LIMITS if limit.service == service and re.fullmatch(limit.operations, operation)]
    requests = [limit for limit in fitting if not limit.counts][:1]
    return (*requests, *(limit for limit in fitting if limit.counts))
