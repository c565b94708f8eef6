"""Calls of AWS as IAM sees them: what is sent, and the questions to IAM that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

NEW = "new-one"  # stands for whatever name AWS gives to what a call creates


@dataclass(frozen=True)
class Sent:
    """One call, as botocore sends it ("ec2", "StopInstances", …), and where."""

    service: str
    operation: str
    arguments: Mapping[str, Any]
    account: str
    region: str = "eu-west-1"
    partition: str = "aws"


@dataclass(frozen=True)
class Ask:
    """One question to IAM."""

    action: str
    arn: str = "*"
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def as_sent(sent: Sent) -> Mapping[str, Any]:
    """The arguments of a call, as they are."""
    return sent.arguments


def nothing(_sent: Sent) -> Mapping[str, tuple[str, ...]]:
    """No context."""
    return {}


def no_more(_sent: Sent) -> Iterable[Ask]:
    """No further question."""
    return ()


@dataclass(frozen=True)
class Asked:
    """What IAM is asked for one operation.

    Sources: the Service Authorization Reference for actions, resources and condition keys; the API's page of the
    operation for what it asks for besides. Never what the kinds declare.

    arns: the resources, with `{p}`, `{r}`, `{a}` for partition, region and account, and `{Name}` for an argument: one
    question for each, if it is a list. None: the action knows no resource
    actions: where IAM's action is not the operation's name
    named: the arguments that the ARNs may name, where they are not those of the call
    context: the condition keys that IAM is given; besides: what else is asked
    """

    arns: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    named: Callable[[Sent], Mapping[str, Any]] = as_sent
    context: Callable[[Sent], Mapping[str, tuple[str, ...]]] = nothing
    besides: Callable[[Sent], Iterable[Ask]] = no_more


def on(*arns: str) -> Asked:
    """Asked for on these resources, under the operation's own name, and nothing else."""
    return Asked(arns)


def each(names: Iterable[str], asked: Asked) -> dict[str, Asked]:
    """The same for each of these operations ("ec2.StopInstances")."""
    return dict.fromkeys(names, asked)
