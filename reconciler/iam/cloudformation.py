"""The roles of one account as a CloudFormation template."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.iam.parameters import PARAMETERS, Parameter, parameters
from reconciler.iam.placeholders import fill
from reconciler.iam.roles import Role, Way
from reconciler.iam.statements import PATH, Purpose
from reconciler.iam.trust import GITHUB, PINS, assumed, web_identity
from reconciler.yamlio.writer import dump

HEAD = """\
# Written by `krampus policy --format cloudformation`: change the command's options, not this file.
# It creates roles with names, so it must be deployed with --capabilities CAPABILITY_NAMED_IAM.
"""
PSEUDO = {"partition": "${AWS::Partition}", "account": "${AWS::AccountId}"}
CREATES_PROVIDER = "CreatesProvider"
PINNING: Mapping[Purpose, str] = {"read": "PinsReadWorkflow", "act": "PinsWorkflow"}
# The repository as `owner/name`, of either form of its name: what stands before each @.
PLAIN = {
    part: {
        "Fn::Select": ["0", {"Fn::Split": ["@", {"Fn::Select": [place, {"Fn::Split": ["/", {"Ref": "Repository"}]}]}]}]
    }
    for part, place in (("Owner", "0"), ("Name", "1"))
}


def as_cloudformation(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> str:
    """The template as YAML. `names`: values that are known already, as defaults of its parameters."""
    return HEAD + dump(template(roles, way, names))


def template(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> dict[str, Any]:
    """The template as data."""
    provider = names.get("provider") or GITHUB
    resources: dict[str, Any] = {"Provider": _provider(provider)} if way == "oidc" else {}
    for role in roles:
        if way != "ambient":
            resources[role.purpose.title()] = _role(role, way, provider)
        resources |= _policies(role, way)
    needed = [parameter for parameter in parameters(way, names) if _is_used(parameter, resources)]
    conditions = _conditions(roles, way)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What Krampus may do in this account, and who may assume its roles",
        "Parameters": {
            **{parameter.name: _parameter(parameter) for parameter in needed},
            **(_choice() if way == "oidc" else {}),
        },
        **({"Conditions": conditions} if conditions else {}),
        "Resources": resources,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = {} if parameter.default is None else {"Default": parameter.default}
    return {"Type": "String", "Description": parameter.description, "AllowedPattern": parameter.pattern, **default}


def _choice() -> dict[str, Any]:
    description = "Whether to create GitHub's OIDC provider; an account can have only one"
    return {
        "CreateProvider": {
            "Type": "String",
            "Description": description,
            "AllowedValues": ["true", "false"],
            "Default": "true",
        }
    }


def _conditions(roles: Sequence[Role], way: Way) -> dict[str, Any]:
    if way == "oidc":
        pinning = {PINNING[role.purpose]: _is_given(role.purpose) for role in roles}
        return {CREATES_PROVIDER: {"Fn::Equals": [{"Ref": "CreateProvider"}, "true"]}, **pinning}
    return {"AsksId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}} if way == "role" else {}


def _is_given(purpose: Purpose) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [_sub(f"{{{PINS[purpose]}}}"), ""]}]}


def _provider(provider: str) -> dict[str, Any]:
    properties = {"Url": f"https://{provider}", "ClientIdList": [_sub("{audience}")]}
    # Other roles may use the provider too, so it is kept when the stack is deleted.
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Type": "AWS::IAM::OIDCProvider", "Condition": CREATES_PROVIDER, **retained, "Properties": properties}


def _role(role: Role, way: Way, provider: str) -> dict[str, Any]:
    properties = {"RoleName": _sub(role.name), "Description": role.does}
    trust = _web_identity(role, provider) if way == "oidc" else _assumed()
    return {"Type": "AWS::IAM::Role", "Properties": {**properties, "AssumeRolePolicyDocument": trust}}


def _web_identity(role: Role, provider: str) -> dict[str, Any]:
    one, own = (_sub(web_identity(role.purpose, provider, pinned=pinned)) for pinned in (True, False))
    trust: dict[str, Any] = _either(PINNING[role.purpose], one, own)
    for statement in trust["Statement"]:
        # A reference, so that the role is created after the provider; an existing provider is named by its ARN.
        federated = statement["Principal"]["Federated"]
        statement["Principal"]["Federated"] = {"Fn::If": [CREATES_PROVIDER, {"Ref": "Provider"}, federated]}
    return trust


def _either(condition: str, met: Any, unmet: Any) -> Any:
    """What is as the first under a condition, and as the second without it; `Fn::If` only where the two differ."""
    if met == unmet:
        return met
    if isinstance(met, list) and isinstance(unmet, list) and len(met) == len(unmet):
        return [_either(condition, *pair) for pair in zip(met, unmet, strict=True)]
    if isinstance(met, dict) and isinstance(unmet, dict) and not _is_function(met) and not _is_function(unmet):
        nothing = {"Ref": "AWS::NoValue"}
        names = [*met, *(name for name in unmet if name not in met)]
        return {name: _either(condition, met.get(name, nothing), unmet.get(name, nothing)) for name in names}
    return {"Fn::If": [condition, met, unmet]}


def _is_function(value: dict[str, Any]) -> bool:
    return any(name == "Ref" or name.startswith("Fn::") for name in value)


def _assumed() -> dict[str, Any]:
    trust: dict[str, Any] = _sub(assumed("{external_id}"))
    (statement,) = trust["Statement"]
    statement["Condition"] = {"Fn::If": ["AsksId", statement["Condition"], {"Ref": "AWS::NoValue"}]}
    return trust


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
    """The value with its placeholders in CloudFormation's syntax: `Ref` for a placeholder alone, else `Fn::Sub`."""
    if isinstance(value, Mapping):
        return {key: _sub(inner) for key, inner in value.items()}
    if not isinstance(value, str):
        return [_sub(inner) for inner in value]
    names = {parameter.placeholder: f"${{{parameter.name}}}" for parameter in PARAMETERS}
    filled = fill(value, {**PSEUDO, **names, "plain_repository": "${Owner}/${Name}"})
    if "${Owner}" in filled:
        return {"Fn::Sub": [filled, PLAIN]}
    alone = re.fullmatch(r"\$\{([\w:]+)\}", filled)
    if alone:
        return {"Ref": alone[1]}
    return {"Fn::Sub": filled} if filled != value else value


def _is_used(parameter: Parameter, resources: Mapping[str, Any]) -> bool:
    text = json.dumps(resources)
    return f"${{{parameter.name}}}" in text or f'{{"Ref": "{parameter.name}"}}' in text
