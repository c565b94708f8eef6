"""krampus.yaml: accounts, teams, guardrails, and where the report and the issues are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema, field_validator, model_validator

from reconciler.model.fields import (
    AccountId,
    Count,
    Day,
    Duration,
    Line,
    Model,
    Name,
    Signers,
    Switch,
    WeekTime,
    Zone,
    wrong,
)
from reconciler.model.github_names import Branch, Mention
from reconciler.model.regions import FORM, partition_of
from reconciler.model.task import Action, Severity

ROLE = r"^[A-Za-z0-9_+=,.@-]{1,64}$"
REPOSITORY = r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$"
VARIABLE = r"^[A-Z_][A-Z0-9_]*$"
LABEL = r"^[A-Za-z0-9_:. -]{1,40}$"
EXTERNAL_ID = r"^[A-Za-z0-9_+=,.@:/-]+$"

RoleName = Annotated[str, StringConstraints(pattern=ROLE)]
# Which there are, `load.region_checks` knows.
Region = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{FORM.pattern}$"})]
RepositoryName = Annotated[str, StringConstraints(pattern=REPOSITORY)]
Variable = Annotated[str, StringConstraints(pattern=VARIABLE)]
TagKey = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\n]*$")]


class Account(Model):
    """One AWS account. Without `enforce: true` it is only watched: planned and reported, never acted on."""

    id: AccountId
    team: str
    regions: tuple[Region, ...] = ()
    enforce: Switch = False

    @property
    def partition(self) -> str:
        """The AWS partition that its regions are in."""
        return (partition_of(self.regions[0], self.regions) if self.regions else "") or "aws"


class Team(Model):
    """A team to notify. `issues` is the repository of its issues (default: this one)."""

    issues: RepositoryName | None = None
    mention: Mention | None = None
    notify: tuple[Variable, ...] = ()

    @property
    def home(self) -> str:
        """The repository of its issues, "" for this one; in lower case, since GitHub ignores the case of names."""
        return (self.issues or "").lower()


class Aws(Model):
    """How Krampus gets its credentials in the accounts.

    `new_regions`: those that AWS opened after this version of Krampus was made.
    """

    credentials: Literal["oidc", "role", "ambient"] = "oidc"
    read_role: RoleName = "krampus-read"
    act_role: RoleName = "krampus-act"
    external_id: Annotated[str, StringConstraints(min_length=2, max_length=1224, pattern=EXTERNAL_ID)] | None = None

    new_regions: tuple[Region, ...] = ()

    @model_validator(mode="after")
    def _can_be_sent(self) -> Aws:
        if self.external_id and self.credentials != "role":
            raise wrong(
                f"`external_id` is not sent with `credentials: {self.credentials}`, so it protects nothing",
                "remove it"
                + ("; the trust policy's `sub` limits who is trusted" if self.credentials == "oidc" else ""),
            )
        return self


class Defaults(Model):
    """The values for tasks that do not set their own."""

    grace: Duration = timedelta(days=7)
    team: str


class Freeze(Model):
    """A span of days, both included, in which only the allowed severities are acted on."""

    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    allow: tuple[Severity, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Freeze:
        if self.end < self.start:
            raise wrong(f"the freeze ends ({self.end}) before it begins ({self.start})", "swap `from` and `to`")
        return self


class WeeklyFreeze(Model):
    """A span of every week, in a time zone, in which only the allowed severities are acted on."""

    start: WeekTime = Field(alias="from")
    end: WeekTime = Field(alias="to")
    zone: Zone = "UTC"
    allow: tuple[Severity, ...] = ()

    @model_validator(mode="after")
    def _spans(self) -> WeeklyFreeze:
        if self.start == self.end:
            raise wrong("the weekly freeze begins and ends at the same time", "set `to` to a later time")
        return self


class Limits(Model):
    """The most targets of each action; 0 means none."""

    disable: Count
    kill: Count

    def of(self, action: Action) -> int:
        """The limit of an action."""
        return self.disable if action == "disable" else self.kill


class RunLimits(Limits):
    """The limits of a whole run, and of a whole UTC day."""

    disable: Count = 100
    kill: Count = 20


class AccountLimits(Limits):
    """The limits of one account, in a run and in a UTC day."""

    disable: Count = 20
    kill: Count = 5


class Guardrails(Model):
    """The bounds on what Krampus does, whatever the tasks say. Each has a default, and no task can lift one."""

    notice: Duration = timedelta(hours=24)
    notice_critical: Duration | None = None
    per_run: RunLimits = RunLimits()
    per_account: AccountLimits = AccountLimits()
    attempts: Annotated[Count, Field(ge=1)] = 3
    restless: Annotated[Count, Field(ge=1)] = 3
    reminders: tuple[Duration, ...] = (timedelta(days=1),)
    max_exemption: Duration = timedelta(days=365)
    protected: tuple[str, ...] = ()
    freeze: tuple[Freeze, ...] = ()
    weekly_freeze: tuple[WeeklyFreeze, ...] = ()

    def floor(self, severity: Severity) -> timedelta:
        """The least time between a delivered notice and the act."""
        critical = severity == "critical" and self.notice_critical is not None
        return self.notice_critical if critical and self.notice_critical is not None else self.notice


class Report(Model):
    """The branch of this repository to which the report and the ledger are written.

    `signers`: the SSH keys with which Krampus' commits there are signed, or `protected-branch`, where rules of GitHub
    let nobody else push. Without either, whoever may push to the branch may write what Krampus goes by.
    """

    branch: Branch = "krampus/reports"
    signers: Signers | None = None

    @property
    def prefix(self) -> str:
        """The folder of the report: "" on a branch of its own, "reports/" on main."""
        return "reports/" if self.branch == "main" else ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The public keys of which one must have signed the branch's last commit; none if it need not be signed."""
        return self.signers if isinstance(self.signers, tuple) else ()


class Issues(Model):
    """Where teams are notified.

    `installation`: the id that marks issues as those of this Krampus; default: the repository's name on GitHub.
    `writes`: the most changes that a run makes to issues; later runs make the others. GitHub takes 500 in an hour.
    """

    tracker: Literal["github", "files", "none"] = "github"
    label: Annotated[str, StringConstraints(pattern=LABEL)] = "krampus"
    folder: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    installation: Line | None = None
    writes: Count = 450

    @model_validator(mode="after")
    def _has_a_folder(self) -> Issues:
        if self.tracker == "files" and not self.folder:
            raise wrong("the tracker `files` has no folder", "name one: `issues: {tracker: files, folder: issues}`")
        return self


class Config(Model):
    """krampus.yaml.

    `owners`: tags by which tools mark what they manage (`terraform:workspace`), each with what to call its owner. A tag
    can be written by anybody, so that it only adds a word to plans and issues.
    """

    name: Line = "Krampus"
    accounts: Mapping[Name, Account] = Field(min_length=1)
    teams: Mapping[Name, Team] = Field(min_length=1)
    aws: Aws = Aws()
    defaults: Defaults
    operators: str | None = None
    guardrails: Guardrails = Guardrails()
    paused: Switch = False
    report: Report = Report()
    issues: Issues = Issues()
    owners: Mapping[TagKey, Line] = Field(default_factory=dict, max_length=50)

    @field_validator("owners")
    @classmethod
    def _known_already(cls, owners: Mapping[str, str]) -> Mapping[str, str]:
        for key in owners:
            if key.startswith("aws:"):
                raise wrong(f"'{key}' is a tag that AWS writes, which Krampus knows by itself", "remove it")
        return owners

    def __copy__(self) -> Config:
        """A copy, which may get other accounts (`model_copy`), and so other names."""
        copied = super().__copy__()
        copied.__dict__.pop("names", None)
        return copied

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The number of each account -> its name, which is for people and may change."""
        return {account.id: name for name, account in self.accounts.items()}

    @property
    def operating_team(self) -> str:
        """The team that runs Krampus; it is also notified of what needs a person."""
        return self.operators or self.defaults.team

    @property
    def installation(self) -> str:
        """The id that distinguishes this Krampus' issues from those of another Krampus in the same repository."""
        return self.issues.installation or self.name
