"""krampus kinds."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from reconciler.cli.exit import Exit
from reconciler.errors import nearest
from reconciler.model.operation import permissions
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kind, Verb, unknown


class KindsFormat(StrEnum):
    """How kinds are printed."""

    TEXT = "text"
    JSON = "json"


def kinds(
    name: Annotated[str | None, typer.Argument(help="Show one kind in full.")] = None,
    form: Annotated[KindsFormat, typer.Option("--format")] = KindsFormat.TEXT,
) -> None:
    """Show what can be acted on, and each action's effect, options and permissions."""
    if name and name not in KINDS:
        print(f"krampus: there is no kind '{name}'; {nearest(name, KINDS)}", file=sys.stderr)
        raise typer.Exit(Exit.INVALID)
    shown = [KINDS[name]] if name else list(KINDS.values())
    if form is KindsFormat.JSON:
        print(json.dumps([_facts(kind) for kind in shown], indent=1))
    elif name:
        _in_full(shown[0])
    else:
        for kind in shown:
            for action, verb in kind.verbs.items():
                print(f"{kind.name:22}{action:9}{verb.does}")


def _facts(kind: Kind) -> dict[str, object]:
    return {
        "name": kind.name,
        "title": kind.title,
        "reads": list(permissions((*kind.reads, *kind.shown_by))),
        "dated": kind.dated,
        "actions": {
            action: {
                "does": verb.does,
                "backup": verb.backup,
                "options": verb.options.model_json_schema().get("properties", {}),
                "reads": list(permissions(verb.reads)),
                "permissions": list(permissions(verb.operations)),
                "undo": list(permissions(verb.undo_operations)),
            }
            for action, verb in kind.verbs.items()
        },
    }


def _in_full(kind: Kind) -> None:
    print(f"{kind.name}: {kind.title}\n  read permissions: {', '.join(permissions((*kind.reads, *kind.shown_by)))}")
    if kind.identity is unknown:
        print("  AWS tells a resource from another of its name by nothing: one that was created anew is known as such")
        print("  only if a run has seen that the old one was gone")
    for action, verb in kind.verbs.items():
        print(f"\n{action}: Krampus will {verb.does}")
        print(f"  {_undo(verb)}")
        for option, schema in verb.options.model_json_schema().get("properties", {}).items():
            print(f"  option {option}: {_type(schema)}")
        print(f"  permissions: {', '.join(permissions((*verb.reads, *verb.operations)))}")


def _undo(verb: Verb) -> str:
    if all(operation.undo for operation in verb.operations):
        return f"can be undone; backup: {verb.backup}" if verb.backup else "can be undone"
    backup = f"backup: {verb.backup}" if verb.backup else "AWS has no backup: requires `skip_backup: true`"
    return f"cannot be undone; {backup}"


def _type(schema: dict[str, object]) -> str:
    choices = schema.get("enum") or schema.get("anyOf") or schema.get("type", "text")
    default = schema.get("default")
    return f"{json.dumps(choices)}{'' if default is None else f', default {json.dumps(default)}'}"
