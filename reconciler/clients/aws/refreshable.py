"""Credentials that renew themselves before they end, so that nobody notices; as botocore asks for credentials."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, CredentialRetrievalError

EARLY, LATEST = timedelta(minutes=15), timedelta(minutes=2)  # before the end
AGAIN = timedelta(minutes=1)  # after a renewal that failed while there was time


@dataclass(frozen=True)
class Keys:
    """What STS gave, and until when it is good by the clock of this machine. Never shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(repr=False)
    until: datetime


class RefreshableCredentials:
    """The credentials of one session in one account.

    botocore has such a class, too; it writes a traceback to the log when a renewal fails, and ends the run with an
    error that is none of AWS if the clock is wrong.
    """

    method = "krampus"

    def __init__(self, account: str, enter: Callable[[], Keys], clock: Callable[[], datetime]) -> None:
        """Enter at once; what `enter` raises comes through."""
        self.account_id, self._enter, self._clock = account, enter, clock
        self._lock = threading.Lock()
        self._keys = enter()
        self._not_before = clock()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Keys that are good for a while yet; what `enter` raises, if they end and there are no others."""
        with self._lock:
            now = self._clock()
            left = self._keys.until - now
            if left < LATEST or (left < EARLY and now >= self._not_before):
                self._renew(now, must=left < LATEST)
            keys = self._keys
        return ReadOnlyCredentials(keys.access_key, keys.secret_key, keys.token, self.account_id)

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """For botocore: a property, asked for when it is needed."""
        return lambda: getattr(self, name, None)

    def _renew(self, now: datetime, must: bool) -> None:
        try:
            self._keys = self._enter()
        except (ClientError, CredentialRetrievalError):
            if must:
                raise
            self._not_before = now + AGAIN
