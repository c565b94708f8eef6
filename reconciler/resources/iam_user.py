"""IAM users: `disable` denies them everything and deactivates what they sign with, `kill` deletes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import PLANNED, Kill, Kind, Options, Place, Refused, Scope, Verb, tags
from reconciler.resources.shared.arns import GROUP, MFA, USER
from reconciler.resources.shared.iam import (
    CHARACTERS,
    DENYING,
    LOOKING,
    call,
    deny,
    deny_all,
    details,
    itself,
    named,
    policies,
    strip,
    undo_calls,
)

# All inline policies of a user together.
ROOM = 2048


class Credential(NamedTuple):
    """A sort of credential that can be switched off: its name in the API, its id, and its list in the answer."""

    noun: str
    id: str
    answer: str


# In the order in which AWS lists what has to go before a user can be deleted.
CREDENTIALS = (
    Credential("access_key", "AccessKeyId", "AccessKeyMetadata"),
    Credential("signing_certificate", "CertificateId", "Certificates"),
    Credential("ssh_public_key", "SSHPublicKeyId", "SSHPublicKeys"),
    Credential("service_specific_credential", "ServiceSpecificCredentialId", "ServiceSpecificCredentials"),
)
LISTS = (
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
)
ENDS = ("iam:GetLoginProfile", "iam:ListMFADevices")
UPDATES = (
    "iam:UpdateAccessKey",
    "iam:UpdateSigningCertificate",
    "iam:UpdateSSHPublicKey",
    "iam:UpdateServiceSpecificCredential",
)
DELETES = (
    "iam:DeleteLoginProfile",
    "iam:DeleteAccessKey",
    "iam:DeleteSigningCertificate",
    "iam:DeleteSSHPublicKey",
    "iam:DeleteServiceSpecificCredential",
    "iam:DeactivateMFADevice",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:DeleteUser",
)


def _long_term(key: object) -> object:
    if isinstance(key, str) and key.startswith("ASIA"):
        raise ValueError("ASIA… is a session of a role or user, not an access key; disable its iam:role or iam:user")
    return key


KeyId = Annotated[str, BeforeValidator(_long_term), Field(pattern=r"^AKIA[A-Z0-9]{12,124}$")]


class Disable(Options):
    """What `disable` takes: `access_key_id` for that key alone, `credentials_only` for all of them but no denial."""

    access_key_id: KeyId | None = None
    credentials_only: bool = False


class Delete(Kill):
    """What `kill` takes: `access_key_id` to delete that key alone, and `force` to do so though it is active."""

    access_key_id: KeyId | None = None
    force: bool = False

    @model_validator(mode="after")
    def _force_what(self) -> Delete:
        if self.force and not self.access_key_id:
            raise ValueError("`force` is for an active access key; name it with `access_key_id: AKIA…`")
        return self


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The account's details, and of each user the credentials, which they lack."""
    iam, policy = place.client("iam"), deny_all(place)
    for detail in named(details(place, "User"), "user", names):
        name = detail["UserName"]
        try:
            credentials = {credential.noun: _status(place, credential, name) for credential in CREDENTIALS}
        except iam.exceptions.NoSuchEntityException:
            continue  # deleted in the meantime: the lists take nothing but the user's name
        facts = {
            **policies(detail, "user"),
            "groups": sorted(detail.get("GroupList", ())),
            "deny_all": policy,
            **credentials,
        }
        yield Resource(name, facts, created=detail["CreateDate"], tags=tags(detail.get("Tags")))


def observe_all(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The same, with password and MFA devices: both have to go before AWS deletes a user."""
    iam = place.client("iam")
    for user in observe(place, names):
        pages = iam.get_paginator("list_mfa_devices").paginate(UserName=user.name)
        mfa = sorted(pages.search("MFADevices[].SerialNumber"))
        yield replace(user, facts={**user.facts, "password": _has_password(iam, user.name), "mfa": mfa})


def disable(user: Resource, options: Disable) -> list[Call]:
    """Denial first: it ends sessions too. Password and MFA stay: they open nothing now, and could not be restored."""
    if options.access_key_id:
        return [_deactivate(user, CREDENTIALS[0], id_) for id_ in _active(user, "access_key", options.access_key_id)]
    instead = "remove one, or set `credentials_only: true` in the task's options"
    denial = [] if options.credentials_only else deny(user, "user", ROOM, instead)
    return [*denial, *(_deactivate(user, sort, id_) for sort in CREDENTIALS for id_ in _active(user, sort.noun))]


def kill(user: Resource, options: Delete) -> list[Call]:
    """Delete it, and before it all that AWS wants gone first; or one access key."""
    if options.access_key_id:
        if _active(user, "access_key", options.access_key_id) and not options.force:
            raise Refused("the access key is active; disable it first, or set `force: true` in the task's options")
        return [_delete(user, CREDENTIALS[0], id_) for id_ in user.facts["access_key"] if id_ == options.access_key_id]
    me = itself(user, "user")
    return [
        *([call("delete_login_profile", me)] if user.facts["password"] else []),
        *(_delete(user, sort, id_) for sort in CREDENTIALS for id_ in sorted(user.facts[sort.noun])),
        *(step for serial in user.facts["mfa"] for step in _remove_mfa(user, serial)),
        *(call("remove_user_from_group", {"GroupName": group, **me}) for group in user.facts["groups"]),
        *strip(user, "user"),
        call("delete_user", me),
    ]


def _status(place: Place, credential: Credential, user: str) -> dict[str, str]:
    """By hand: botocore has no paginator for service-specific credentials, and all four page alike."""
    ask = getattr(place.client("iam"), f"list_{credential.noun}s")
    try:
        answer = ask(UserName=user)
    except place.not_offered:
        return {}  # nobody can hold what cannot be made there
    found = list(answer[credential.answer])
    while answer.get("IsTruncated"):
        answer = ask(UserName=user, Marker=answer["Marker"])
        found += answer[credential.answer]
    return {entry[credential.id]: entry["Status"] for entry in found}


def _has_password(iam: Any, user: str) -> bool:
    try:
        iam.get_login_profile(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _active(user: Resource, noun: str, only: str = "") -> list[str]:
    # The third status is Expired: AWS has switched that one off by itself.
    return sorted(id_ for id_, status in user.facts[noun].items() if status == "Active" and only in ("", id_))


def _deactivate(user: Resource, credential: Credential, id_: str) -> Call:
    operation, which = f"update_{credential.noun}", {**itself(user, "user"), credential.id: id_}
    return call(operation, {**which, "Status": "Inactive"}, undo=call(operation, {**which, "Status": "Active"}))


def _delete(user: Resource, credential: Credential, id_: str) -> Call:
    return call(f"delete_{credential.noun}", {**itself(user, "user"), credential.id: id_})


def _remove_mfa(user: Resource, serial: str) -> list[Call]:
    deactivate = call("deactivate_mfa_device", {**itself(user, "user"), "SerialNumber": serial})
    # Only a virtual device exists apart from its user; a security key has an ARN too (…:u2f/…), and goes with it.
    virtual = [call("delete_virtual_mfa_device", {"SerialNumber": serial})] if ":mfa/" in serial else []
    return [deactivate, *virtual]


KIND = Kind(
    name="iam:user",
    title="IAM user",
    pattern=CHARACTERS + "{1,64}",
    observe=observe,
    permissions=("iam:GetAccountAuthorizationDetails", "iam:GetPolicy", *LISTS),
    verbs={
        "disable": Verb(
            disable,
            does="deny the user everything and deactivate its access keys and other credentials",
            manual_commands=(PLANNED,),
            permissions=("iam:AttachUserPolicy", "iam:PutUserPolicy", *UPDATES),
            undo=("iam:DetachUserPolicy", "iam:DeleteUserPolicy", *UPDATES),
            scopes=(Scope(("iam:AttachUserPolicy", "iam:DetachUserPolicy"), (USER,), DENYING),),
            options=Disable,
        ),
        "kill": Verb(
            kill,
            does="delete the user with its password, keys and policies",
            manual_commands=(PLANNED,),
            permissions=(*DELETES, "iam:DeleteVirtualMFADevice", "iam:RemoveUserFromGroup"),
            options=Delete,
            observe=observe_all,
            reads=ENDS,
        ),
    },
    scopes=(
        LOOKING,
        Scope((*LISTS, *ENDS, *UPDATES, *DELETES, "iam:PutUserPolicy"), (USER,)),
        Scope(("iam:DeleteVirtualMFADevice",), (MFA,)),
        Scope(("iam:RemoveUserFromGroup",), (GROUP,)),
    ),
    batch=50,
    undo_calls=undo_calls,
)
