"""IAM roles: `disable` denies them everything, `kill` deletes them. Never a role that belongs to an AWS service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import PLANNED, Kill, Kind, Options, Place, Refused, Scope, Verb, tags
from reconciler.resources.shared.arns import INSTANCE_PROFILE, ROLE
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

# All inline policies of a role together.
ROOM = 10_240
# AWS reserves these paths: nobody can make a role of his own there.
SERVICE_LINKED = "/aws-service-role/"
RESERVED = "/aws-reserved/"


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The account's details have it all."""
    policy = deny_all(place)
    for detail in named(details(place, "Role"), "role", names):
        facts = {
            **policies(detail, "role"),
            "profiles": sorted(profile["InstanceProfileName"] for profile in detail.get("InstanceProfileList", ())),
            "deny_all": policy,
        }
        yield Resource(detail["RoleName"], facts, created=detail["CreateDate"], tags=tags(detail.get("Tags")))


def disable(role: Resource, _options: Options) -> list[Call]:
    """A denial is looked at with every request, so it ends running sessions; the trust policy stays as it is."""
    _refuse_foreign(role)
    return deny(role, "role", ROOM, "remove one, or detach a policy")


def kill(role: Resource, _options: Kill) -> list[Call]:
    """Delete it. Its instance profiles stay, empty: instances and templates may still name them."""
    _refuse_foreign(role)
    me = itself(role, "role")
    profiles = role.facts["profiles"]
    return [
        *(call("remove_role_from_instance_profile", {"InstanceProfileName": name, **me}) for name in profiles),
        *strip(role, "role"),
        call("delete_role", me),
    ]


def _refuse_foreign(role: Resource) -> None:
    path = role.facts["path"]
    if path.startswith(SERVICE_LINKED):
        service = path.removeprefix(SERVICE_LINKED).strip("/")
        raise Refused(f"it is a service-linked role of {service}, which only that service can give up; remove it there")
    if path.startswith(RESERVED):
        raise Refused("it is a role of IAM Identity Center; change or remove its permission set there")


KIND = Kind(
    name="iam:role",
    title="IAM role",
    pattern=CHARACTERS + "{1,64}",
    observe=observe,
    permissions=("iam:GetAccountAuthorizationDetails", "iam:GetPolicy"),
    verbs={
        "disable": Verb(
            disable,
            does="deny the role everything",
            manual_commands=(PLANNED,),
            permissions=("iam:AttachRolePolicy", "iam:PutRolePolicy"),
            undo=("iam:DetachRolePolicy", "iam:DeleteRolePolicy"),
            scopes=(Scope(("iam:AttachRolePolicy", "iam:DetachRolePolicy"), (ROLE,), DENYING),),
        ),
        "kill": Verb(
            kill,
            does="delete the role with its policies, and leave its instance profiles empty",
            manual_commands=(PLANNED,),
            permissions=(
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:DeleteRole",
            ),
            options=Kill,
        ),
    },
    scopes=(
        LOOKING,
        Scope(("iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRole"), (ROLE,)),
        Scope(("iam:RemoveRoleFromInstanceProfile",), (INSTANCE_PROFILE,)),
    ),
    batch=100,
    undo_calls=undo_calls,
)
