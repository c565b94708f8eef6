"""Writes data as YAML, for the files that Krampus itself writes; every YAML reader reads back the same data."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import yaml

from reconciler.yamlio.characters import HIDDEN
from reconciler.yamlio.scalars import plain_value


def dump(data: Any) -> str:
    """The YAML of nested dicts (with str as keys), lists, tuples, str, int, bool or None, keys in their order.

    A tuple is written as a list. Raises TypeError for any other type, which readers would read differently.
    """
    text = _dump(data, allow_unicode=True)
    # Then every character beyond ASCII is escaped: PyYAML writes most invisible characters as they are.
    return _dump(data, allow_unicode=False) if HIDDEN.search(text) else text


def _dump(data: Any, *, allow_unicode: bool) -> str:
    # No width: a long line that is folded is harder to compare and to search.
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=allow_unicode, width=math.inf, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper in pure Python: libyaml's cannot encode a lone surrogate."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's own
        """Always: a value that appears twice is written twice, since our reader supports no aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  PyYAML's own
        """Indent lists below their key, as people do."""
        super().increase_indent(flow, indentless=False)

    def text(self, data: str) -> yaml.ScalarNode:
        """Several lines as a block; in quotes if our reader, stricter than PyYAML's, would not read it as text."""
        style = "|" if "\n" in data else None if plain_value(data) == data else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    def mapping(self, data: dict[Any, Any]) -> yaml.MappingNode:
        """A mapping, whose keys must be text."""
        if not all(isinstance(key, str) for key in data):
            raise TypeError("a YAML key must be text")
        return self.represent_dict(data)

    def unknown(self, data: Any) -> yaml.Node:
        """Reject any type that is not listed below."""
        raise TypeError(f"no YAML for {type(data).__name__}")

    yaml_representers: ClassVar[dict[Any, Any]] = {
        dict: mapping,
        str: text,
        None: unknown,
        **{kind: yaml.SafeDumper.yaml_representers[kind] for kind in (list, tuple, int, bool, type(None))},
    }
