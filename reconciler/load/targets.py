"""A target as a task writes it: which resource in which account that is, or what is wrong with it. PURE."""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.errors import nearest
from reconciler.model.config import Config
from reconciler.model.target import GLOBAL, PARTITIONS, REGION, Arn, Target
from reconciler.model.task import Action, TaskTarget
from reconciler.resources.catalog import KINDS, kind_of, kinds_of
from reconciler.resources.kind import Kind


class TargetError(Exception):
    """The target cannot be what was meant: what is wrong, what to do, and which key of it is meant.

    `of` is the part of krampus.yaml that was looked up, if any.
    """

    def __init__(self, message: str, help: str, key: str = "resource", of: str = "") -> None:
        super().__init__(message)
        self.message, self.help, self.key, self.of = message, help, key, of


def resolve_target(config: Config, entry: TaskTarget, action: Action) -> Target:
    """The one resource that is meant; TargetError if that is in doubt."""
    arn = _arn(entry.resource)
    kind = _kind(arn, action)
    parsed = kind.arn.parse(arn)
    # One resource has one ARN: else what two tasks say of it would not be seen to be about the same.
    if parsed is None:
        raise TargetError(f"'{arn.resource}' is not how AWS writes it", f"write `{kind.arn.shown}`")
    if not re.fullmatch(kind.pattern, parsed["name"]):
        message = f"'{parsed['name']}' cannot be the name of an {kind.title}"
        raise TargetError(message, f"a whole name matches {kind.pattern}")
    account = _account(config, arn, kind, entry)
    _check_place(config, account, arn, kind)
    number = config.accounts[account].id
    return Target(entry.resource, account, number, arn.region or GLOBAL, kind.name, parsed["name"])


def account_named(config: Config, said: str) -> str | None:
    """The name of the account that a name or an id means."""
    if said in config.accounts:
        return said
    return account_numbered(config, said)


def account_numbered(config: Config, number: str) -> str | None:
    """The name of the account with this id: an ARN with anything else in that place matches no exemption."""
    return next((name for name, account in config.accounts.items() if account.id == number), None)


def _arn(text: str) -> Arn:
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise TargetError(
            f"'{text}' is not an ARN", "write all of it: arn:aws:ec2:eu-west-1:111122223333:instance/i-…"
        ) from None
    if not re.fullmatch(r"[!-~]+", text) or re.search(r"[*?${}]", text):
        canonical = next(filter(None, (kind.arn.canonical(arn) for kind in kinds_of(arn.service))), "")
        whole = (
            f"write `{canonical}`"
            if canonical
            else "name each resource by its whole ARN, without wildcards or variables"
        )
        raise TargetError(f"'{text}' is not one resource", whole)
    if arn.partition not in PARTITIONS:
        raise TargetError(f"'{arn.partition}' is not an AWS partition", nearest(arn.partition, PARTITIONS))
    return arn


def _kind(arn: Arn, action: Action) -> Kind:
    kind = kind_of(arn) or next((kind for kind in kinds_of(arn.service) if kind.arn.resembles(arn)), None)
    if kind is None:
        named = f"{arn.service}:{re.split('[:/]', arn.resource, maxsplit=1)[0]}"
        raise TargetError(f"Krampus does not know the kind '{named}'", nearest(named, KINDS))
    if action not in kind.verbs:
        raise TargetError(f"an {kind.title} has no '{action}'", f"it has: {', '.join(kind.verbs)}")
    return kind


def _account(config: Config, arn: Arn, kind: Kind, entry: TaskTarget) -> str:
    known = [word for name, account in config.accounts.items() for word in (name, account.id)]
    said = account_named(config, entry.account) if entry.account else None
    if entry.account and said is None:
        unknown = f"the account '{entry.account}' is not in krampus.yaml"
        raise TargetError(unknown, nearest(entry.account, known), "account", of="accounts")
    form = kind.arn.parts
    # An S3 ARN with an account is a form of old tools; AWS has none such.
    if not form.account and (arn.account or (arn.region and not form.region)):
        lacks = (
            "an account, and the ARN of an {} has none"
            if form.region
            else "an account or a region, and the ARN of an {} has neither"
        )
        right = replace(arn, account="", region=arn.region if form.region else "")
        raise TargetError(
            f"'{entry.resource}' names {lacks.format(kind.title)}", f"write `resource: {right}` and `account: …`"
        )
    if not form.account:
        if said is None:
            raise TargetError("the ARN names no account", "write it as `resource: …` with `account: …` below")
        return said
    if not arn.account:
        raise TargetError("the ARN names no account", "write the twelve digits of the account")
    named = account_numbered(config, arn.account)
    if named is None:
        ids = [account.id for account in config.accounts.values()]
        raise TargetError(f"the account {arn.account} is not in krampus.yaml", nearest(arn.account, ids), of="accounts")
    if said not in (None, named):
        raise TargetError(
            f"the ARN names the account {arn.account}, not '{entry.account}'", "correct one of them", "account"
        )
    return named


def _check_place(config: Config, account: str, arn: Arn, kind: Kind) -> None:
    home = config.accounts[account]
    if arn.partition != home.partition:
        raise TargetError(
            f"the ARN is of the partition {arn.partition}, but '{account}' is in {home.partition}",
            "the first of the account's regions tells its partition",
        )
    if not kind.arn.parts.region:
        if arn.region:
            raise TargetError(
                f"'{arn.service}' is global: its ARNs name no region", "leave the region empty (two colons)"
            )
        return
    if not REGION.fullmatch(arn.region):
        raise TargetError(f"'{arn.region}' is not an AWS region", "write it as AWS does: eu-west-1")
    if home.regions and arn.region not in home.regions:
        raise TargetError(f"'{account}' does not list the region {arn.region}", nearest(arn.region, home.regions))
