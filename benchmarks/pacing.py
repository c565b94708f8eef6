"""1,000 writing calls over 10 accounts, before an AWS that throttles each by a token bucket, in virtual time.

python -m benchmarks.pacing
"""

from __future__ import annotations

import sys

import pytest

from reconciler.apply.send import send
from tests.build import plan
from tests.conftest import set_environment
from tests.identity.conftest import with_keys
from tests.identity.recorder import recording
from tests.pacing.clock import Clock
from tests.pacing.throttling import AtWork, Buckets, accounts, closing, ids

ACCOUNTS, CALLS = 10, 100
BURST, RATE = 50, 5  # what EC2 publishes of most calls that change something


def main() -> int:
    """Say how many failed, and in how many times the seconds that the buckets allow."""
    clock, named = Clock(), ids(ACCOUNTS)
    buckets = Buckets(clock, BURST, RATE)
    with pytest.MonkeyPatch.context() as patch, recording() as recorder:
        set_environment(recorder.url, patch)
        with_keys(patch)
        recorder.spoil = buckets.spoil
        due = [closing(number, name, named[name]) for name in named for number in range(1, CALLS + 1)]
        outcomes = list(send(plan(*due), AtWork(accounts(clock, "act", named), clock), lambda: ""))
    failed = sum(one.problem is not None for one in outcomes)
    ratio = clock.now / ((CALLS - BURST) / RATE)
    sys.stdout.write(f"{len(outcomes)} calls, {failed} failed, {buckets.refused.total()} refused on the way\n")
    sys.stdout.write(f"{clock.now:.1f} s, where the buckets allow {(CALLS - BURST) / RATE:.1f} s\n")
    sys.stdout.write(f"REACH throttled {failed} {ratio:.2f}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
