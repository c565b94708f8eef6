"""What IAM users sign with, by its sorts: what they have of each, and what switches it off or deletes it. No kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Part
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import USER
from reconciler.resources.shared.reads import answer, with_facts

GONE = ("NoSuchEntity",)
on_user = partial(Operation, "iam", target="UserName", on=(USER,))
# Where AWS documents that it lists those of all users; another might take such a question for one about who asks.
LISTS_ALL = ("aws", "aws-cn", "aws-us-gov")
# How it may refuse that, and then each user is asked about: it is denied, or not known there.
NOT_OF_ALL = ("AccessDenied", "InvalidInput", "NoSuchEntity", "ValidationError")


@dataclass(frozen=True)
class Credential:
    """One sort. noun, iam: its name in boto3 and in IAM; id: the argument that names one; answer: a list's key.

    of_all: AWS lists those of all users, too
    """

    noun: str
    iam: str
    id: str
    answer: str
    of_all: bool = False

    @property
    def listing(self) -> Operation:
        """Those of a user."""
        return on_user(f"list_{self.noun}s", iam=f"iam:List{self.iam}s", none=GONE)

    @property
    def listing_all(self) -> Operation:
        """Those of all users."""
        return replace(self.listing, target="", given={"AllUsers": True}, none=NOT_OF_ALL)

    @property
    def deactivation(self) -> Operation:
        """Switches one off."""
        update = on_user(f"update_{self.noun}", iam=f"iam:Update{self.iam}", given={"Status": "Active"})
        return replace(update, given={"Status": "Inactive"}, undo=(update,))

    @property
    def deletion(self) -> Operation:
        """Deletes one."""
        return on_user(f"delete_{self.noun}", iam=f"iam:Delete{self.iam}", destroys=True)

    @cached_property
    def part(self) -> Part:
        """What users have of it."""
        return Part((self.noun,), (self.listing, *([self.listing_all] if self.of_all else [])), self.read)

    def read(self, place: Place, users: Sequence[Resource]) -> Iterator[Resource]:
        """These users with what they have of it, id -> status; without those that are gone, where AWS says so."""
        for user, found in zip(users, self._lists(place, [user.name for user in users]), strict=True):
            if found is not None:
                yield with_facts(user, **{self.noun: found})

    def active(self, user: Resource, only: str | None = None) -> list[str]:
        """Ids of a user's that are active, or that one alone. AWS has switched off by itself what is Expired."""
        statuses = user.facts[self.noun].items()
        return sorted(id_ for id_, status in statuses if status == "Active" and only in (None, id_))

    def deactivate(self, user: Resource, only: str | None = None) -> list[Call]:
        """The calls that switch these off."""
        return [self.deactivation(user, **{self.id: id_}) for id_ in self.active(user, only)]

    def delete(self, user: Resource, only: str | None = None) -> list[Call]:
        """The calls that delete all of a user's, or that one."""
        return [self.deletion(user, **{self.id: id_}) for id_ in sorted(user.facts[self.noun]) if only in (None, id_)]

    def _lists(self, place: Place, users: Sequence[str]) -> Sequence[dict[str, str] | None]:
        if self.of_all and len(users) > 1 and place.partition in LISTS_ALL:
            of_all = self._of_all(place)
            if of_all is not None:
                return [of_all.get(user.lower(), {}) for user in users]
        return place.side_by_side(lambda user: self._of_one(place, user), users)

    def _of_one(self, place: Place, user: str) -> dict[str, str] | None:
        """A user's; None if the user is gone."""
        found = _entries(place, self.listing, self.answer, UserName=user)
        return None if found is None else {entry[self.id]: entry["Status"] for entry in found}

    def _of_all(self, place: Place) -> Mapping[str, dict[str, str]] | None:
        """Those of all users, by name in lower case; None if AWS does not list them."""
        look = self.listing_all
        entries = place.once(self.noun, lambda: _entries(place, look, self.answer, MaxItems=1000, **look.given))
        if entries is None:
            return None
        found: dict[str, dict[str, str]] = {}
        for entry in entries:
            found.setdefault(entry["UserName"].lower(), {})[entry[self.id]] = entry["Status"]
        return found


def _entries(place: Place, look: Operation, key: str, **asked: Any) -> list[Mapping[str, Any]] | None:
    """All pages of a list; None if there is none. By hand: for one sort botocore knows no pages."""
    found: list[Mapping[str, Any]] = []
    page: dict[str, str] = {}
    while said := answer(place, look, **asked, **page):
        found += said[key]
        if not said.get("IsTruncated"):
            return found
        page = {"Marker": said["Marker"]}
    return None


ACCESS_KEY = Credential("access_key", "AccessKey", "AccessKeyId", "AccessKeyMetadata")
SERVICE = "ServiceSpecificCredential"
# In the order in which AWS lists what has to go before a user can be deleted.
CREDENTIALS = (
    ACCESS_KEY,
    Credential("signing_certificate", "SigningCertificate", "CertificateId", "Certificates"),
    Credential("ssh_public_key", "SSHPublicKey", "SSHPublicKeyId", "SSHPublicKeys"),
    Credential("service_specific_credential", SERVICE, f"{SERVICE}Id", f"{SERVICE}s", of_all=True),
)


def _long_term(key: object) -> object:
    if isinstance(key, str) and key.startswith("ASIA"):
        raise ValueError("ASIA… is a session of a role or user, not an access key; disable its iam:role or iam:user")
    return key


KeyId = Annotated[str, BeforeValidator(_long_term), Field(pattern=r"^AKIA[A-Z0-9]{12,124}$")]
