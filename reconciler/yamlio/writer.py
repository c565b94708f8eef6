"""Data to YAML, for the files that Krampus itself writes; every YAML reader gets back what was put in."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import yaml

from reconciler.yamlio.characters import HIDDEN
from reconciler.yamlio.scalars import plain_value


def dump(data: Any) -> str:
    """Nested dicts (with text as keys), lists, tuples, texts, integers, booleans or None in; YAML out, keys as ordered.

    A tuple is written as a list. TypeError for any other type, of which readers would make different things.
    """
    text = _dumped(data, allow_unicode=True)
    # Escapes then stand for every letter beyond ASCII; PyYAML shows most invisible characters as they are.
    return _dumped(data, allow_unicode=False) if HIDDEN.search(text) else text


def _dumped(data: Any, *, allow_unicode: bool) -> str:
    # No width: a long line that is folded is harder to compare and to search.
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=allow_unicode, width=math.inf, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    """PyYAML's, written in Python: libyaml's cannot encode a lone surrogate."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's own
        """Always: a value that stands twice is written twice, since our reader takes no aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  PyYAML's own
        """Indent lists below their key, as people do."""
        super().increase_indent(flow, indentless=False)

    def text(self, data: str) -> yaml.ScalarNode:
        """Several lines as a block; quotes for what our reader, stricter than PyYAML's, takes for more than text."""
        style = "|" if "\n" in data else None if plain_value(data) == data else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    def mapping(self, data: dict[Any, Any]) -> yaml.MappingNode:
        """A mapping, whose keys must be texts."""
        if not all(isinstance(key, str) for key in data):
            raise TypeError("a key of YAML must be a text")
        return self.represent_dict(data)

    def unknown(self, data: Any) -> yaml.Node:
        """What is none of the types below."""
        raise TypeError(f"no YAML for {type(data).__name__}")

    yaml_representers: ClassVar[dict[Any, Any]] = {
        dict: mapping,
        str: text,
        None: unknown,
        **{kind: yaml.SafeDumper.yaml_representers[kind] for kind in (list, tuple, int, bool, type(None))},
    }
