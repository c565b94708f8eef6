"""The files of a new repository, for `krampus init`. The workflows are this project's own, with its action."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from reconciler.load.schemas import SCHEMAS, schema_text

PACKAGE = Path(__file__).parent.parent
STARTER = PACKAGE / "starter"
EMPTY = ("tasks/.gitkeep", "exemptions/.gitkeep")  # git has no folder without a file
WORKFLOWS = ("validate", "plan", "reconcile", "undo")
HERE = "- uses: ./\n"  # the reference to the action in this project's own workflows
# file of the starter -> its path in the new repository
PLACES = {
    "krampus.yaml": "krampus.yaml",
    "README.md": "README.md",
    "CODEOWNERS": ".github/CODEOWNERS",
    "dependabot.yml": ".github/dependabot.yml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "vscode/settings.json": ".vscode/settings.json",
    # In tasks/ and exemptions/ themselves only what counts may stand.
    "tasks/open-ssh.yaml.example": "examples/tasks/open-ssh.yaml",
    "exemptions/bastion.yaml.example": "examples/exemptions/bastion.yaml",
}


def starter_files(action: str, expires: date) -> Iterator[tuple[str, str]]:
    """(path, text) of each file. `action`: what the workflows use; `expires`: the example exemption's last day."""
    for source, place in PLACES.items():
        yield place, (STARTER / source).read_text(encoding="utf-8").replace("EXPIRES", f"{expires}")
    yield from ((place, "") for place in EMPTY)
    for name in SCHEMAS:
        if name != "plan":  # plans are not written by hand
            yield f"schemas/{name}.json", schema_text(name)
    for name in WORKFLOWS:
        yield f".github/workflows/{name}.yml", _workflow(name).replace(HERE, f"- uses: {action}\n")


def write_new_files(folder: Path, files: Iterator[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Write the files that do not exist yet; the paths that were written, and those that were kept.

    Raises OSError if a file cannot be written.
    """
    written, kept = [], []
    for place, text in files:
        path = folder / place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as out:  # never overwrites a file, nor follows a link
                out.write(text)
        except FileExistsError:
            kept.append(place)
        else:
            written.append(place)
    return written, kept


def _workflow(name: str) -> str:
    """The text of a workflow: from the starter in an installed package, from .github in a checkout."""
    installed = STARTER / "workflows" / f"{name}.yml"
    own = PACKAGE.parent / ".github" / "workflows" / f"{name}.yml"
    return (installed if installed.exists() else own).read_text(encoding="utf-8")
