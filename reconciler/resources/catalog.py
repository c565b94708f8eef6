"""The explicit list of kinds: a new one is a file, and a line here. A kind is imported when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module

from reconciler.model.target import Arn
from reconciler.resources.kind import Kind

MODULES = {
    "ec2:instance": "ec2_instance",
    "ec2:security-group": "ec2_security_group",
    "ec2:volume": "ec2_volume",
    "iam:group": "iam_group",
    "iam:role": "iam_role",
    "iam:user": "iam_user",
    "kms:key": "kms_key",
    "lambda:function": "lambda_function",
    "rds:db": "rds_db",
    "s3:bucket": "s3_bucket",
    "sqs:queue": "sqs_queue",
}
SERVICES = frozenset(name.partition(":")[0] for name in MODULES)


class Kinds(Mapping[str, Kind]):
    """Name -> kind; KeyError if there is none. To ask for a name, and to go over them, imports no kind."""

    def __getitem__(self, name: str) -> Kind:
        return _imported(MODULES[name])

    def __contains__(self, name: object) -> bool:
        return name in MODULES

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


@cache
def _imported(module: str) -> Kind:
    kind: Kind = import_module(f"{__package__}.{module}").KIND
    return kind


KINDS = Kinds()


def kinds_of(service: str) -> Sequence[Kind]:
    """The kinds of a service, as ARNs name it. No other is imported."""
    return _by_service(service) if service in SERVICES else ()


@cache
def _by_service(service: str) -> Sequence[Kind]:
    return tuple(KINDS[name] for name in KINDS if name.partition(":")[0] == service)


def kind_of(arn: Arn) -> Kind | None:
    """The kind whose ARNs are of this form; of several the one to which the name fits too. None if there is none."""
    found = [(kind, parsed["name"]) for kind in kinds_of(arn.service) if (parsed := kind.arn.parse(arn))]
    fitting = (kind for kind, name in found if re.fullmatch(kind.pattern, name))
    return next(fitting, found[0][0] if found else None)


def resolve(arn: str) -> tuple[Kind, str]:
    """The kind of an ARN, and what the API calls the resource; ValueError if it is of no kind."""
    taken = Arn.parse(arn)
    kind = kind_of(taken)
    if kind is None:
        raise ValueError(f"'{arn}' is of no kind that Krampus knows")
    return kind, (kind.arn.parse(taken) or {})["name"]
