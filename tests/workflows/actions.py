"""GitHub's own actions that the workflows use, by folders instead of GitHub; what is asked of them is checked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol

from tests.workflows.expressions import Unknown
from tests.workflows.world import World

# https://github.com/actions/toolkit: what an artifact's name may not hold
FORBIDDEN = re.compile(r'["\:<>|*?\r\n\\/]')
Given = Mapping[str, str]


class _Event(Protocol):
    @property
    def sha(self) -> str: ...


class Place(Protocol):
    """Where a job is at work."""

    world: World

    @property
    def event(self) -> _Event:
        """What started it."""

    @property
    def workspace(self) -> Path:
        """Its checkout."""

    @property
    def artifacts(self) -> Path:
        """A folder for each artifact of the run."""


def checkout(place: Place, given: Given) -> None:
    """The repository at the event's commit, or at `ref`; shallow unless all of it is asked for."""
    _only(given, "persist-credentials", "fetch-depth", "ref")
    if given.get("persist-credentials") != "false":
        raise Unknown("a checkout that leaves its token on the disk")
    world, ref = place.world, given.get("ref", place.event.sha)
    remote = f"file://{world.desk.remote}"
    world.git("init", "--quiet", at=place.workspace)
    world.git("remote", "add", "origin", remote, at=place.workspace)
    if given.get("fetch-depth") == "0":
        spec = "+refs/heads/*:refs/remotes/origin/*"
        world.git("fetch", "--quiet", "origin", spec, ref, at=place.workspace)
    else:
        world.git("fetch", "--quiet", "--depth=1", "origin", ref, at=place.workspace)
    world.git("checkout", "--quiet", "--detach", ref, at=place.workspace)


def setup_python(_place: Place, given: Given) -> None:
    """The machine has one."""
    _only(given, "python-version")


def upload(place: Place, given: Given) -> None:
    """Files that match, as one artifact; as GitHub by default, none is only worth a warning."""
    _only(given, "name", "path", "retention-days")
    if FORBIDDEN.search(given["name"]):
        raise Unknown(f"an artifact called {given['name']}")
    asked = place.workspace / given["path"]
    files = list(asked.parent.glob(asked.name))
    if files:
        folder = place.artifacts / given["name"]
        if folder.exists():
            raise Unknown("an artifact of that name is there already")
        folder.mkdir()
        for file in files:
            shutil.copy(file, folder)


def download(place: Place, given: Given) -> None:
    """One artifact by name, which must be there; or all that match, together."""
    _only(given, "name", "path", "pattern", "merge-multiple")
    into = place.workspace / given["path"]
    if "pattern" in given:
        if given.get("merge-multiple") != "true":
            raise Unknown("artifacts in folders of their own")
        found = [one for one in place.artifacts.iterdir() if fnmatch(one.name, given["pattern"])]
    else:
        found = [place.artifacts / given["name"]]
    for artifact in found:
        into.mkdir(exist_ok=True)
        for file in artifact.iterdir():
            shutil.copy(file, into)


def _only(given: Given, *keys: str) -> None:
    if unknown := set(given) - set(keys):
        raise Unknown(f"with: {unknown}")


USES: dict[str, Callable[[Place, Given], None]] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload,
    "actions/download-artifact": download,
}
