"""What the IAM kinds share: the account's details, denying everything, policies, and the way back. Not a kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Names, Refused, UndoStep, undo_of
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import DENY_ALL, GROUP, ROLE, USER
from reconciler.resources.shared.iam_credentials import CREDENTIALS, GONE
from reconciler.resources.shared.reads import answer, pages, tags

Who = Literal["user", "role", "group"]

# IAM writes \w and means ASCII. A name is unique in its account whatever the path, so the path is not part of it.
CHARACTERS = r"[A-Za-z0-9_+=,.@-]"
QUARANTINE = "KrampusQuarantine"
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
# The quota as AWS sets it. It can be raised to 20; what we then lose is only a preference.
ATTACHABLE = 10

DETAILS = Operation("iam", "get_account_authorization_details")
# AWS' own policy that denies everything.
GET_DENY_ALL = Operation("iam", "get_policy", on=(DENY_ALL,), none=GONE)
READS = (DETAILS, GET_DENY_ALL)
DENYING = {"ArnEquals": {"iam:PolicyARN": DENY_ALL}}
ARNS = {"user": USER, "role": ROLE, "group": GROUP}
JOIN = Operation("iam", "add_user_to_group", on=(GROUP,))
LEAVE = Operation("iam", "remove_user_from_group", on=(GROUP,), undo=(JOIN,))


def policy(verb: Literal["attach", "detach", "put", "delete"], who: Who) -> Operation:
    """The operation on the policies of a user, role or group: those attached, or those inline."""
    return Operation("iam", f"{verb}_{who}_policy", _key(who), on=(ARNS[who],))


def denial(who: Who) -> Operation:
    """The one that attaches AWS' denial, and nothing that allows anything."""
    detach = replace(policy("detach", who), when=DENYING)
    return replace(policy("attach", who), when=DENYING, undo=(detach,))


def quarantine(who: Who) -> Operation:
    """The one that writes a denial inline."""
    return replace(policy("put", who), undo=(policy("delete", who),))


def details(place: Place, who: Who, names: Names) -> Iterator[dict[str, Any]]:
    """Those of one sort in the account. AWS cannot be asked for some by name, and one by one would take five calls."""
    wanted, entity = {name.lower() for name in names or ()}, who.title()  # names are one whatever their case
    asked: dict[str, Any] = {"Filter": [entity], "PaginationConfig": {"PageSize": 1000}}
    found = place.once(f"details of {who}s", lambda: list(pages(place, DETAILS, f"{entity}DetailList[]", **asked)))
    return (detail for detail in found if names is None or detail[_key(who)].lower() in wanted)


def seen(detail: Mapping[str, Any], who: Who, **more: Any) -> Resource:
    """One of them: path, id, which no later namesake shares, inline policies, ARNs of attached ones, and `more`."""
    # Documents travel URL-encoded; botocore decodes and parses them. A list may be missing where there is nothing.
    inline = detail.get(f"{who.title()}PolicyList", ())
    facts = {
        "path": detail["Path"],  # a wrong one in a task's ARN is refused: protections and exemptions go by the ARN
        "id": detail[f"{who.title()}Id"],
        "inline": {entry["PolicyName"]: entry["PolicyDocument"] for entry in inline},
        "attached": sorted(entry["PolicyArn"] for entry in detail.get("AttachedManagedPolicies", ())),
        **more,
    }
    # Groups have no tags.
    return Resource(detail[_key(who)], facts, created=detail["CreateDate"], tags=tags(detail.get("Tags")))


def deny_all(place: Place) -> str:
    """The ARN of AWS' own policy that denies everything; empty where this AWS has none."""
    arn = DENY_ALL.format(partition=place.partition)
    found = place.once_everywhere(arn, lambda: answer(place, GET_DENY_ALL, PolicyArn=arn))
    return str(found["Policy"]["Arn"]) if found else ""


def deny(principal: Resource, who: Who, room: int, instead: str) -> list[Call]:
    """Deny it everything, running sessions included. AWS' policy is preferred: a permission to attach can name it."""
    facts = principal.facts
    arn, attached, inline = facts["deny_all"], facts["attached"], facts["inline"]
    if arn in attached or inline.get(QUARANTINE) == DENY:
        return []
    if arn and len(attached) < ATTACHABLE:
        return [denial(who)(principal, PolicyArn=arn)]
    if QUARANTINE in inline:
        raise Refused(f"its inline policy {QUARANTINE} is not the one that Krampus writes; delete or rename it")
    if sum(len(text(document)) for document in (*inline.values(), DENY)) > room:
        raise Refused(
            f"its inline policies leave less than {room:,} characters for one that denies everything; {instead}"
        )
    undo = policy("delete", who)(principal, PolicyName=QUARANTINE)
    return [quarantine(who)(principal, undo, PolicyName=QUARANTINE, PolicyDocument=text(DENY))]


def taking_inline(who: Who) -> Operation:
    """The one that takes an inline policy away, which its undo writes again."""
    return replace(policy("delete", who), undo=(policy("put", who),))


def take_inline(principal: Resource, who: Who) -> list[Call]:
    """Take its inline policies away, but for Krampus' own denial. They can be put back: nobody else has a copy."""
    return [take_one(principal, who, name) for name in sorted(principal.facts["inline"]) if name != QUARANTINE]


def take_one(principal: Resource, who: Who, name: str) -> Call:
    """Take this inline policy away."""
    document = text(principal.facts["inline"][name])
    back = policy("put", who)(principal, PolicyName=name, PolicyDocument=document)
    return taking_inline(who)(principal, back, PolicyName=name)


def stripping(who: Who) -> tuple[Operation, ...]:
    """What `strip` sends."""
    # To attach a policy again takes a permission to attach any, to whomever: Krampus has none, and so no way back.
    return tuple(replace(policy(verb, who), destroys=True) for verb in ("detach", "delete"))


def strip(principal: Resource, who: Who) -> list[Call]:
    """Take the policies away for good that are attached, and Krampus' own denial: AWS deletes no principal with any."""
    detach, delete = stripping(who)
    denial = principal.facts["deny_all"]
    # A denial goes last: sessions live on, and if a call fails, what was disabled must not come back.
    attached = sorted(principal.facts["attached"], key=lambda arn: arn == denial)
    inline = [QUARANTINE] if QUARANTINE in principal.facts["inline"] else []
    return [
        *(detach(principal, PolicyArn=arn) for arn in attached),
        *(delete(principal, PolicyName=name) for name in inline),
    ]


def before(_principal: Resource, call: Call) -> Mapping[str, Any]:
    """A user or role was not denied everything, and the one credential that was switched off was active.

    It had the inline policy that would be put back, and was in the group that it would join again.
    """
    noun = call.operation.partition("_")[2]
    active = {sort.noun: {str(call.arguments[sort.id]): "Active"} if sort.noun == noun else {} for sort in CREDENTIALS}
    # Where a denial was written inline, AWS's own could not be attached.
    unavailable = {"deny_all": ""} if "PolicyDocument" in call.arguments else {}
    groups = [str(call.arguments["GroupName"])] if call.operation == LEAVE.name else []
    return {"attached": [], "inline": taken(call), "groups": groups, **active, **unavailable}


def taken(call: Call) -> dict[str, Any]:
    """The inline policy that a call takes away, as a fact; none if it takes no such thing."""
    written = call.undo.arguments if call.undo else {}
    if "PolicyDocument" not in written:
        return {}
    return {str(call.arguments["PolicyName"]): json.loads(written["PolicyDocument"])}


def undo_calls(principal: Resource, calls: Sequence[Call]) -> UndoStep:
    """Of a user, role or group: take a denial away, give policies back, activate what was deactivated."""
    return undo_of(call for call in calls if _stands(principal.facts, call))


def _stands(facts: Mapping[str, Any], call: Call) -> bool:
    verb, _, noun = call.operation.partition("_")
    if call.operation == LEAVE.name:
        # A group's members, seen from it; or a user's groups.
        group, user = call.arguments["GroupName"], call.arguments["UserName"]
        return user not in facts["members"] if "members" in facts else group not in facts["groups"]
    if noun.endswith("_policy"):
        if "PolicyArn" in call.arguments:
            return (call.arguments["PolicyArn"] in facts["attached"]) is (verb == "attach")
        now = facts["inline"].get(call.arguments["PolicyName"])
        if verb == "put" and now not in (None, json.loads(call.arguments["PolicyDocument"])):
            raise Refused(f"its inline policy {call.arguments['PolicyName']} was changed since; remove it by hand")
        return (now is not None) is (verb == "put")
    credentials = facts[noun]
    return any(credentials.get(value) == "Inactive" for value in call.arguments.values())


def text(document: Mapping[str, Any]) -> str:
    """A policy as AWS takes it, without white space, which AWS does not count either."""
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Characters beyond Latin-1 are refused, but \u escapes of them are not.
    return plain if max(plain) <= "\xff" else json.dumps(document, separators=(",", ":"))


def _key(who: Who) -> str:
    return f"{who.title()}Name"
