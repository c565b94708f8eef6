"""IAM groups: `disable` takes their policies away, `kill` deletes them. The members stay users of the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced, Kind, Names, Options, Part, Refused, Verb
from reconciler.resources.place import Place
from reconciler.resources.shared import arns, iam
from reconciler.resources.shared.guards import FORCE
from reconciler.resources.shared.iam_credentials import GONE
from reconciler.resources.shared.iam_denials import DENYING, denies
from reconciler.resources.shared.reads import with_facts

DETACH = replace(iam.policy("detach", "group"), undo=(iam.policy("attach", "group"),))
DELETE_POLICY = iam.taking_inline("group")
JOIN = replace(iam.JOIN, target="GroupName")
LEAVE = replace(iam.LEAVE, target="GroupName", undo=(JOIN,))
DELETE = Operation("iam", "delete_group", "GroupName", on=(arns.GROUP,), gone=GONE, destroys=True)


class Disable(Options):
    """What `disable` takes: `policy_arn`, `policy_name` to take only that one; `force` even if it denies something."""

    policy_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$")] | None = None
    policy_name: Annotated[str, Field(pattern=f"^{iam.CHARACTERS}{{1,128}}$")] | None = None
    force: bool = False


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """The account's details."""
    return (iam.seen(detail, "group") for detail in iam.details(place, "group", names))


def read_members(place: Place, groups: Sequence[Resource]) -> Iterator[Resource]:
    """Who is in it, which the details tell of users and not of groups."""
    members: dict[str, list[str]] = {group.name: [] for group in groups}
    for user in iam.details(place, "user", None):
        for name in members.keys() & set(user.get("GroupList", ())):
            members[name].append(user["UserName"])
    for group in groups:
        yield with_facts(group, members=sorted(members[group.name]))


MEMBERS = Part(("members",), (iam.DETAILS,), read_members)


def needed_by_disable(options: Disable) -> tuple[Part, ...]:
    """Whether something denies matters only of what is taken, and where `force` does not take it all the same."""
    attached = options.policy_arn or not options.policy_name
    return (DENYING,) if attached and not options.force else ()


def needed_by_kill(options: Forced) -> tuple[Part, ...]:
    """Likewise."""
    return (MEMBERS,) if options.force else (DENYING, MEMBERS)


def disable(group: Resource, options: Disable) -> list[Call]:
    """Take its policies away. A denial in their place would take from the members what they have elsewhere."""
    narrow = options.policy_arn or options.policy_name
    attached = [arn for arn in group.facts["attached"] if not narrow or arn == options.policy_arn]
    inline = [name for name in sorted(group.facts["inline"]) if not narrow or name == options.policy_name]
    if not options.force:
        _refuse_to_widen(group, attached, inline)
    return _take(group, attached, inline)


def kill(group: Resource, options: Forced) -> list[Call]:
    """Members leave first, so that no failure leaves them with some of its policies and not the others.

    All of it can be taken back until the group itself is deleted.
    """
    if not options.force:
        _refuse_to_widen(group, group.facts["attached"], sorted(group.facts["inline"]))
    return [
        *(LEAVE(group, UserName=member) for member in group.facts["members"]),
        *_take(group, group.facts["attached"], sorted(group.facts["inline"])),
        DELETE(group),
    ]


def _take(group: Resource, attached: Sequence[str], inline: Sequence[str]) -> list[Call]:
    return [*(DETACH(group, PolicyArn=arn) for arn in attached), *(iam.take_one(group, "group", one) for one in inline)]


def before(_group: Resource, call: Call) -> Mapping[str, Any]:
    """It had the policy, or the member, that would be given back, and none of its others counts."""
    arn, member = (str(call.arguments.get(key, "")) for key in ("PolicyArn", "UserName"))
    members = [member] if member else []
    return {"attached": [arn] if arn else [], "inline": iam.taken(call), "denying": [], "members": members}


def _refuse_to_widen(group: Resource, attached: Sequence[str], inline: Sequence[str]) -> None:
    # A denial holds back what the members may do by other policies (without MFA, say): without it they may do more.
    denying = [arn for arn in attached if arn in group.facts["denying"]]
    denying += [name for name in inline if denies(group.facts["inline"][name])]
    if denying:
        raise Refused(
            f"{' and '.join(denying)} denies the members what other policies allow them; to allow it, {FORCE}"
        )


KIND = Kind(
    name="iam:group",
    title="IAM group",
    arn=ArnPattern("arn:{partition}:iam::{account}:group{path}{name}"),
    pattern=iam.CHARACTERS + "{1,128}",
    observe=observe,
    tagged="never",
    reads=(iam.DETAILS,),
    verbs={
        "disable": Verb(
            disable,
            "remove the group's policies",
            (DETACH, DELETE_POLICY),
            options=Disable,
            parts=(DENYING,),
            needs=needed_by_disable,
        ),
        "kill": Verb(
            kill,
            "delete the group with its policies, and remove its members",
            (LEAVE, DETACH, DELETE_POLICY, DELETE),
            options=Forced,
            parts=(DENYING, MEMBERS),
            needs=needed_by_kill,
        ),
    },
    batch=100,
    before=before,
    undo_calls=iam.undo_calls,
)
