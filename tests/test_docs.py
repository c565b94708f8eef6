"""The lists in the documentation are the code's lists, and its YAML is read by Krampus itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer.main

from reconciler.cli.app import app
from reconciler.load.schemas import SCHEMAS, schema_text
from reconciler.resources.catalog import KINDS
from reconciler.yamlio.reader import read

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


def test_every_page_is_linked_from_the_readme() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in README


def test_the_page_of_threats_names_tests_that_are_there() -> None:
    named = re.findall(
        r"`((?:tests/)?[a-z_/]*test_[a-z_]+\.py)`", (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
    )
    assert {f"tests/security/{file.name}" for file in (ROOT / "tests" / "security").glob("test_*.py")} <= {
        name if name.startswith("tests/") else f"tests/security/{name}" for name in named
    }
    for name in named:
        assert (ROOT / (name if name.startswith("tests/") else f"tests/security/{name}")).exists(), name


def test_the_page_on_github_lists_what_is_read_from_the_environment() -> None:
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    table = page.partition("<!-- environment -->")[2].partition("<!-- /environment -->")[0]
    code = (ROOT / "reconciler" / "clients" / "github" / "environment.py").read_text(encoding="utf-8")
    said = set(re.findall(r"`((?:GITHUB|KRAMPUS)_[A-Z_]+)`", table))
    assert said == set(re.findall(r'"((?:GITHUB|KRAMPUS)_[A-Z_]+[A-Z])"', code))


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
