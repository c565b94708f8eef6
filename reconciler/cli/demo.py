"""krampus demo: the main job on an embedded AWS, narrated."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.exit import Exit

# The modules that the extra `demo` installs. If another one is missing, that is a bug, and its traceback is shown.
EXTRA = ("moto", "flask", "flask_cors", "werkzeug")


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to run in.")] = Path("demo-run"),
) -> None:
    """Run the main job on an embedded AWS, over nine simulated days. It needs no account and no token.

    Exit 0 if everything went as described, 1 if not, 2 if DIR contains files that no earlier demo wrote.
    """
    try:
        from reconciler.demo.play import play
        from reconciler.demo.stage import Failed, Occupied
    except ModuleNotFoundError as missing:
        extra = (missing.name or "").partition(".")[0]
        if extra not in EXTRA:
            raise
        print(f"krampus: the demo needs {extra}; pip install 'krampus[demo]'", file=sys.stderr)
        raise typer.Exit(Exit.COULD_NOT_RUN) from None
    try:
        for line in play(folder.absolute(), os.environ.get("PATH", os.defpath), str(folder)):
            print(line, flush=True)
    except Occupied as occupied:
        print(f"krampus: {occupied}; name another folder", file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None
    except Failed as failed:
        print(f"krampus: {failed}\nkrampus: what happened is in {folder / 'log'}", file=sys.stderr)
        raise typer.Exit(Exit.COULD_NOT_RUN) from None
