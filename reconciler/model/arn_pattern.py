"""How AWS writes the ARNs of one kind: taken apart, put together, and as wide as a permission takes them. PURE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from reconciler.model.target import Arn

VARIABLE = re.compile(r"\{(\w+)\}")
# IAM's paths begin and end with a slash; a single one is no path at all.
VALUES = {"path": "/(?:.*/)?"}


@dataclass(frozen=True)
class ArnPattern:
    """An ARN with its variables: `arn:{partition}:sqs:{region}:{account}:{name}`; a part that AWS leaves out is empty.

    `{name}` is what the API calls the resource; `{path}` is IAM's, with its slashes (`user{path}{name}`); any other
    word stands for what else AWS writes there (`autoScalingGroup:{id}:autoScalingGroupName/{name}`).
    also: other forms of the same ARN that people meet (a log group's with `:*`). A task may not use them: only where
    one resource has one spelling is it seen that two tasks speak of the same one.
    """

    form: str
    also: tuple[str, ...] = ()

    @property
    def parts(self) -> Arn:
        """The form, taken apart: `region` is "" where its ARNs name none."""
        return _parts(self.form)

    @property
    def last_part(self) -> re.Pattern[str]:
        """What follows the account: its groups are the variables."""
        return _regex(self.parts.resource)

    @property
    def glob(self) -> str:
        """Every resource of one account: `{partition}` and `{account}` are left to be filled in, the rest is `*`."""
        kept = {"partition": "{partition}", "account": "{account}", "path": "/"}
        return VARIABLE.sub(lambda found: kept.get(found[1], "*"), self.form)

    @property
    def shown(self) -> str:
        """What follows the account, as people should write it: `instance/…`."""
        return VARIABLE.sub("…", self.parts.resource.replace("{path}", "/"))

    @property
    def folds(self) -> bool:
        """Whether names are one whatever their case and path: IAM's (`model.spelling`)."""
        return "{path}" in self.form

    def folded(self, name: str) -> str:
        """One for all spellings of a name."""
        return name.lower() if self.folds else name

    def parse(self, arn: Arn) -> Mapping[str, str] | None:
        """The variables of what follows the account, `name` among them; None if the ARN is not of this form.

        Partition, region and account are not looked at: a fault in them is another one than a wrong form.
        """
        return _parsed(self.form, arn)

    def resembles(self, arn: Arn) -> bool:
        """Whether it is of this form but for colons and slashes, which people take for one another."""
        return arn.service == self.parts.service and bool(_regex(self.parts.resource, "[:/]").fullmatch(arn.resource))

    def canonical(self, arn: Arn) -> str:
        """The ARN as it should be written, of one that is in another of its forms; "" if it is in none of those."""
        found = next((found for other in self.also if (found := _parsed(other, arn))), None)
        return self.format(partition=arn.partition, region=arn.region, account=arn.account, **found) if found else ""

    def format(self, **variables: str) -> str:
        """The ARN with these variables, without a path if none is given. KeyError if another one is missing."""
        return VARIABLE.sub(lambda found: {"path": "/", **variables}[found[1]], self.form)


def _parsed(form: str, arn: Arn) -> Mapping[str, str] | None:
    pattern = _parts(form)
    found = _regex(pattern.resource).fullmatch(arn.resource) if arn.service == pattern.service else None
    return found.groupdict() if found else None


@cache
def _parts(form: str) -> Arn:
    return Arn.parse(form)


@cache
def _regex(form: str, separator: str = "") -> re.Pattern[str]:
    """`separator` stands for each colon and slash of the form, if it is given."""
    texts, names = VARIABLE.split(form)[::2], VARIABLE.split(form)[1::2]
    fixed = [re.sub("[:/]", separator, re.escape(text)) if separator else re.escape(text) for text in texts]
    values = [f"(?P<{name}>{VALUES.get(name, '.*')})" for name in names]
    return re.compile("".join(map("".join, zip(fixed, [*values, ""], strict=True))), re.DOTALL)
