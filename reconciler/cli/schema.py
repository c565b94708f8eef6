"""krampus schema."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class SchemaName(StrEnum):
    """The files that have a schema."""

    KRAMPUS = "krampus"
    TASK = "task"
    EXEMPTION = "exemption"
    PLAN = "plan"


def schema(
    name: Annotated[
        SchemaName | None, typer.Argument(help="The file whose schema to print; without it, the names are listed.")
    ] = None,
) -> None:
    """Print the JSON Schemas of the files, for editors and other programs."""
    if name is None:
        print("\n".join(SchemaName))
        return
    from reconciler.load.schemas import schema_text

    print(schema_text(name.value), end="")
