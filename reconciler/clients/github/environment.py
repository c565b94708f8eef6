"""Where GitHub is and which tokens open it, from the environment: a job of GitHub Actions has most of it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.errors import DoorClosed
from reconciler.model.protection import RepositoryIdentity

PUBLIC = "https://api.github.com"
PACE = 1.0  # seconds from write to write: GitHub's own advice against its secondary limits


@dataclass(frozen=True)
class GithubEnvironment:
    """One GitHub and the secrets that open it, which are in no representation.

    api: the URL of its API · site: of its pages · repository: this one, "owner/name" · token: for this repository ·
    issues_token: for all others, if one is given · app_id, app_key: of the App that makes a token for each owner ·
    pace: seconds from write to write
    """

    api: str = PUBLIC
    site: str = "https://github.com"
    repository: str = ""
    token: str = field(default="", repr=False)
    issues_token: str = field(default="", repr=False)
    app_id: str = ""
    app_key: str = field(default="", repr=False)
    pace: float = PACE


def github_environment(environment: Mapping[str, str]) -> GithubEnvironment:
    """Read from these variables; DoorClosed if one is malformed. No text of it ever shows a secret."""
    given = {name: value.strip() for name, value in environment.items() if name.startswith(("GITHUB_", "KRAMPUS_"))}
    return GithubEnvironment(
        api=(given.get("GITHUB_API_URL") or PUBLIC).rstrip("/"),
        site=(given.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/"),
        repository=given.get("GITHUB_REPOSITORY", ""),
        token=_token(given, "GITHUB_TOKEN"),
        issues_token=_token(given, "KRAMPUS_ISSUES_TOKEN"),
        app_id=given.get("KRAMPUS_APP_ID", ""),
        app_key=given.get("KRAMPUS_APP_PRIVATE_KEY", ""),
        pace=_seconds(given.get("KRAMPUS_GITHUB_PACE", "")),
    )


def own_identity(environment: Mapping[str, str]) -> RepositoryIdentity | None:
    """The repository of a job of GitHub Actions, by its variables; None elsewhere. Its default branch is not known."""
    name, *numbers = (environment.get(f"GITHUB_REPOSITORY{part}", "") for part in ("", "_ID", "_OWNER_ID"))
    known = "/" in name and all(number.isdecimal() and number.isascii() for number in numbers)
    return RepositoryIdentity(name, numbers[0], numbers[1], "") if known else None


def _token(given: Mapping[str, str], name: str) -> str:
    token = given.get(name, "")
    # What cannot stand in a header would be shown, whole, by the error that says so.
    if not token.isascii() or any(not letter.isprintable() or letter == " " for letter in token):
        raise DoorClosed(f"{name} contains characters that are not valid in a token; set it again")
    return token


def _seconds(text: str) -> float:
    if not text:
        return PACE
    if not text.replace(".", "", 1).isdecimal() or not text.isascii():
        raise DoorClosed(f"KRAMPUS_GITHUB_PACE is a number of seconds, such as 1 or 0.5, not '{text[:20]}'")
    return float(text)
