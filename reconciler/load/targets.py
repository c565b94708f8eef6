"""A target as a task writes it: which resource in which account that is, or what is wrong with it. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from reconciler.errors import nearest
from reconciler.load.region_checks import REGIONS_OF
from reconciler.model.config import Config
from reconciler.model.regions import REGIONS, partition_of
from reconciler.model.target import COLONS, GLOBAL, PARTITIONS, Arn, Target
from reconciler.model.task import Action, TaskTarget
from reconciler.resources.catalog import KINDS, SERVICES, kind_of, kinds_of
from reconciler.resources.kind import Kind
from reconciler.yamlio.lookalikes import corrected, strangers

Fits = Callable[[str], re.Match[str] | None]
BEGINNING = re.compile(r"arn:[a-z-]*:[a-z0-9-]+:")
ORDINARY = re.compile(r"[!-#%-)+->@-z|~]+")  # all of ASCII that is to be seen, but `*`, `?`, `$`, `{` and `}`
MOST_NAMED = 10


class TargetError(Exception):
    """The target cannot be what was meant: what is wrong, what to do, and which key of it is meant.

    `of` is the part of krampus.yaml that was looked up, if any.
    """

    def __init__(self, message: str, help: str, key: str = "resource", of: str = "") -> None:
        super().__init__(message)
        self.message, self.help, self.key, self.of = message, help, key, of


def resolve_target(config: Config, entry: TaskTarget, action: Action) -> Target:
    """The one resource that is meant; TargetError if that is in doubt."""
    arn, kind, name = one_resource(entry.resource)
    if action not in kind.verbs:
        raise TargetError(f"an {kind.title} has no '{action}'", f"it has: {', '.join(kind.verbs)}")
    account = _account(config, arn, kind, entry)
    check_place(config, account, arn, kind)
    number = config.accounts[account].id
    return Target(entry.resource, account, number, arn.region or GLOBAL, kind.name, name)


class Targets:
    """The targets of one configuration. What those of one account, region and kind have in common is looked at once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        # What stands before the resource, the kind, the account that is named beside it -> account, number and region
        self._homes: dict[tuple[str, str, str | None, Action], tuple[str, str, str]] = {}

    def resolve(self, entry: TaskTarget, action: Action) -> Target:
        """As `resolve_target`, and the same."""
        text = entry.resource
        found = as_written(text)
        if found is None:
            return resolve_target(self._config, entry, action)
        head, kind, name = found
        home = self._homes.get((head, kind, entry.account, action))
        if home is None:
            target = resolve_target(self._config, entry, action)
            self._homes[head, kind, entry.account, action] = target.account, target.account_id, target.region
            return target
        return Target(text, *home, kind, name)


def as_written(text: str) -> tuple[str, str, str] | None:
    """What stands before the resource, the kind and the name of an ARN of which only its home is to be looked at."""
    parts = text.split(":", COLONS)
    if len(parts) <= COLONS or not ORDINARY.fullmatch(text) or text.find("arn:", 1) > 0:
        return None
    service, resource = parts[2], parts[COLONS]
    for kind, form, whole_name in _forms(service) if service in SERVICES else ():
        if (fits := form(resource)) and whole_name(name := fits["name"]):
            return text[: -len(resource)], kind, name
    return None


@cache
def _forms(service: str) -> tuple[tuple[str, Fits, Fits], ...]:
    """The kinds of a service, each with what an ARN's last part, and what its name, must match."""
    return tuple(
        (kind.name, kind.arn.last_part.fullmatch, re.compile(kind.pattern).fullmatch) for kind in kinds_of(service)
    )


def one_resource(text: str) -> tuple[Arn, Kind, str]:
    """The ARN, the kind and the name of a whole ARN in the one spelling that counts; TargetError for any other text.

    Whether its account and region are known is not looked at.
    """
    arn = _arn(text)
    kind = _kind(arn)
    parsed = kind.arn.parse(arn)
    # One resource has one ARN: else what two files say of it would not be seen to be about the same.
    if parsed is None:
        raise TargetError(f"'{arn.resource}' is not how AWS writes it", f"write `{kind.arn.shown}`")
    name = parsed["name"]
    if not re.fullmatch(kind.pattern, name):
        lower = re.fullmatch(kind.pattern, name.lower())
        small = replace(arn, resource=arn.resource.removesuffix(name) + name.lower())
        help = f"write `{small}`" if lower else f"a whole name matches {kind.pattern}"
        raise TargetError(f"'{name}' cannot be the name of an {kind.title}", help)
    _check_unplaced(arn, kind)
    return arn, kind, name


def _check_unplaced(arn: Arn, kind: Kind) -> None:
    """An ARN names neither account nor region where AWS writes none; old tools do."""
    form = kind.arn.parts
    right = replace(arn, account=arn.account if form.account else "", region=arn.region if form.region else "")
    if form.account and arn != right:
        raise TargetError(f"'{arn.service}' is global: its ARNs name no region", "leave the region empty (two colons)")
    if arn != right:
        both = "an account or a region, and the ARN of an {} has neither"
        lacks = "an account, and the ARN of an {} has none" if form.region else both
        help = f"leave it out: `{right}`; a task names the account below, `resource: {right}` and `account: …`"
        raise TargetError(f"'{arn}' names {lacks.format(kind.title)}", help)


def account_named(config: Config, said: str) -> str | None:
    """The name of the account that a name or an id means."""
    if said in config.accounts:
        return said
    return account_numbered(config, said)


def account_numbered(config: Config, number: str) -> str | None:
    """The name of the account with this id: an ARN with anything else in that place matches no exemption."""
    return config.names.get(number)


def taken_apart(text: str, what: str, write: str) -> Arn:
    """An ARN, or a glob of some, in its parts; TargetError if it is neither, is several, or holds other letters.

    what: what it should be ("an ARN"); write: the help where it is none
    """
    if odd := strangers(text):
        plain = corrected(text)
        raise TargetError(f"'{text}' is not {what}: {odd}", f"write `{plain}`" if plain else "write it anew, by hand")
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise TargetError(f"'{text}' is not {what}", write) from None
    if BEGINNING.search(text, 1):
        raise TargetError(f"'{text}' is more than one ARN", "write a list, with one in each line")
    return arn


def _arn(text: str) -> Arn:
    arn = taken_apart(text, "an ARN", "write all of it: arn:aws:ec2:eu-west-1:111122223333:instance/i-…")
    if not ORDINARY.fullmatch(text):
        canonical = next(filter(None, (kind.arn.canonical(arn) for kind in kinds_of(arn.service))), "")
        whole = (
            f"write `{canonical}`"
            if canonical
            else "name each resource by its whole ARN, without blanks, wildcards or variables"
        )
        raise TargetError(f"'{text}' is not one resource", whole)
    if arn.partition not in PARTITIONS:
        raise TargetError(f"'{arn.partition}' is not an AWS partition", nearest(arn.partition, PARTITIONS))
    return arn


def _kind(arn: Arn) -> Kind:
    kinds = list(kinds_of(arn.service))
    kind = kind_of(arn) or next((kind for kind in kinds if kind.arn.resembles(arn)), None)
    if kind is not None:
        return kind
    named = f"{arn.service}:{re.split('[:/]', arn.resource, maxsplit=1)[0]}"
    # What stands before the name is easily left out, and many names tell by themselves of what they are.
    bare = [kind for kind in kinds if re.fullmatch(kind.pattern, arn.resource)]
    if len(bare) == 1:
        whole = replace(arn, resource=bare[0].arn.parts.resource.replace("{name}", arn.resource))
        raise TargetError(f"'{arn.resource}' is not how AWS writes an {bare[0].title}", f"write `{whole}`")
    raise TargetError(f"Krampus does not know the kind '{named}'", nearest(named, KINDS))


def _account(config: Config, arn: Arn, kind: Kind, entry: TaskTarget) -> str:
    said = account_named(config, entry.account) if entry.account else None
    if entry.account and said is None:
        known = [word for name, account in config.accounts.items() for word in (name, account.id)]
        unknown = f"the account '{entry.account}' is not in krampus.yaml"
        raise TargetError(unknown, nearest(entry.account, known), "account", of="accounts")
    form = kind.arn.parts
    if not form.account:
        if said is None:
            raise TargetError("the ARN names no account", "write it as `resource: …` with `account: …` below")
        return said
    named = arn_account(config, arn)
    if said not in (None, named):
        raise TargetError(
            f"the ARN names the account {arn.account}, not '{entry.account}'", "correct one of them", "account"
        )
    return named


def arn_account(config: Config, arn: Arn) -> str:
    """The name of the account of an ARN that names one; TargetError if there is none with these twelve digits."""
    if not arn.account:
        raise TargetError("the ARN names no account", "write the twelve digits of the account")
    if arn.account in config.accounts and not re.fullmatch(r"[0-9]{12}", arn.account):
        raise TargetError(
            f"'{arn.account}' is the account's name, and AWS knows only its number",
            f"write `{replace(arn, account=config.accounts[arn.account].id)}`",
        )
    named = account_numbered(config, arn.account)
    if named is None:
        ids = ", ".join(sorted(account.id for account in config.accounts.values())[:MOST_NAMED])
        raise TargetError(f"the account {arn.account} is not in krampus.yaml", f"known are {ids}", of="accounts")
    return named


def check_place(config: Config, account: str, arn: Arn, kind: Kind) -> None:
    """Raise TargetError for an ARN of another partition than its account's, or of a region that is not among its."""
    home = config.accounts[account]
    if arn.partition != home.partition:
        raise TargetError(
            f"the ARN is of the partition {arn.partition}, but '{account}' is in {home.partition}",
            "the first of the account's regions tells its partition",
            of=f"{REGIONS_OF}{account}",
        )
    if not kind.arn.parts.region:
        return
    if not arn.region:
        raise TargetError(
            "the ARN names no region", f"it stands behind the service: arn:{arn.partition}:{arn.service}:REGION:…"
        )
    near = home.regions or REGIONS[home.partition]
    if home.regions and arn.region not in home.regions:
        known, of = nearest(arn.region, near), f"{REGIONS_OF}{account}"
        raise TargetError(f"'{account}' does not list the region {arn.region}", known, of=of)
    if not home.regions and partition_of(arn.region, config.aws.new_regions) != home.partition:
        raise TargetError(f"'{arn.region}' is not an AWS region", nearest(arn.region, near))
