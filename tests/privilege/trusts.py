"""Whom the roles trust in each form of `krampus policy`, every reference resolved as its reader would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import yaml

ACCOUNT = "111122223333"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
NOTHING = object()
PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::NoValue": NOTHING}
DATA = {"data.aws_partition.here.partition": "aws", "data.aws_caller_identity.here.account_id": ACCOUNT}
BLOCK = re.compile(r'^(\w+) ("[^\n]+") \{\n(.*?)^\}$', re.MULTILINE | re.DOTALL)
ROLE = re.compile(r"^  name += (\S+)$.*^  assume_role_policy = jsonencode\((.+)\)$", re.MULTILINE | re.DOTALL)
Trusts = dict[str, Any]  # the name of a role -> its trust policy


@dataclass(frozen=True)
class Template:
    """A CloudFormation template, with the values of its parameters and of what stands by itself."""

    body: Mapping[str, Any]
    values: Mapping[str, Any]

    def resolved(self, value: Any) -> Any:
        """The value as CloudFormation would have it."""
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (function := FUNCTIONS.get(*value)):
            return function(self, *value.values())
        inner = {key: self.resolved(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each is not NOTHING}

    def holds(self, condition: str) -> bool:
        """Whether a condition of it is met."""
        return bool(self.resolved(self.body["Conditions"][condition]))


def chosen(template: Template, choice: tuple[str, Any, Any]) -> Any:
    """What a template has under a condition, or else."""
    condition, then, otherwise = choice
    return template.resolved(then if template.holds(condition) else otherwise)


def substituted(template: Template, text: str | list[Any]) -> str:
    """A text with its references filled in, some of them from names of its own."""
    whole, own = (text, {}) if isinstance(text, str) else text
    values = {**template.values, **{name: template.resolved(value) for name, value in own.items()}}
    return re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], whole)


FUNCTIONS: Mapping[str, Callable[[Template, Any], Any]] = {
    "Ref": lambda template, name: template.values[name],
    "Fn::Sub": substituted,
    "Fn::Select": lambda template, picked: template.resolved(picked[1])[int(picked[0])],
    "Fn::Split": lambda template, text: template.resolved(text[1]).split(text[0]),
    "Fn::If": chosen,
    "Fn::Equals": lambda template, two: template.resolved(two[0]) == template.resolved(two[1]),
    "Fn::Not": lambda template, one: not template.resolved(one[0]),
}


def opened(text: str, **given: str) -> Template:
    """A template with its parameters given, or as they are by default."""
    body = yaml.safe_load(text)
    defaults = {name: one["Default"] for name, one in body["Parameters"].items() if "Default" in one}
    return Template(body, {**PSEUDO, **defaults, **given})


def of_account(text: str, **given: str) -> Trusts:
    """Of the template of an account."""
    template = opened(text, **given)
    resources = template.body["Resources"]
    # Nothing can refer to a resource that is not made.
    if "Provider" in resources and template.holds(resources["Provider"]["Condition"]):
        url = resources["Provider"]["Properties"]["Url"].removeprefix("https://")
        made = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{url}"
        template = Template(template.body, {**template.values, "Provider": made})
    roles = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Role"]
    return {template.resolved(role["RoleName"]): template.resolved(role["AssumeRolePolicyDocument"]) for role in roles}


def of_stack_set(text: str) -> Trusts:
    """Of the template that a stack set deploys in each account, with what it passes on."""
    template = opened(text)
    stack_set = template.body["Resources"]["Accounts"]["Properties"]
    passed_on = {one["ParameterKey"]: template.resolved(one["ParameterValue"]) for one in stack_set["Parameters"]}
    return of_account(stack_set["TemplateBody"], **passed_on)


def of_terraform(text: str) -> Trusts:
    """Of a Terraform configuration, whose variables are as they are by default."""
    found, names = {}, dict(DATA)
    for kind, labels, body in BLOCK.findall(text):
        if kind == "variable" and (default := re.search(r"^  default += (.+)$", body, re.MULTILINE)):
            names[f"var.{json.loads(labels)}"] = json.loads(default[1])
        elif labels.startswith('"aws_iam_role" '):
            ((name, document),) = ROLE.findall(body)
            found[name] = re.sub(r'^( *"[^"]+") += ', r"\1: ", document, flags=re.MULTILINE)
    if "local.plain_repository" in text:
        names["local.plain_repository"] = re.sub("@[0-9]+", "", names["var.repository"])
        assert 'plain_repository = replace(var.repository, "/@[0-9]+/", "")' in text
    filled = partial(re.sub, r"\$\{([\w.]+)\}", lambda reference: names[reference[1]])
    return {names[name]: json.loads(filled(document)) for name, document in found.items()}


def of_json(text: str) -> Trusts:
    """Of the one account in plain JSON."""
    (account,) = json.loads(text)
    return {role["name"]: role["trust"] for role in account["roles"]}


READERS: dict[str, tuple[str, Callable[[str], Trusts]]] = {
    "cloudformation": ("cloudformation", of_account),
    "cloudformation-without-provider": ("cloudformation", partial(of_account, CreateProvider="false")),
    "stackset": ("stackset", of_stack_set),
    "terraform": ("terraform", of_terraform),
    "json": ("json", of_json),
}
