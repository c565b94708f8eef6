"""Loads a Repository from its files. It collects every fault of every file before it fails, and works offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TypeVar

from pydantic import BaseModel

from reconciler.checkout import Unreadable, names, read
from reconciler.errors import Fault, InvalidInput
from reconciler.load.cross_checks import resolve
from reconciler.load.document import Document, parse, together
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
    task_files = list(_yaml_files(root, "tasks", faults))
    tasks = _documents(root, "tasks", task_files, Task, faults)
    exemptions = _documents(root, "exemptions", _yaml_files(root, "exemptions", faults), Exemption, faults)
    if config is None:
        raise InvalidInput(faults)
    ids = {PurePath(name).stem for name in task_files}
    repository, more = resolve(config, tasks, exemptions, ids)
    faults = together(faults, more)
    if faults:
        raise InvalidInput(faults)
    return repository


def load_files(files: Mapping[str, bytes]) -> Repository:
    """The repository of files (path from its root -> content) that are in no folder. Raises InvalidInput as `load`."""
    with TemporaryDirectory(prefix="krampus-") as folder:
        for name, content in files.items():
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return load(Path(folder))


def fault_in(root: Path, file: str, key: str, message: str, help: str) -> Fault:
    """A fault at a key's value in a file (its path from the root) that has been loaded."""
    folder, _, name = file.partition("/")
    raw = _bytes(root, folder, name, [])
    return Document(file, raw, None).fault((key,), message, help) if raw else Fault(file, 1, 1, message, help)


def _config(root: Path, faults: list[Fault]) -> Document[Config] | None:
    raw = _bytes(root, "", CONFIG, faults)
    if raw is None:
        if not faults:
            faults.append(Fault(CONFIG, 1, 1, "the file is missing", "run from a Krampus repository, or give --root"))
        return None
    document, found = parse(CONFIG, raw, Config)
    faults.extend(found)
    return document


def _documents(root: Path, folder: str, files: Iterable[str], model: type[B], faults: list[Fault]) -> list[Document[B]]:
    """These files of the folder as documents, without their faulty parts."""
    documents = []
    for name in files:
        raw = _bytes(root, folder, name, faults)
        if raw is not None:
            document, found = parse(f"{folder}/{name}", raw, model)
            faults.extend(found)
            documents.extend([document] if document else [])
    return documents


def _yaml_files(root: Path, folder: str, faults: list[Fault]) -> Iterator[str]:
    """The paths, from the folder, of what must be read there. What would be ignored silently is a fault."""
    try:
        found = list(names(root, folder))
    except Unreadable as refused:
        faults.append(Fault(folder, 1, 1, str(refused), refused.help))
        return
    for name in found:
        if name.endswith(".yml"):
            # If the file were silently ignored, an exemption in it would protect nothing.
            faults.append(Fault(f"{folder}/{name}", 1, 1, "the file's name ends in .yml", "rename it to .yaml"))
        elif name.endswith(".yaml"):
            yield name
        elif (root / folder / name).is_symlink() and (root / folder / name).is_dir():
            why = "the symbolic link leads to a folder, whose files are not read"
            faults.append(Fault(f"{folder}/{name}", 1, 1, why, "put the folder itself here"))


def _bytes(root: Path, folder: str, name: str, faults: list[Fault]) -> bytes | None:
    """What a file holds; None, and a fault, if it cannot or must not be read."""
    try:
        return read(root, folder, name)
    except Unreadable as refused:
        faults.append(Fault(f"{folder}/{name}" if folder else name, 1, 1, str(refused), refused.help))
        return None
