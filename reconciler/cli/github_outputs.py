"""What a job hands to the jobs that need it, inside GitHub Actions: the outputs of its step."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from reconciler.apply.shards import shards
from reconciler.model.plan import Plan


def write_outputs(plan: Plan, most: int) -> None:
    """The outputs `shards` (a JSON list of "K/N", empty if nothing is due) and `digest`; nothing outside of Actions."""
    file = os.environ.get("GITHUB_OUTPUT")
    if file:
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(_output("shards", json.dumps(shards(plan, most))) + _output("digest", plan.digest))


def _output(name: str, value: str) -> str:
    # A delimiter that nobody can know beforehand, so that no value can end itself and begin another output.
    end = secrets.token_hex(16)
    return f"{name}<<{end}\n{value}\n{end}\n"
