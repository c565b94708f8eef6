"""What the tests must know of one kind: each kind's file here, named like the kind's module, has it in `CASES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from reconciler.model.task import Action
from tests.aws import Here
from tests.privilege.ask import Asked

Facts = dict[str, Any]
Options = dict[str, Any]
Drawn = tuple[Facts, Options]


@dataclass(frozen=True, eq=False)
class Example:
    """A resource that calls for an action.

    make: creates the resource and returns its ARN
    stands: whether it stands as asked, seen by boto3 alone
    kept_elsewhere: its data is not its own, so that a `kill` ends it without a backup (a read replica)
    meanwhile: what AWS does by itself between two runs, and moto does not
    """

    kind: str
    action: Action
    make: Callable[[Here], str]
    stands: Callable[[Here, str], bool]
    options: Mapping[str, Any] = field(default_factory=dict)
    kept_elsewhere: bool = False
    meanwhile: Callable[[Here, str], None] | None = None

    def __str__(self) -> str:
        return f"{self.kind}-{self.action}-{'-'.join(self.options)}".rstrip("-")


@dataclass(frozen=True)
class Generated:
    """Resources of the kind as hypothesis makes them. A kind that has `disable` has them: its undo is proven on them.

    drawn: facts as `observe` gives them, and options of `disable` that fit them
    change: does to the facts what a call of `disable`, or its undo, does to what AWS shows; raises `NotAllowed` where
    AWS would refuse the call, also where moto would not
    make: creates such a resource in moto; its name, and the options with whatever names moto gave
    in_moto: those that moto can hold, if not all; how many of them are tried
    """

    drawn: st.SearchStrategy[Drawn]
    change: Callable[[Facts, Call], None]
    make: Callable[[Here, Drawn], tuple[str, Options]]
    in_moto: st.SearchStrategy[Drawn] | None = None
    tried_in_moto: int = 12


@dataclass(frozen=True)
class Cases:
    """All that the tests know of a kind.

    arn: a valid one, of a resource that an empty AWS does not have
    examples: at least one for each of its actions; the laws hold for all of them
    asked: what IAM is asked for each operation that the kind's looks, calls and undos use, from AWS's documents
    by_itself: what of AWS's answers to the kind's looks a running workload changes by itself, without a person who
    changes the resource: the operation ("sqs.GetQueueAttributes"), where in its answer ("Attributes.Approximate…",
    "Functions[].LastModified"), and another value. Names that say so (`Last…Used`, `Approximate…`) go without saying
    more: examples that only ask for permissions that the others never come to
    not_in_moto: looks through a stub at a resource that moto cannot make, for the same reason; the calls of the action
    read_in_part: operations of which a look reads but the beginning, and the fact that is true where there is more
    keeps: what takes the backup that `kill` declares: operations, or arguments of the one that ends the resource
    passing: facts with which AWS is at work on it, in place of what a `disable` left: an undo waits until that is over
    persons: the same for facts that only a person ends, or that somebody has made since: an undo refuses
    unrecorded: answers ("sqs.GetQueueUrl") to looks that recordings of AWS lack, as it gives them for a plain resource
    """

    arn: str
    examples: tuple[Example, ...]
    asked: Mapping[str, Asked]
    by_itself: Mapping[str, Mapping[str, Any]]
    generated: Generated | None = None
    more: tuple[Example, ...] = ()
    not_in_moto: Callable[[Action], list[Call]] | None = None
    read_in_part: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
    passing: tuple[Facts, ...] = ()
    persons: tuple[Facts, ...] = ()
    unrecorded: Mapping[str, Any] = field(default_factory=dict)
