"""Credentials that are refreshed before they expire, in the form in which botocore takes them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, CredentialRetrievalError

# Before they expire: from when on they are refreshed, and from when on they must be.
EARLY, LATEST = timedelta(minutes=15), timedelta(minutes=2)
AGAIN = timedelta(minutes=1)  # after a refresh that failed while there was time


@dataclass(frozen=True)
class Keys:
    """What STS gave, and when it expires by the clock of this machine. Secrets are in no representation."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(repr=False)
    until: datetime


class RefreshableCredentials:
    """The credentials of one session in one account.

    botocore has such a class, too; it writes a traceback to the log when a refresh fails, and ends the run with an
    error that is none of AWS if the clock is wrong.
    """

    method = "krampus"

    def __init__(self, account: str, enter: Callable[[], Keys], clock: Callable[[], datetime]) -> None:
        """Get the first keys by `enter` at once; what it raises comes through."""
        self.account_id, self._enter, self._clock = account, enter, clock
        self._lock = threading.Lock()
        self._keys = enter()
        self._not_before = clock()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Keys that are valid for a while yet. Raises what `enter` raises if they expire and there are no others."""
        with self._lock:
            now = self._clock()
            left = self._keys.until - now
            if left < LATEST or (left < EARLY and now >= self._not_before):
                self._refresh(now, must=left < LATEST)
            keys = self._keys
        return ReadOnlyCredentials(keys.access_key, keys.secret_key, keys.token, self.account_id)

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """For botocore: a property, asked for when it is needed."""
        return lambda: getattr(self, name, None)

    def _refresh(self, now: datetime, must: bool) -> None:
        try:
            self._keys = self._enter()
        except (ClientError, CredentialRetrievalError):
            if must:
                raise
            self._not_before = now + AGAIN
