"""Whether CODEOWNERS covers what decides over what Krampus may do. Source: GitHub's "About code owners"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.doctor.settings import Settings, refused_as
from reconciler.errors import TrackerRefused
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong

CODE_OWNERS = "CODEOWNERS"
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # GitHub takes the first of them
NEEDS = "`contents: read`"
EXAMPLE = "@your-org/"
OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+")
# area -> examples of the files in it, and what a change of them without their owners' review lets happen
AREAS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "krampus.yaml": (("krampus.yaml",), "limits, protections, accounts and signers can be changed"),
    "exemptions/": (
        ("exemptions/new.yaml", "exemptions/a/new.yaml"),
        "what must be dealt with can be exempted, and exemptions removed",
    ),
    "templates/": (("templates/issue.md.j2", "templates/a/new.j2"), "what teams are told can be changed"),
    ".github/": (
        (".github/CODEOWNERS", ".github/workflows/reconcile.yml", ".github/workflows/new.yml", ".github/a/b/new.yml"),
        "workflows that assume the roles can be changed, and this very file",
    ),
}
TASKS = ("tasks/new.yaml", "tasks/a/new.yaml")


@dataclass(frozen=True)
class CodeOwners:
    """A CODEOWNERS file: where it stands, and its lines in order, each a pattern and its owners."""

    place: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]

    def owners(self, path: str) -> tuple[str, ...]:
        """Who owns a file: the last line that fits counts, and if it names nobody, nobody does."""
        return next((owners for pattern, owners in reversed(self.lines) if fits(pattern, path)), ())


def read(files: Mapping[str, str]) -> CodeOwners | None:
    """The file that GitHub goes by, of those in the repository; None if there is none."""
    place = next((place for place in PLACES if place in files), None)
    return CodeOwners(place, tuple(_lines(files[place]))) if place else None


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern covers a file, as in .gitignore, but for `!`, `[…]` and `\\#`, which GitHub does not take."""
    if not pattern or pattern.startswith(("!", "\\")) or "[" in pattern:
        return False
    # It holds from the root if a slash stands in it other than at its end.
    inner = pattern.removesuffix("/")
    begin = "" if "/" in inner else "(?:.*/)?"
    parts = re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", inner.removeprefix("/"))
    regex = "".join(WILD.get(part, re.escape(part)) for part in parts)
    # `docs/*` covers the files in docs, and none deeper.
    end = "" if inner.endswith("/*") else "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return re.fullmatch(f"{begin}{regex}{end}", path) is not None


WILD = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def tasks_are_owned(owners: CodeOwners | None, paths: Iterable[str]) -> bool:
    """Whether every file in tasks/ has an owner, those to come as well."""
    known = [path for path in paths if path.startswith("tasks/")]
    return owners is not None and all(owners.owners(path) for path in (*TASKS, *known))


def code_owners(
    settings: Settings, owners: CodeOwners | None, paths: Iterable[str], branch: str
) -> Iterator[CheckResult]:
    """Whether each area has an owner, its files of today (`paths`) and those to come, and GitHub knows them all."""
    if owners is None:
        yield wrong(CODE_OWNERS, f"there is none on {branch}: {_gained(AREAS)}; write .github/CODEOWNERS")
        return
    open_areas = {area: one for area, one in _areas(owners, paths) if one}
    examples = sorted({owner for _, names in owners.lines for owner in names if owner.startswith(EXAMPLE)})
    if open_areas:
        named = ", ".join(f"{area} ({path})" for area, path in open_areas.items())
        yield wrong(CODE_OWNERS, f"nobody owns {named} by {owners.place}: {_gained(open_areas)}; name an owner there")
    elif examples:
        yield wrong(CODE_OWNERS, f"{', '.join(examples)} in {owners.place} is the example's; name your own team")
    else:
        yield _known(settings, owners, branch)


def _known(settings: Settings, owners: CodeOwners, branch: str) -> CheckResult:
    try:
        errors = settings.code_owner_errors(branch)
    except TrackerRefused as refused:
        return refused_as(CODE_OWNERS, refused, NEEDS)
    if errors:
        return wrong(CODE_OWNERS, f"GitHub leaves out lines of {owners.place} ({'; '.join(errors)}): nobody owns those")
    return fine(CODE_OWNERS)


def unreadable(why: str) -> CheckResult:
    """The result if the file could not be read."""
    return unchecked(CODE_OWNERS, why)


def _areas(owners: CodeOwners, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each area, and the first file in it that nobody owns, "" if all are owned."""
    known = sorted(paths)
    for area, (examples, _) in AREAS.items():
        inside = [path for path in known if path == area or (area.endswith("/") and path.startswith(area))]
        yield area, next((path for path in (*inside, *examples) if not owners.owners(path)), "")
    yield owners.place, "" if owners.owners(owners.place) else owners.place


def _gained(areas: Iterable[str]) -> str:
    gains = (AREAS[area][1] if area in AREAS else "the owners themselves can be changed" for area in areas)
    return f"without their owners' review, {'; '.join(gains)}"


def _lines(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.lstrip("\ufeff").splitlines():
        pattern, *owners = re.split(r"(?<!\\)\s+", re.sub(r"(^|\s)#.*", "", line).strip())
        # GitHub leaves out a line with an owner that cannot be one.
        if pattern and all(OWNER.fullmatch(owner) for owner in owners):
            yield pattern.replace("\\ ", " "), tuple(owners)
