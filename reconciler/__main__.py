"""python -m reconciler, the `krampus` command, and the file that action.yml starts with `python -I`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import TracebackType

SELDOM = (200_000, 20, 100)


def main() -> None:
    """Run the command line."""
    from reconciler.cli.app import app

    # What is loaded stays until the end, and looking through it for garbage again and again would take a third of all.
    gc.set_threshold(*SELDOM)
    sys.excepthook = _show
    app(prog_name="krampus")


def _show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody expected, as Python shows it; but an error of AWS may hold what the log of a job would obey."""
    import traceback

    from reconciler.render.escape import log_text

    sys.stderr.write(f"{log_text(''.join(traceback.format_exception(kind, error, trace)))}\n")


if __name__ == "__main__":
    if not __package__:  # started as a file: an isolated python finds none of our modules, nor those of its folder
        sys.path.append(str(Path(__file__).parent.parent))  # last, so that nothing there stands for another module
    main()
