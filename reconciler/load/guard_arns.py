"""An ARN of an exemption or a protection: what can cover nothing protects nothing, and that is a fault. PURE."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.errors import nearest
from reconciler.load.possible_arns import has_place, kinds_of_glob, kinds_with, matches_part
from reconciler.load.region_checks import REGIONS_OF
from reconciler.load.targets import TargetError, arn_account, as_written, check_place, one_resource, taken_apart
from reconciler.model.config import Config
from reconciler.model.target import PARTITIONS, Arn, is_glob
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kind

NOTHING = "so this protects nothing"
SHOWN = 5


class Checked:
    """A check of many ARNs. What those of one account, region and kind have in common is looked at once."""

    def __init__(self, config: Config, check: Callable[[Config, str], None]) -> None:
        self._config, self._check = config, check
        self._right: set[tuple[str, str]] = set()  # what stands before the resource, and the kind

    def __call__(self, pattern: str) -> None:
        """Raise TargetError as the check does."""
        found = as_written(pattern)
        if found is None or found[:2] not in self._right:
            self._check(self._config, pattern)
            if found:
                self._right.add(found[:2])


def check_protection(config: Config, pattern: str) -> None:
    """Raise TargetError for a protection that is no ARN in the one spelling of targets, or that can cover none.

    pattern: a whole ARN, or a glob: it must fit an ARN of a known kind, in an account and region of krampus.yaml
    """
    if not is_glob(pattern):
        _check_whole(config, pattern)
        return
    arn = _glob(pattern)
    kinds = kinds_of_glob(arn.service)
    if not kinds:
        services = {name.partition(":")[0] for name in KINDS}
        raise TargetError(
            f"Krampus acts on nothing of the service '{arn.service}', {NOTHING}", nearest(arn.service, services)
        )
    fitting = kinds_with(arn.resource, kinds)
    if not fitting:
        raise TargetError(f"no ARN of these ends with '{arn.resource}', {NOTHING}", _forms(arn, kinds))
    if not any(has_place(config, arn, kind) for kind in fitting):
        _say_what_fits_no_place(config, arn, fitting)


def check_exemption(config: Config, pattern: str) -> None:
    """The same for what an exemption names: its globs must say of which service and account, and which buckets."""
    arn = _glob(pattern)
    if is_glob(arn.service + arn.account) or not arn.service:
        raise TargetError(
            "the glob does not fix the service and the account", "write both out: arn:aws:ec2:*:111122223333:instance/*"
        )
    if arn.service == "s3" and is_glob(arn.resource[0]):
        raise TargetError(
            "the glob covers buckets of every account", "write how their names begin: arn:aws:s3:::acme-*"
        )
    # Of which account it speaks is what is most often wrong, and so said first.
    if all(kind.arn.parts.account for kind in kinds_of_glob(arn.service)):
        arn_account_of(config, arn)
    elif arn.account:
        raise TargetError(f"a bucket's ARN names no account, {NOTHING}", "leave it out: arn:aws:s3:::acme-*")
    check_protection(config, pattern)


def _check_whole(config: Config, text: str) -> None:
    try:
        arn, kind, _ = one_resource(text)
        form = kind.arn.parts
        homes = [arn_account(config, arn)] if form.account else list(config.accounts)
        if form.account or all(config.accounts[home].partition != arn.partition for home in homes):
            check_place(config, homes[0], arn, kind)
    except TargetError as error:
        raise TargetError(f"{error.message}, {NOTHING}", error.help, error.key, error.of) from None


def _glob(pattern: str) -> Arn:
    arn = taken_apart(pattern, "an ARN or a glob of ARNs", "write all six parts: arn:aws:s3:::acme-*")
    if not any(matches_part(arn.partition, partition) for partition in PARTITIONS):
        raise TargetError(
            f"'{arn.partition}' is not an AWS partition, {NOTHING}", f"write one of {', '.join(PARTITIONS)}"
        )
    return arn


def _say_what_fits_no_place(config: Config, arn: Arn, kinds: Sequence[Kind]) -> None:
    """Raise TargetError with the first part of a glob that fits no account or region."""
    named, of = any(kind.arn.parts.account for kind in kinds), ""
    if not named and not matches_part(arn.account, ""):
        raise TargetError(f"a bucket's ARN names no account, {NOTHING}", "leave it out: arn:aws:s3:::acme-*")
    if not is_glob(arn.account) and named:
        name = arn_account_of(config, arn)
        home, of = config.accounts[name], f"{REGIONS_OF}{name}"
        if not matches_part(arn.partition, home.partition):
            check_place(config, name, arn, kinds[0])
    region = f"the region '{arn.region}'" if arn.region else "no region"
    shown = "every region: `*`" if all(kind.arn.parts.region for kind in kinds) else "no region (two colons), or `*`"
    raise TargetError(f"{region} fits none of the account's, {NOTHING}", f"write one of them, or {shown}", of=of)


def arn_account_of(config: Config, arn: Arn) -> str:
    """The account of a glob that names one whole; TargetError if it is not in krampus.yaml."""
    try:
        return arn_account(config, arn)
    except TargetError as error:
        raise TargetError(f"{error.message}, {NOTHING}", error.help, error.key, error.of) from None


def _forms(arn: Arn, kinds: Sequence[Kind]) -> str:
    shown = sorted({kind.arn.shown for kind in kinds})
    near = [form for form in shown if form.split("/")[0].split(":")[0] in nearest(arn.resource, shown)]
    return f"they end as in {', '.join(f'`{form}`' for form in (near or shown)[:SHOWN])}"
