"""IAM roles: `disable` denies them everything, `kill` deletes them. Never a role that belongs to an AWS service."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Kind, Names, Options, Refused, Verb
from reconciler.resources.place import Place
from reconciler.resources.shared import arns, iam
from reconciler.resources.shared.iam_credentials import GONE

# All inline policies of a role together.
ROOM = 10_240
# AWS reserves these paths: nobody can make a role of his own there.
SERVICE_LINKED = "/aws-service-role/"
RESERVED = "/aws-reserved/"
# To put a role into a profile again takes a permission to pass it, which Krampus never has.
LEAVE_PROFILE = Operation("iam", "remove_role_from_instance_profile", on=(arns.INSTANCE_PROFILE,), destroys=True)
DELETE = Operation("iam", "delete_role", "RoleName", on=(arns.ROLE,), gone=GONE, destroys=True)


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """The account's details have it all."""
    for detail in iam.details(place, "role", names):
        profiles = sorted(profile["InstanceProfileName"] for profile in detail.get("InstanceProfileList", ()))
        yield iam.seen(detail, "role", profiles=profiles, deny_all=iam.deny_all(place))


def disable(role: Resource, _options: Options) -> list[Call]:
    """A denial is looked at with every request, so it ends running sessions; the trust policy stays as it is."""
    _refuse_foreign(role)
    return iam.deny(role, "role", ROOM, "remove one, or detach a policy")


def kill(role: Resource, _options: Kill) -> list[Call]:
    """Delete it. Its instance profiles stay, empty: instances and templates may still name them."""
    _refuse_foreign(role)
    return [
        *iam.take_inline(role, "role"),
        *(LEAVE_PROFILE(role, InstanceProfileName=name, RoleName=role.name) for name in role.facts["profiles"]),
        *iam.strip(role, "role"),
        DELETE(role),
    ]


def _refuse_foreign(role: Resource) -> None:
    path = role.facts["path"]
    if path.startswith(SERVICE_LINKED):
        service = path.removeprefix(SERVICE_LINKED).strip("/")
        raise Refused(f"it is a service-linked role of {service}, which only that service can delete; remove it there")
    if path.startswith(RESERVED):
        raise Refused("it is a role of IAM Identity Center; change or remove its permission set there")


KIND = Kind(
    name="iam:role",
    title="IAM role",
    arn=ArnPattern("arn:{partition}:iam::{account}:role{path}{name}"),
    pattern=iam.CHARACTERS + "{1,64}",
    observe=observe,
    reads=iam.READS,
    verbs={
        "disable": Verb(disable, "deny the role everything", (iam.denial("role"), iam.quarantine("role"))),
        "kill": Verb(
            kill,
            "delete the role with its policies, and remove it from its instance profiles",
            (iam.taking_inline("role"), LEAVE_PROFILE, *iam.stripping("role"), DELETE),
            options=Kill,
        ),
    },
    batch=100,
    before=iam.before,
    undo_calls=iam.undo_calls,
)
