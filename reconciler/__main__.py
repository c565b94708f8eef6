"""python -m reconciler, and the `krampus` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from reconciler.cli import app

    app()


if __name__ == "__main__":
    main()
