"""Loads a Repository from its files. It collects every fault of every file before it fails, and works offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from reconciler.errors import Fault, InvalidInput
from reconciler.load.cross_checks import resolve
from reconciler.load.document import Document, parse
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.repository import Repository
from reconciler.model.task import Task

CONFIG = "krampus.yaml"
B = TypeVar("B", bound=BaseModel)


def load(root: Path) -> Repository:
    """The repository at `root`. Raises InvalidInput with all its faults if it has any."""
    faults: list[Fault] = []
    config = _config(root, faults)
    tasks = _folder(root, "tasks", Task, faults)
    exemptions = _folder(root, "exemptions", Exemption, faults)
    if config is None:
        raise InvalidInput(faults)
    ids = {path.stem for path in (root / "tasks").rglob("*.yaml")}
    repository, more = resolve(config, tasks, exemptions, ids)
    known = {(fault.file, fault.line, fault.column) for fault in faults}
    faults += [fault for fault in more if (fault.file, fault.line, fault.column) not in known]
    if faults:
        raise InvalidInput(faults)
    return repository


def fault_in(root: Path, file: str, key: str, message: str, help: str) -> Fault:
    """A fault at a key's value in a file (its path from the root) that has been loaded."""
    return Document(file, (root / file).read_bytes(), None).fault((key,), message, help)


def _config(root: Path, faults: list[Fault]) -> Document[Config] | None:
    raw = _bytes(root, root / CONFIG, faults) if (root / CONFIG).exists() else None
    if raw is None:
        if not faults:
            faults.append(Fault(CONFIG, 1, 1, "the file is missing", "run from a Krampus repository, or give --root"))
        return None
    document, found = parse(CONFIG, raw, Config)
    faults.extend(found)
    return document


def _folder(root: Path, folder: str, model: type[B], faults: list[Fault]) -> list[Document[B]]:
    """Every file below the folder as a document, without its faulty parts."""
    documents = []
    for path in _yaml_files(root, folder, faults):
        raw = _bytes(root, path, faults)
        if raw is not None:
            document, found = parse(str(path.relative_to(root)), raw, model)
            faults.extend(found)
            documents.extend([document] if document else [])
    return documents


def _yaml_files(root: Path, folder: str, faults: list[Fault]) -> Iterator[Path]:
    for path in sorted((root / folder).rglob("*")):
        file = str(path.relative_to(root))
        if path.suffix == ".yml":
            # If the file were silently ignored, an exemption in it would protect nothing.
            faults.append(Fault(file, 1, 1, "the file's name ends in .yml", "rename it to .yaml"))
        elif path.suffix == ".yaml":
            yield path


def _bytes(root: Path, path: Path, faults: list[Fault]) -> bytes | None:
    file = str(path.relative_to(root))
    if not path.resolve().is_relative_to(root.resolve()):
        faults.append(Fault(file, 1, 1, "the symbolic link points out of the repository", "put the file itself here"))
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        faults.append(Fault(file, 1, 1, f"cannot be read: {error.strerror}", "make it a readable file"))
        return None
