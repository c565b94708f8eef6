"""Loads a Repository from its files. It collects every fault of every file before it fails, and works offline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TypeVar

from pydantic import BaseModel

from reconciler.checkout import Unreadable, at_the_root, read
from reconciler.errors import Fault, InvalidInput
from reconciler.load.cross_checks import faults_without_config, resolve
from reconciler.load.document import Document, parse, together
from reconciler.load.folders import files_read
from reconciler.load.look_alikes import CONFIG, look_alike_fault, look_alikes
from reconciler.model.committed import IGNORED, Committed, KeptOut
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.repository import Repository
from reconciler.model.task import Task

B = TypeVar("B", bound=BaseModel)
NOTHING: Mapping[str, KeptOut] = {}


@dataclass(frozen=True)
class Loaded:
    """All faults of the files, and the repository without its faulty parts; None if krampus.yaml is not usable.

    faulty: the keys of krampus.yaml of which a part was left out, so that a default may stand in its place
    """

    faults: tuple[Fault, ...]
    repository: Repository | None
    faulty: frozenset[str | int] = frozenset()


def load(root: Path, kept_out: Mapping[str, KeptOut] = NOTHING) -> Repository:
    """The repository at `root`. Raises InvalidInput with all its faults if it has any. `kept_out`: as `look_over`."""
    return sound(look_over(root, kept_out))


def look_over(root: Path, kept_out: Mapping[str, KeptOut] = NOTHING, tops: Iterable[str] | None = None) -> Loaded:
    """The repository at `root` as far as it can be read, and all its faults.

    kept_out: path from the root -> why git says that what stands there is not believed
    tops: the names of all that stands at the root, if that is not all in the folder; a folder's ends in a slash
    """
    faults: list[Fault] = []
    near = look_alikes(_tops(root, faults) if tops is None else tops)
    config = _config(root, kept_out, near, faults)
    faults += [look_alike_fault(name, meant) for name, meant in near.items()]
    task_files = list(files_read(root, "tasks", kept_out, faults))
    tasks = _documents(root, "tasks", task_files, Task, faults)
    exemptions = _documents(root, "exemptions", files_read(root, "exemptions", kept_out, faults), Exemption, faults)
    ids = {PurePath(name).stem for name in task_files}
    if config is None:
        return Loaded((*faults, *faults_without_config(tasks, exemptions, ids)), None)
    repository, more = resolve(config, tasks, exemptions, ids)
    return Loaded(tuple(together(faults, more)), repository, frozenset(gap[0] for gap in config.gaps))


def sound(loaded: Loaded) -> Repository:
    """The repository if it has no fault; else InvalidInput with all of them."""
    if loaded.faults or loaded.repository is None:
        raise InvalidInput(loaded.faults)
    return loaded.repository


def load_committed(committed: Committed) -> Repository:
    """The repository of a commit's files, which are in no folder. Raises InvalidInput as `load`."""
    kept_out = dict(committed.kept_out)
    with TemporaryDirectory(prefix="krampus-") as folder:
        for name, content in committed.files.items():
            file = Path(folder) / name
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            except OSError as error:  # git holds names that no folder does, as one that is too long
                kept_out[name] = KeptOut(f"no file can have this name: {error.strerror}", "rename it")
        return sound(look_over(Path(folder), kept_out, committed.tops))


def fault_in(root: Path, file: str, key: str, message: str, help: str) -> Fault:
    """A fault at a key's value in a file (its path from the root) that has been loaded."""
    folder, _, name = file.partition("/")
    raw = _bytes(root, folder, name, [])
    return Document(file, raw, None).fault((key,), message, help) if raw else Fault(file, 1, 1, message, help)


def _tops(root: Path, faults: list[Fault]) -> list[str]:
    try:
        return [entry.name + "/" * (entry.form in ("folder", "linked folder")) for entry in at_the_root(root)]
    except Unreadable as refused:
        faults.append(Fault(".", 1, 1, str(refused), refused.help))
        return []


def _config(
    root: Path, kept_out: Mapping[str, KeptOut], near: Mapping[str, str], faults: list[Fault]
) -> Document[Config] | None:
    if reason := kept_out.get(CONFIG):
        faults.append(Fault(CONFIG, 1, 1, reason.why, reason.help))
        if reason != IGNORED:
            return None
    before = len(faults)
    raw = _bytes(root, "", CONFIG, faults)
    if raw is None:
        if len(faults) == before:
            like = next((name for name, meant in near.items() if meant == CONFIG), "")
            help = f"rename {like} to {CONFIG}" if like else "run from a Krampus repository, or give --root"
            faults.append(Fault(CONFIG, 1, 1, "the file is missing", help))
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


def _bytes(root: Path, folder: str, name: str, faults: list[Fault]) -> bytes | None:
    """What a file holds; None, and a fault, if it cannot or must not be read."""
    try:
        return read(root, folder, name)
    except Unreadable as refused:
        faults.append(Fault(f"{folder}/{name}" if folder else name, 1, 1, str(refused), refused.help))
        return None
