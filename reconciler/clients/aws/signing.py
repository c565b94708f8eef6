"""Whose name a request is signed in: clients are shared by all accounts, and have no credentials of their own.

What a place hands out is a shared client bound to the credentials of the place's account. Whatever it sends (pages, a
request that is signed again, S3's question after a bucket's region), and in whatever thread, it sends in that account's
name, since they are chosen around each call and not once a thread. A client that is bound to nobody signs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

_BOUND: ContextVar[Any] = ContextVar("the credentials of the account of the call that is being made", default=None)


class Unbound(Exception):  # noqa: N818  it says what the client is
    """A client would sign in nobody's name: a fault of Krampus' own, and none that a look or a call may hide."""


class OfTheCall:
    """For botocore, the credentials of a shared client: those of the account of the call that is being made.

    None but these are ever tried: without an account it is Unbound, and not what the machine has.
    """

    method = "krampus"

    def get_frozen_credentials(self) -> Any:
        """Keys of the call's account, renewed if need be, as its credentials raise."""
        return _bound().get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """For botocore: a property, asked for when it is needed."""
        return lambda: getattr(_bound(), name, None)


# (service, operation, arguments, sends one signed request) -> its answer, sent when it may be
Paced = Callable[[str, str, Mapping[str, Any], Callable[[], Any]], Any]


class Shared:
    """Part of the class of each shared client, before botocore's own (boto3's guide, "Extensibility guide")."""

    _credentials: Any = None
    _paced: Paced | None = None
    _original: Any = None
    meta: Any

    def _make_api_call(self, operation_name: str, api_params: Any) -> Any:
        """Every request of botocore's clients goes through here, those of its paginators too."""
        send: Callable[[str, Any], Any] = super()._make_api_call  # type: ignore[misc]  # botocore's, which follows
        if self._credentials is None or self._paced is None:
            return send(operation_name, api_params)  # S3's own question within a call, or Unbound

        def signed() -> Any:
            token = _BOUND.set(self._credentials)
            try:
                return send(operation_name, api_params)
            finally:
                _BOUND.reset(token)

        return self._paced(self.meta.service_model.service_name, operation_name, api_params, signed)


def bound(client: Any, credentials: Any, paced: Paced) -> Any:
    """The client for one account, whose credentials and pace these are.

    It shares all else with the others: connections, models, rules.
    """
    mine = object.__new__(type(client))
    # botocore refers to the original weakly.
    vars(mine).update(vars(client), _credentials=credentials, _paced=paced, _original=client)
    return mine


def share(base_classes: list[type], **_: Any) -> None:
    """For botocore's event `creating-client-class`: make clients that can be bound."""
    base_classes.insert(0, Shared)


def _bound() -> Any:
    credentials = _BOUND.get()
    if credentials is None:
        raise Unbound("a client of AWS was used in no account's name, so nothing was signed; please report this")
    return credentials
