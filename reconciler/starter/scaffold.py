"""The files of a new repository, for `krampus init`. The workflows are this project's own, with its action."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from reconciler.load.schemas import SCHEMAS, schema_text

PACKAGE = Path(__file__).parent.parent
STARTER = PACKAGE / "starter"
WORKFLOWS = ("validate", "plan", "reconcile", "undo")
HERE = "- uses: ./\n"  # how this project's own workflows name its action
# file of the starter -> where it goes
PLACES = {
    "krampus.yaml": "krampus.yaml",
    "README.md": "README.md",
    "CODEOWNERS": ".github/CODEOWNERS",
    "dependabot.yml": ".github/dependabot.yml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "vscode/settings.json": ".vscode/settings.json",
    "tasks/open-ssh.yaml.example": "tasks/open-ssh.yaml.example",
    "exemptions/bastion.yaml.example": "exemptions/bastion.yaml.example",
}


def starter_files(action: str, expires: date) -> Iterator[tuple[str, str]]:
    """Each file's path and text. `action`: what the workflows use; `expires`: the example exemption's last day."""
    for source, place in PLACES.items():
        yield place, (STARTER / source).read_text(encoding="utf-8").replace("EXPIRES", f"{expires}")
    for name in SCHEMAS:
        if name != "plan":  # nobody writes one by hand
            yield f"schemas/{name}.json", schema_text(name)
    for name in WORKFLOWS:
        yield f".github/workflows/{name}.yml", _workflow(name).replace(HERE, f"- uses: {action}\n")


def write_new_files(folder: Path, files: Iterator[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Write the files that are not there; which were written, and which were left. OSError if one cannot be."""
    written, left = [], []
    for place, text in files:
        path = folder / place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as out:  # never over anything, nor through a link
                out.write(text)
        except FileExistsError:
            left.append(place)
        else:
            written.append(place)
    return written, left


def _workflow(name: str) -> str:
    """In an installed package it lies with the starter; in a checkout, where GitHub looks for it."""
    installed = STARTER / "workflows" / f"{name}.yml"
    own = PACKAGE.parent / ".github" / "workflows" / f"{name}.yml"
    return (installed if installed.exists() else own).read_text(encoding="utf-8")
