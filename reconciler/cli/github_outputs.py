"""The outputs of a GitHub Actions step, for the jobs that depend on its job."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from reconciler.apply.shards import shards
from reconciler.model.plan import Plan


def write_outputs(plan: Plan, most: int) -> None:
    """Write `shards` (a JSON list of "K/N", empty if nothing is due) and `digest`; outside of Actions, do nothing."""
    file = os.environ.get("GITHUB_OUTPUT")
    if file:
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(_output("shards", json.dumps(shards(plan, most))) + _output("digest", plan.digest))


def _output(name: str, value: str) -> str:
    # The delimiter cannot be predicted, so no value can contain it and add outputs of its own.
    delimiter = secrets.token_hex(16)
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"
