"""Whether a repository has templates of its own; told without Jinja, whose import takes as long as all else."""

from __future__ import annotations

from pathlib import Path

from reconciler.checkout import Unreadable, names, read

PACKAGE = Path(__file__).parent.parent
OURS = next(folder / "templates" for folder in (PACKAGE, PACKAGE.parent) if (folder / "templates").is_dir())
FOLDER, ENDING = "templates", ".j2"


def own_templates(root: Path) -> list[str]:
    """The names of its templates. Raises Unreadable if there is a folder of them that cannot be read."""
    return [name for name in names(root, FOLDER) if name.endswith(ENDING) and "/" not in name]


def has_others(root: Path) -> bool:
    """Whether one of them is not as Krampus' own, or none can be read; what is as Krampus' own needs no check."""
    try:
        return any(read(root, FOLDER, name) != ours(name) for name in own_templates(root))
    except Unreadable:
        return True


def ours(name: str) -> bytes | None:
    """The content of Krampus' own template of a plain name; None if there is none."""
    file = OURS / name
    return file.read_bytes() if file.is_file() else None
