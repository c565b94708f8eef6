"""python -m reconciler, and the `krampus` command."""

from __future__ import annotations

import sys
from types import TracebackType


def main() -> None:
    """Run the command line."""
    from reconciler.cli.app import app

    sys.excepthook = _show
    app()


def _show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody expected, as Python shows it; but an error of AWS may hold what the log of a job would obey."""
    import traceback

    from reconciler.render.escape import log_text

    sys.stderr.write(f"{log_text(''.join(traceback.format_exception(kind, error, trace)))}\n")


if __name__ == "__main__":
    main()
