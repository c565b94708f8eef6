"""What all of PyGithub's objects send their requests by: PyGithub's own, and stricter.

Our own are the retries (`SafeRetry`, since PyGithub's send a POST again that may have been carried out), the wording
of errors, and two refusals: PyGithub follows a link to another address with the token, and takes an answer without
content for an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from github import GithubException
from github.Requester import Requester
from requests import RequestException
from urllib3.exceptions import HTTPError

from reconciler.errors import TrackerRefused
from reconciler.render.escape import one_line

MEANINGS = {
    401: "the token is not known to GitHub; renew it",
    404: "it is not there, or the token may not see it",
    410: "issues are disabled there; switch them on",
}
WITHOUT_CONTENT = ("PUT", "DELETE")  # which GitHub answers by 204


class StrictRequester(Requester):
    """The requests of one token."""

    def requestJsonAndCheck(  # noqa: N802, PLR0913, PLR0917  PyGithub's own
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        input: Any | None = None,
        follow_302_redirect: bool = False,
    ) -> tuple[dict[str, Any], Any]:
        """Send one request; the answer's headers (in small letters) and its data.

        TrackerRefused with a sentence if it was not done, for sure or perhaps; Deferred if it may be done later.
        """
        if not url.startswith(("/", f"{self.base_url}/")) and url != self.graphql_url:
            there = one_line(urlsplit(url).netloc)
            raise TrackerRefused(f"GitHub's answer goes on at another address ({there}); it is not followed")
        request = f"{verb} {one_line(url.removeprefix(self.base_url).partition('?')[0])}"
        try:
            answer = super().requestJsonAndCheck(verb, url, parameters, headers, input, follow_302_redirect)
        except GithubException as error:
            raise TrackerRefused(f"{error.status}: {_meaning(error)}", error.status) from None
        except (RequestException, HTTPError):
            # The error's own text may be as long as it likes, and shows the URL.
            raise TrackerRefused(f"GitHub gave no answer to {request}; the next run checks") from None
        except ValueError:
            raise TrackerRefused(f"GitHub's answer to {request} is not JSON; the next run checks") from None
        if not answer[1] and answer[1] != [] and not (answer[1] is None and verb in WITHOUT_CONTENT):
            raise TrackerRefused(f"GitHub's answer to {request} is empty; the next run checks")
        return answer


def _meaning(error: GithubException) -> str:
    data = error.data if isinstance(error.data, dict) else {}
    message = one_line(data.get("message") or "no reason given")
    details = one_line("; ".join(_detail(error) for error in data.get("errors") or () if isinstance(error, dict)))
    known = MEANINGS.get(error.status, "")
    return " · ".join(part for part in (known, message, details) if part)


def _detail(error: Mapping[str, Any]) -> str:
    return str(error.get("message") or f"{error.get('field')}: {error.get('code')}")
