"""What every tool is to the benchmark."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks.world import World

Phase = Literal["tell", "wait", "act", "look", "steady"]
Commands = Sequence[Sequence[str]]


class Tool(NamedTuple):
    """prepare: writes what it needs into a folder; commands: what to run one after the other, in that folder.

    Tools that give no notice have no phases `tell` and `wait`, and none that keeps no record has a `look`.
    """

    phases: Sequence[Phase]
    prepare: Callable[[World, Path], None]
    commands: Callable[[World, Path, Phase], Commands]


def environment(url: str, folder: Path) -> Mapping[str, str]:
    """All variables of a tool's processes: that AWS, and nothing of the developer's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
