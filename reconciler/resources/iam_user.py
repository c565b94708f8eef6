"""IAM users: `disable` denies them everything and deactivates what they sign with, `kill` deletes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import model_validator

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced, Kind, Names, Options, Part, Verb
from reconciler.resources.place import Place
from reconciler.resources.shared import arns, iam
from reconciler.resources.shared.guards import unless_forced
from reconciler.resources.shared.iam_credentials import ACCESS_KEY, CREDENTIALS, GONE, KeyId, on_user
from reconciler.resources.shared.reads import answer, pages, with_facts

# All inline policies of a user together.
ROOM = 2048
PASSWORD = on_user("get_login_profile", none=GONE)
MFA_DEVICES = on_user("list_mfa_devices", iam="iam:ListMFADevices")
DELETE_PASSWORD = on_user("delete_login_profile", destroys=True)
DEACTIVATE_MFA = on_user("deactivate_mfa_device", iam="iam:DeactivateMFADevice", destroys=True)
DELETE_MFA = Operation(
    "iam", "delete_virtual_mfa_device", iam="iam:DeleteVirtualMFADevice", on=(arns.MFA,), destroys=True
)
DELETE = on_user("delete_user", gone=GONE, destroys=True)


class Disable(Options):
    """What `disable` takes: `access_key_id` for that key alone, `credentials_only` for all of them but no denial."""

    access_key_id: KeyId | None = None
    credentials_only: bool = False


class Delete(Forced):
    """What `kill` takes: `access_key_id` to delete that key alone, and `force` to do so though it is active."""

    access_key_id: KeyId | None = None

    @model_validator(mode="after")
    def _force_what(self) -> Delete:
        if self.force and not self.access_key_id:
            raise ValueError("`force` is for an active access key; name it with `access_key_id: AKIA…`")
        return self


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """The account's details, which lack credentials."""
    for detail in iam.details(place, "user", names):
        yield iam.seen(detail, "user", groups=sorted(detail.get("GroupList", ())), deny_all=iam.deny_all(place))


def read_logins(place: Place, users: Sequence[Resource]) -> Iterator[Resource]:
    """Password and MFA devices: both have to go before AWS deletes a user."""
    passwords = place.side_by_side(lambda user: answer(place, PASSWORD, UserName=user.name) is not None, users)
    # One user after the other: AWS lists those of all, but virtual ones alone.
    devices = place.side_by_side(lambda user: sorted(_serials(place, user.name)), users)
    for user, password, mfa in zip(users, passwords, devices, strict=True):
        yield with_facts(user, password=password, mfa=mfa)


def _serials(place: Place, user: str) -> Iterator[str]:
    return pages(place, MFA_DEVICES, "MFADevices[].SerialNumber", UserName=user)


LOGINS = Part(("password", "mfa"), (PASSWORD, MFA_DEVICES), read_logins)
SIGNING = tuple(sort.part for sort in CREDENTIALS)


def needed_by(options: Disable | Delete) -> tuple[Part, ...]:
    """What is named alone needs nothing else to be known."""
    whole = (*SIGNING, LOGINS) if isinstance(options, Delete) else SIGNING
    return (ACCESS_KEY.part,) if options.access_key_id else whole


def disable(user: Resource, options: Disable) -> list[Call]:
    """Denial first: it ends sessions too. Password and MFA stay: they open nothing now, and could not be restored."""
    if options.access_key_id:
        return ACCESS_KEY.deactivate(user, options.access_key_id)
    instead = "remove one, or set `credentials_only: true` in the task's options"
    denial = [] if options.credentials_only else iam.deny(user, "user", ROOM, instead)
    return [*denial, *(call for sort in CREDENTIALS for call in sort.deactivate(user))]


def kill(user: Resource, options: Delete) -> list[Call]:
    """Delete it, and before it all that AWS wants gone first, what can be given back before all else; or one key."""
    if options.access_key_id:
        if ACCESS_KEY.active(user, options.access_key_id):
            unless_forced(options.force, "the access key is active", "disable it first")
        return ACCESS_KEY.delete(user, options.access_key_id)
    return [
        *iam.take_inline(user, "user"),
        *(iam.LEAVE(user, GroupName=group, UserName=user.name) for group in user.facts["groups"]),
        *([DELETE_PASSWORD(user)] if user.facts["password"] else []),
        *(call for sort in CREDENTIALS for call in sort.delete(user)),
        *(step for serial in user.facts["mfa"] for step in _remove_mfa(user, serial)),
        *iam.strip(user, "user"),
        DELETE(user),
    ]


def _remove_mfa(user: Resource, serial: str) -> list[Call]:
    # Only a virtual device exists apart from its user; a security key has an ARN too (…:u2f/…), and goes with it.
    virtual = [DELETE_MFA(user, SerialNumber=serial)] if ":mfa/" in serial else []
    return [DEACTIVATE_MFA(user, SerialNumber=serial), *virtual]


KIND = Kind(
    name="iam:user",
    title="IAM user",
    arn=ArnPattern("arn:{partition}:iam::{account}:user{path}{name}"),
    pattern=iam.CHARACTERS + "{1,64}",
    observe=observe,
    reads=iam.READS,
    verbs={
        "disable": Verb(
            disable,
            "deny the user everything and deactivate its access keys and other credentials",
            (iam.denial("user"), iam.quarantine("user"), *(sort.deactivation for sort in CREDENTIALS)),
            options=Disable,
            parts=SIGNING,
            needs=needed_by,
        ),
        "kill": Verb(
            kill,
            "delete the user with its password, keys and policies",
            (
                *(iam.taking_inline("user"), iam.LEAVE, DELETE_PASSWORD, *(sort.deletion for sort in CREDENTIALS)),
                *(DEACTIVATE_MFA, DELETE_MFA, *iam.stripping("user"), DELETE),
            ),
            options=Delete,
            parts=(*SIGNING, LOGINS),
            needs=needed_by,
        ),
    },
    batch=50,
    before=iam.before,
    undo_calls=iam.undo_calls,
)
