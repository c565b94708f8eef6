"""AWS CLI commands with which a team does itself what Krampus would do: to be read and pasted. PURE."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.call import PLANNED, Call
from reconciler.model.plan import Decision
from reconciler.model.target import GLOBAL
from reconciler.render.escape import shell

LONGEST_COMMAND = 2_000  # characters of one command: a longer one nobody reads before pasting it
# Parameters whose addresses the command line never fetches (awscli.paramfile, PARAMFILE_DISABLED).
URLS = frozenset({"QueueUrl"})
NAMES = {"s3": "s3api"}  # where the command line calls a service otherwise than the SDK does


def manual_commands(decision: Decision) -> tuple[str, ...]:
    """The commands of a target, in order; none if one of them could not be pasted safely, or none is known."""
    commands: list[str] = []
    for template in decision.manual:
        if template == PLANNED:
            commands.extend(cli_command(call, decision.region) for call in decision.calls)
        else:
            words = template.split()
            commands.append(shell(word.format(name=_value(decision.name), region=decision.region) for word in words))
    # Half of them may be worse than none.
    return tuple(commands) if all(commands) and max(map(len, commands), default=0) <= LONGEST_COMMAND else ()


def cli_command(call: Call, region: str) -> str:
    """One call as the AWS command line takes it; "" if a value could not be pasted safely."""
    where = () if region == GLOBAL else ("--region", region)
    head = ("aws", NAMES.get(call.service, call.service), _dashed(call.operation), *where)
    return shell((*head, *(word for key, value in call.arguments.items() for word in _option(key, value))))


def _option(key: str, value: Any) -> Iterator[str]:
    name = option(key)
    if isinstance(value, bool):
        yield f"--{name}" if value else f"--no-{name}"
        return
    yield f"--{name}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield from map(_value, value)
    elif isinstance(value, Mapping | list):
        yield json.dumps(value, ensure_ascii=False)
    else:
        yield _value(str(value), url=key in URLS)


def _value(text: str, *, url: bool = False) -> str:
    """The text, or what no shell takes where the command line would read it as an option, or fetch what it names."""
    if url and text.startswith(("http://", "https://")):
        return text
    return "\0" if text.startswith(("-", "file:", "fileb:", "http:", "https:")) else text


def option(key: str) -> str:
    """How the command line writes a parameter of the SDK: `DBInstanceIdentifier` is `db-instance-identifier`."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1-\2", key)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", spaced).lower()


def _dashed(operation: str) -> str:
    return operation.replace("_", "-")
