"""An AWS that answers every read that can be paged in two pages: whoever reads only the first one sees half of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.loaders import create_loader

from tests import sdk
from tests.aws import Here

SECOND = "the-second-page"


@cache
def pagination(service: str) -> dict[str, Any]:
    """Operation -> how it is paged, as the SDK knows it."""
    found: dict[str, Any] = create_loader().load_service_model(service, "paginators-1")["pagination"]
    return found


@dataclass(frozen=True)
class Paged:
    """A `Place` on top of another. `turned`: how often the second page of an operation was asked for."""

    here: Here
    turned: Counter[str] = field(default_factory=Counter)

    @property
    def account(self) -> str:
        return self.here.account

    @property
    def region(self) -> str:
        return self.here.region

    @property
    def partition(self) -> str:
        return self.here.partition

    def client(self, service: str, region: str = "") -> Any:
        """A client of its own, whose answers are divided."""
        client = sdk.fresh(self.here.endpoint, self.account, region or self.region, service)

        def note(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
            how = pagination(service).get(model.name)
            if how and params.get(_first(how["input_token"])) == SECOND:
                for token in _listed(how["input_token"]):
                    params.pop(token, None)
                context["second"] = True
                self.turned[model.name] += 1

        def divide(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
            if how := pagination(service).get(model.name):
                _halve(parsed, how, second=bool(context.get("second")))

        name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-parameter-build.{name}", note)
        client.meta.events.register(f"after-call.{name}", divide)
        return client


def _halve(parsed: dict[str, Any], how: dict[str, Any], *, second: bool) -> None:
    for key in _listed(how["result_key"]):
        entries = parsed.get(key) or []
        parsed[key] = entries[len(entries) // 2 :] if second else entries[: len(entries) // 2]
    for token in _listed(how["output_token"]):
        parsed.pop(token, None)
    if not second:
        parsed[_first(how["output_token"])] = SECOND
    if "more_results" in how:
        parsed[how["more_results"]] = not second


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _first(value: Any) -> str:
    return _listed(value)[0]
