"""How many calls of STS it takes to enter 200 accounts under both roles, each of them asked for by 32 threads.

Prints counts, which hold on any machine. Run: python benchmarks/identity.py
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ACCOUNTS, THREADS, ASKED = 200, 32, 3


def main() -> None:
    """Stand in for GitHub and STS, enter every account some times, count."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from reconciler.clients.aws.credentials import Purpose
    from reconciler.demo.server import embedded_aws
    from tests.identity.enter import config, entered
    from tests.identity.stand_in import NEW, standing_in

    ids = {f"a{number:03}": f"{100_000_000_000 + number}" for number in range(ACCOUNTS)}
    known = config(accounts={name: {"id": id_, "team": "t"} for name, id_ in ids.items()})
    purposes: tuple[Purpose, ...] = ("read", "act")
    with embedded_aws() as (url, _gate), standing_in(url) as world:
        os.environ |= {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_STS": world.url, "AWS_CONFIG_FILE": os.devnull}
        world.trusts = {(id_, f"krampus-{purpose}"): {NEW} for id_ in ids.values() for purpose in purposes}
        for purpose in purposes:
            aws = entered(world, purpose, config=known)
            with ThreadPoolExecutor(THREADS) as pool:
                refused = [problem for problem in pool.map(aws.enter, [*ids] * ASKED) if problem]
            sys.stdout.write(
                f"{purpose}: {ACCOUNTS} accounts, each entered {ASKED} times: {len(world.asked)} calls of STS, "
                f"{len(world.tokens)} tokens of the job, {len(refused)} refused; up to {world.busiest} at once\n"
            )
            world.asked.clear()
            world.tokens.clear()


if __name__ == "__main__":
    main()
