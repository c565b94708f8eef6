"""IAM groups: `disable` takes their policies away, `kill` deletes them. The members stay users of the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import PLANNED, Kill, Kind, Options, Place, Refused, Scope, Verb
from reconciler.resources.shared.arns import AWS_POLICY, GROUP, POLICY
from reconciler.resources.shared.iam import CHARACTERS, call, details, itself, named, policies, strip, text, undo_calls


class Disable(Options):
    """What `disable` takes: `policy_arn`, `policy_name` to take only that one; `force` even if it denies something."""

    policy_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$")] | None = None
    policy_name: Annotated[str, Field(pattern=f"^{CHARACTERS}{{1,128}}$")] | None = None
    force: bool = False


class Delete(Kill):
    """What `kill` takes: `force` deletes the group even if one of its policies denies something."""

    force: bool = False


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The account's details, and which attached policies deny something. Groups have no tags."""
    found = [(detail, policies(detail, "group")) for detail in named(details(place, "Group"), "group", names)]
    denying = {arn for arn in {arn for _, facts in found for arn in facts["attached"]} if _denies_attached(place, arn)}
    for detail, facts in found:
        facts["denying"] = [arn for arn in facts["attached"] if arn in denying]
        yield Resource(detail["GroupName"], facts, created=detail["CreateDate"])


def observe_members(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The same, and who is in it, which the details tell of users and not of groups."""
    groups = list(observe(place, names))
    users = [(user["UserName"], set(user.get("GroupList", ()))) for user in details(place, "User")] if groups else []
    for group in groups:
        members = sorted(user for user, of in users if group.name in of)
        yield replace(group, facts={**group.facts, "members": members})


def disable(group: Resource, options: Disable) -> list[Call]:
    """Take its policies away. A denial in their place would take from the members what they have elsewhere."""
    narrow = options.policy_arn or options.policy_name
    attached = [arn for arn in group.facts["attached"] if not narrow or arn == options.policy_arn]
    inline = [name for name in sorted(group.facts["inline"]) if not narrow or name == options.policy_name]
    if not options.force:
        _refuse_to_widen(group, attached, inline)
    return [*(_detach(group, arn) for arn in attached), *(_delete(group, name) for name in inline)]


def kill(group: Resource, options: Delete) -> list[Call]:
    """Members leave first, so that no failure leaves them with some of its policies and not the others."""
    if not options.force:
        _refuse_to_widen(group, group.facts["attached"], sorted(group.facts["inline"]))
    me = itself(group, "group")
    return [
        *(call("remove_user_from_group", {**me, "UserName": member}) for member in group.facts["members"]),
        *strip(group, "group"),
        call("delete_group", me),
    ]


def _denies_attached(place: Place, arn: str) -> bool:
    iam = place.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return _denies(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _denies(document: Mapping[str, Any]) -> bool:
    statements = document["Statement"]
    # One statement may stand without its list.
    return any(each["Effect"] == "Deny" for each in ([statements] if isinstance(statements, dict) else statements))


def _refuse_to_widen(group: Resource, attached: Sequence[str], inline: Sequence[str]) -> None:
    # A denial holds back what the members may do by other policies (without MFA, say): without it they may do more.
    denying = [arn for arn in attached if arn in group.facts["denying"]]
    denying += [name for name in inline if _denies(group.facts["inline"][name])]
    if denying:
        raise Refused(
            f"{' and '.join(denying)} holds back by a denial what the members may do by other policies; "
            "if they may do it, set `force: true` in the task's options"
        )


def _detach(group: Resource, arn: str) -> Call:
    arguments = {**itself(group, "group"), "PolicyArn": arn}
    return call("detach_group_policy", arguments, undo=call("attach_group_policy", arguments))


def _delete(group: Resource, name: str) -> Call:
    arguments = {**itself(group, "group"), "PolicyName": name}
    back = {**arguments, "PolicyDocument": text(group.facts["inline"][name])}
    return call("delete_group_policy", arguments, undo=call("put_group_policy", back))


KIND = Kind(
    name="iam:group",
    title="IAM group",
    pattern=CHARACTERS + "{1,128}",
    observe=observe,
    permissions=("iam:GetAccountAuthorizationDetails", "iam:GetPolicy", "iam:GetPolicyVersion"),
    verbs={
        "disable": Verb(
            disable,
            does="take the group's policies away from its members",
            manual_commands=(PLANNED,),
            permissions=("iam:DetachGroupPolicy", "iam:DeleteGroupPolicy"),
            undo=("iam:AttachGroupPolicy", "iam:PutGroupPolicy"),
            options=Disable,
        ),
        "kill": Verb(
            kill,
            does="delete the group with its policies, and let its members go",
            manual_commands=(PLANNED,),
            permissions=(
                "iam:DeleteGroupPolicy",
                "iam:DetachGroupPolicy",
                "iam:RemoveUserFromGroup",
                "iam:DeleteGroup",
            ),
            options=Delete,
            observe=observe_members,
        ),
    },
    scopes=(
        Scope(("iam:GetPolicy", "iam:GetPolicyVersion"), (POLICY, AWS_POLICY)),
        Scope(
            (
                "iam:AttachGroupPolicy",
                "iam:DeleteGroup",
                "iam:DeleteGroupPolicy",
                "iam:DetachGroupPolicy",
                "iam:PutGroupPolicy",
                "iam:RemoveUserFromGroup",
            ),
            (GROUP,),
        ),
    ),
    batch=100,
    undo_calls=undo_calls,
)
