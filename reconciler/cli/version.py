"""krampus --version."""

from __future__ import annotations

from pathlib import Path

from reconciler import __file__ as package
from reconciler import __version__
from reconciler.clients.installation import origin


def version() -> str:
    """The version, and the commit where it is known: of a checkout, or as pip recorded it."""
    _, commit = origin(Path(package).parent)
    return f"krampus {__version__}{f' (commit {commit})' if commit else ''}"
