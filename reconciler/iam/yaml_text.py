"""Data as YAML text, for files that people read. It writes and never reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

# Any other text is put in quotes: YAML would take `no`, `1.0` or `2012-10-17` for something else than text.
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 :_./${}*,;()@=+-]*[A-Za-z0-9_/*})]")
NOT_PLAIN = re.compile(r": |:$| #|^(y|n|yes|no|on|off|true|false|null)$", re.IGNORECASE)

# Lines that need nothing said of them: they begin at the margin, and end as lines do.
BLOCK = re.compile(r"[!-~][ -~]*\n([ -~]*\n)*[ -~]*[!-~]\n")


def yaml_text(value: object) -> str:
    """Block style, two spaces a level; a text of several lines stands as it is below a `|`."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _entry(f"{_scalar(key)}:", inner)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for inner in value:
            first, *rest = _lines(inner)
            yield f"- {first}"
            yield from (f"  {line}" if line else "" for line in rest)
    else:
        yield _scalar(value)


def _entry(key: str, value: object) -> Iterator[str]:
    if isinstance(value, str) and BLOCK.fullmatch(value):
        yield f"{key} |"
        yield from (f"  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif isinstance(value, Mapping | list | tuple) and value:
        yield key
        yield from (f"  {line}" if line else "" for line in _lines(value))
    else:
        yield f"{key} {_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value) and not NOT_PLAIN.search(value):
        return value
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
