"""krampus init."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from reconciler import __file__ as package
from reconciler.cli.common import clock, report_errors
from reconciler.cli.exit import Exit
from reconciler.clients.installation import origin
from reconciler.errors import DoorClosed
from reconciler.starter.scaffold import starter_files, write_new_files

ACTION = re.compile(r"[\w.-]+/[\w.-]+(?:/[\w./-]+)?@[0-9a-f]{40}")
UNKNOWN_REPOSITORY, UNKNOWN_COMMIT = "OWNER/krampus", "0" * 40
NEXT = """Next: `krampus validate`; put your accounts into krampus.yaml; commit, push, and follow README.md."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new repository's folder.")] = Path(),
    action: Annotated[
        str,
        typer.Option(
            metavar="OWNER/REPO@COMMIT", help="The action that the workflows use. Default: that of this installation."
        ),
    ] = "",
) -> None:
    """Create a repository: configuration, examples, workflows, schemas. It never overwrites an existing file.

    Exit 0 fine (also if every file existed), 1 a file could not be written, 2 usage.
    """
    if action and not ACTION.fullmatch(action):
        raise typer.BadParameter(f"'{action}' is not OWNER/REPO@COMMIT with the 40 characters of a commit")
    uses = action or _own()
    with report_errors():
        expires = (clock(None) + timedelta(days=90)).date()
        try:
            written, kept = write_new_files(folder, starter_files(uses, expires))
        except OSError as error:
            raise DoorClosed(f"{error.filename} cannot be written: {error.strerror}") from None
    for word, places in (("wrote", written), ("kept:", kept)):
        for place in places:
            print(f"{word} {folder / place}")
    if uses.startswith(f"{UNKNOWN_REPOSITORY}@"):
        print(f"Krampus could not find its own repository: replace `{uses}` in .github/workflows with")
        print("OWNER/REPO@COMMIT, or delete those files and run init again with --action OWNER/REPO@COMMIT.")
    print(NEXT)
    raise typer.Exit(Exit.FINE)


def _own() -> str:
    repository, commit = origin(Path(package).parent)
    return f"{repository or UNKNOWN_REPOSITORY}@{commit or UNKNOWN_COMMIT}"
