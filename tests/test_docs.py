"""The lists in the documentation are the code's lists, and its YAML is read by Krampus itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer.main

from reconciler.cli import app
from reconciler.resources.catalog import KINDS
from reconciler.schemas import SCHEMAS, schema_text
from reconciler.source import read

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def between(mark: str) -> list[str]:
    match = re.search(rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", README, re.DOTALL)
    assert match
    return match[1].splitlines()[2:]


def test_the_readme_lists_the_kinds() -> None:
    rows = []
    for name, kind in KINDS.items():
        does = [verb.does for verb in (kind.verbs.get("disable"), kind.verbs.get("kill")) if verb]
        rows.append(f"| `{name}` | {' | '.join(does)} |")
    assert between("kinds") == rows


def test_the_readme_lists_the_commands() -> None:
    commands = typer.main.get_group(app).commands
    first = {name: re.split(r"\.(?:\s|$)", command.help or "")[0] for name, command in commands.items()}
    assert between("commands") == [f"| `krampus {name}` | {sentence} |" for name, sentence in first.items()]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schemas_are_the_models(name: str) -> None:
    committed = (ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert committed == schema_text(name)
    assert json.loads(committed)["type"] == "object"


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda page: page.name
)
def test_yaml_in_the_pages_is_well_formed(page: Path) -> None:
    for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        _, faults = read(page.name, block.encode())
        assert not faults, (page.name, faults)


def test_the_pages_link_to_files_that_exist() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert link.startswith("https://") or (page.parent / link).exists(), (page.name, link)
