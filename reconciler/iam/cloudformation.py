"""The roles of one account as a CloudFormation template."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.iam.parameters import PARAMETERS, Parameter, parameters
from reconciler.iam.placeholders import fill
from reconciler.iam.roles import Role, Way
from reconciler.iam.statements import PATH
from reconciler.iam.trust import PROVIDER, assumed, subjects, web_identity
from reconciler.yamlio.writer import dump

HEAD = """\
# Written by `krampus policy --format cloudformation`: change the command's options, not this file.
# It makes roles with names, so it is deployed with --capabilities CAPABILITY_NAMED_IAM.
"""
PSEUDO = {"partition": "${AWS::Partition}", "account": "${AWS::AccountId}"}
CREATES_PROVIDER = "CreatesProvider"


def as_cloudformation(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> str:
    """The template as YAML; names: what is known already, as defaults of its parameters."""
    return HEAD + dump(template(roles, way, names))


def template(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> dict[str, Any]:
    """The template as data."""
    resources: dict[str, Any] = {"Provider": _provider()} if way == "oidc" else {}
    for role in roles:
        if way != "ambient":
            resources[role.purpose.title()] = _role(role, way)
        resources |= _policies(role, way)
    offered = [one for one in parameters(way, names) if _mentioned(one, resources)]
    conditions = _conditions(way)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What Krampus may do in this account, and who may do it as Krampus",
        "Parameters": {**{one.name: _parameter(one) for one in offered}, **(_choice() if way == "oidc" else {})},
        **({"Conditions": conditions} if conditions else {}),
        "Resources": resources,
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    default = {} if one.default is None else {"Default": one.default}
    return {"Type": "String", "Description": one.means, "AllowedPattern": one.pattern, **default}


def _choice() -> dict[str, Any]:
    means = "Whether to make GitHub's OIDC provider; an account can have but one"
    return {
        "CreateProvider": {
            "Type": "String",
            "Description": means,
            "AllowedValues": ["true", "false"],
            "Default": "true",
        }
    }


def _conditions(way: Way) -> dict[str, Any]:
    if way == "oidc":
        given = {"Fn::Not": [{"Fn::Equals": [{"Ref": "Workflow"}, ""]}]}
        return {CREATES_PROVIDER: {"Fn::Equals": [{"Ref": "CreateProvider"}, "true"]}, "PinsWorkflow": given}
    return {"AsksId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}} if way == "role" else {}


def _provider() -> dict[str, Any]:
    properties = {"Url": f"https://{PROVIDER}", "ClientIdList": [_sub("{audience}")]}
    # Others may have come to use it: it outlives the stack.
    stays = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Type": "AWS::IAM::OIDCProvider", "Condition": CREATES_PROVIDER, **stays, "Properties": properties}


def _role(role: Role, way: Way) -> dict[str, Any]:
    properties = {"RoleName": _sub(role.name), "Description": role.does}
    who = _web_identity(role) if way == "oidc" else _assumed()
    return {"Type": "AWS::IAM::Role", "Properties": {**properties, "AssumeRolePolicyDocument": who}}


def _web_identity(role: Role) -> dict[str, Any]:
    pinned, any_workflow = (_sub(subjects(role.purpose, pinned=each)) for each in (True, False))
    who: dict[str, Any] = _sub(web_identity(""))
    (statement,) = who["Statement"]
    statement["Condition"]["StringEquals"][f"{PROVIDER}:sub"] = {"Fn::If": ["PinsWorkflow", pinned, any_workflow]}
    # A reference, so that the role is made after the provider; one that was there before is known by its ARN.
    federated = statement["Principal"]["Federated"]
    statement["Principal"]["Federated"] = {"Fn::If": [CREATES_PROVIDER, {"Ref": "Provider"}, federated]}
    return who


def _assumed() -> dict[str, Any]:
    who: dict[str, Any] = _sub(assumed("{external_id}"))
    (statement,) = who["Statement"]
    statement["Condition"] = {"Fn::If": ["AsksId", statement["Condition"], {"Ref": "AWS::NoValue"}]}
    return who


def _policies(role: Role, way: Way) -> dict[str, Any]:
    attached = {"Roles": [{"Ref": role.purpose.title()}]} if way != "ambient" else {}
    return {
        f"{role.purpose.title()}Policy{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Path": PATH, "Description": role.does, "PolicyDocument": _sub(document), **attached},
        }
        for number, document in enumerate(role.policies, 1)
    }


def _sub(value: Any) -> Any:
    """Every text with a placeholder as CloudFormation fills it in itself: a reference if it is that alone."""
    if isinstance(value, Mapping):
        return {key: _sub(inner) for key, inner in value.items()}
    if not isinstance(value, str):
        return [_sub(inner) for inner in value]
    names = {one.placeholder: f"${{{one.name}}}" for one in PARAMETERS}
    filled = fill(value, {**PSEUDO, **names})
    alone = re.fullmatch(r"\$\{([\w:]+)\}", filled)
    if alone:
        return {"Ref": alone[1]}
    return {"Fn::Sub": filled} if filled != value else value


def _mentioned(one: Parameter, resources: Mapping[str, Any]) -> bool:
    text = json.dumps(resources)
    return f"${{{one.name}}}" in text or f'{{"Ref": "{one.name}"}}' in text
