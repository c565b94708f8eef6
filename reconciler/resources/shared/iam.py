"""What the IAM kinds share: reading the account's details, denying everything, taking policies away. Not a kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Place, Refused, Scope, UndoStep, undo_of
from reconciler.resources.shared.arns import DENY_ALL

Who = Literal["user", "role", "group"]

# IAM writes \w and means ASCII. A name is unique in its account whatever the path, so the path is not part of it.
CHARACTERS = r"[A-Za-z0-9_+=,.@-]"
QUARANTINE = "KrampusQuarantine"
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
# The quota as AWS sets it. It can be raised to 20; what we then lose is only a preference.
ATTACHABLE = 10


# Looking for AWS' own policy that denies everything.
LOOKING = Scope(("iam:GetPolicy",), (DENY_ALL,))
# To attach that one, and nothing that allows anything.
DENYING = {"ArnEquals": {"iam:PolicyARN": DENY_ALL}}


def call(operation: str, arguments: Mapping[str, Any], undo: Call | None = None) -> Call:
    """One call of IAM."""
    return Call(service="iam", operation=operation, arguments=arguments, undo=undo)


def details(place: Place, entity: Literal["User", "Role", "Group"]) -> Iterator[dict[str, Any]]:
    """All of one sort in the account. AWS cannot be asked for some by name, and one by one would take five calls."""
    pages = place.client("iam").get_paginator("get_account_authorization_details")
    answers = pages.paginate(Filter=[entity], PaginationConfig={"PageSize": 1000})
    yield from answers.search(f"{entity}DetailList[]")


def named(details: Iterable[dict[str, Any]], who: Who, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Those of these names."""
    wanted = set(names)
    return (detail for detail in details if detail[_key(who)] in wanted)


def policies(detail: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Its path, its id, which a namesake created later does not share, its inline policies, the attached ones' ARNs."""
    # Documents travel URL-encoded; botocore decodes and parses them. A list may be missing where there is nothing.
    inline = detail.get(f"{who.title()}PolicyList", ())
    return {
        "path": detail["Path"],  # a wrong one in a task's ARN is refused: protections and exemptions go by the ARN
        "id": detail[f"{who.title()}Id"],
        "inline": {entry["PolicyName"]: entry["PolicyDocument"] for entry in inline},
        "attached": sorted(entry["PolicyArn"] for entry in detail.get("AttachedManagedPolicies", ())),
    }


def deny_all(place: Place) -> str:
    """The ARN of AWS' own policy that denies everything; empty where this AWS has none."""
    iam, arn = place.client("iam"), f"arn:{place.partition}:iam::aws:policy/AWSDenyAll"
    try:
        return str(iam.get_policy(PolicyArn=arn)["Policy"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        return ""


def deny(principal: Resource, who: Who, room: int, instead: str) -> list[Call]:
    """Deny it everything, running sessions included. AWS' policy is preferred: a permission to attach can name it."""
    facts, me = principal.facts, itself(principal, who)
    policy, attached, inline = facts["deny_all"], facts["attached"], facts["inline"]
    if policy in attached or inline.get(QUARANTINE) == DENY:
        return []
    if policy and len(attached) < ATTACHABLE:
        arguments = {**me, "PolicyArn": policy}
        return [call(f"attach_{who}_policy", arguments, undo=call(f"detach_{who}_policy", arguments))]
    if QUARANTINE in inline:
        raise Refused(f"its inline policy {QUARANTINE} is not the one that Krampus writes; delete or rename it")
    if sum(len(text(document)) for document in (*inline.values(), DENY)) > room:
        raise Refused(f"its inline policies leave no room of {room:,} characters for one that denies all; {instead}")
    undo = call(f"delete_{who}_policy", {**me, "PolicyName": QUARANTINE})
    arguments = {**me, "PolicyName": QUARANTINE, "PolicyDocument": text(DENY)}
    return [call(f"put_{who}_policy", arguments, undo=undo)]


def strip(principal: Resource, who: Who) -> list[Call]:
    """Take all its policies away for good: AWS deletes no principal that has any."""
    me = itself(principal, who)
    calls = [
        *(call(f"delete_{who}_policy", {**me, "PolicyName": name}) for name in sorted(principal.facts["inline"])),
        *(call(f"detach_{who}_policy", {**me, "PolicyArn": arn}) for arn in principal.facts["attached"]),
    ]
    # A denial goes last: sessions live on, and if a call fails, what was disabled must not come back.
    denials = (QUARANTINE, principal.facts.get("deny_all"))
    return sorted(calls, key=lambda call: call.arguments.get("PolicyName", call.arguments.get("PolicyArn")) in denials)


def undo_calls(principal: Resource, calls: Sequence[Call]) -> UndoStep:
    """Of a user, role or group: take a denial away, give policies back, activate what was deactivated."""
    return undo_of(call for call in calls if _stands(principal.facts, call))


def _stands(facts: Mapping[str, Any], call: Call) -> bool:
    verb, _, noun = call.operation.partition("_")
    if noun.endswith("_policy"):
        if "PolicyArn" in call.arguments:
            return (call.arguments["PolicyArn"] in facts["attached"]) is (verb == "attach")
        now = facts["inline"].get(call.arguments["PolicyName"])
        if verb == "put" and now not in (None, json.loads(call.arguments["PolicyDocument"])):
            raise Refused(f"its inline policy {call.arguments['PolicyName']} was changed since; take it away by hand")
        return (now is not None) is (verb == "put")
    credentials = facts[noun]
    return any(credentials.get(value) == "Inactive" for value in call.arguments.values())


def itself(principal: Resource, who: Who) -> dict[str, str]:
    """The argument that names it. Where AWS would let us leave it out, it means the caller."""
    return {_key(who): principal.name}


def text(document: Mapping[str, Any]) -> str:
    """A policy as AWS takes it, without white space, which AWS does not count either."""
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Characters beyond Latin-1 are refused, but \u escapes of them are not.
    return plain if max(plain) <= "\xff" else json.dumps(document, separators=(",", ":"))


def _key(who: Who) -> str:
    return f"{who.title()}Name"
