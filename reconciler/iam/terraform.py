"""The roles of one account as a Terraform configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from reconciler.iam.parameters import PARAMETERS, Parameter, parameters
from reconciler.iam.placeholders import fill
from reconciler.iam.roles import Role, Way, trust
from reconciler.iam.statements import PATH
from reconciler.iam.trust import GITHUB, PINS

HEAD = """\
# Written by `krampus policy --format terraform`: change the command's options, not this file.
terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.81" }
  }
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
"""
HERE = {
    "partition": "${data.aws_partition.here.partition}",
    "account": "${data.aws_caller_identity.here.account_id}",
}
# The repository as `owner/name`, of either form of its name.
PLAIN = """\
locals {
  plain_repository = replace(var.repository, "/@[0-9]+/", "")
}
"""
NAMES = {**HERE, "plain_repository": "${local.plain_repository}"} | {
    parameter.placeholder: f"${{var.{parameter.placeholder}}}" for parameter in PARAMETERS
}


def as_terraform(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> str:
    """The configuration in Terraform's language. `names`: values that are known, as defaults of its variables."""
    provider, external_id = names.get("provider") or GITHUB, "{external_id}" if names.get("external_id") else None
    blocks: list[str] = []
    for role in roles:
        pinned = bool(names.get(PINS[role.purpose]))
        blocks += _role(role, trust(role.purpose, way, provider, pinned=pinned, external_id=external_id), way)
    if any("local.plain_repository" in block for block in blocks):
        blocks.insert(0, PLAIN)
    if way == "oidc":
        blocks.insert(0, _provider(provider))
    text = "\n".join(blocks)
    variables = [_variable(parameter) for parameter in parameters(way, names) if f"var.{parameter.placeholder}" in text]
    return "\n".join([HEAD, *variables, text])


def _variable(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f"  default     = {json.dumps(parameter.default)}\n"
    pattern = json.dumps(parameter.pattern)
    return (
        f'variable "{parameter.placeholder}" {{\n  type        = string\n'
        f"  description = {json.dumps(parameter.description)}\n{default}"
        f"  validation {{\n    condition     = can(regex({pattern}, var.{parameter.placeholder}))\n"
        f'    error_message = "It must match {pattern[1:-1]}."\n  }}\n}}\n'
    )


def _provider(provider: str) -> str:
    return f"""\
variable "create_provider" {{
  type        = bool
  description = "Whether to create GitHub's OIDC provider; an account can have only one"
  default     = true
}}

resource "aws_iam_openid_connect_provider" "github" {{
  count          = var.create_provider ? 1 : 0
  url            = "https://{provider}"
  client_id_list = [var.audience]
}}
"""


def _role(role: Role, document: dict[str, Any] | None, way: Way) -> Iterator[str]:
    purpose = role.purpose
    if document:
        name = fill(role.name, {parameter.placeholder: f"var.{parameter.placeholder}" for parameter in PARAMETERS})
        after = "  depends_on  = [aws_iam_openid_connect_provider.github]\n" if way == "oidc" else ""
        yield (
            f'resource "aws_iam_role" "{purpose}" {{\n  name        = {name}\n  description = "{role.does}"\n{after}'
            f"  assume_role_policy = jsonencode({_expression(document)})\n}}\n"
        )
    for number, policy in enumerate(role.policies, 1):
        yield (
            f'resource "aws_iam_policy" "{purpose}_{number}" {{\n  name_prefix = "krampus-{purpose}-{number}-"\n'
            f'  path        = "{PATH}"\n  description = "{role.does}"\n'
            f"  policy = jsonencode({_expression(policy)})\n}}\n"
        )
        if document:
            yield (
                f'resource "aws_iam_role_policy_attachment" "{purpose}_{number}" {{\n'
                f"  role       = aws_iam_role.{purpose}.name\n"
                f"  policy_arn = aws_iam_policy.{purpose}_{number}.arn\n}}\n"
            )


def _expression(document: dict[str, Any]) -> str:
    """JSON as a Terraform expression, with `=` in place of `:` by convention; Terraform fills in `${…}`."""
    lines = [_keyed(line) for line in json.dumps(fill(document, NAMES), indent=2).splitlines()]
    groups = (list(group) for _, group in groupby(lines, _is_pair))
    return "\n  ".join(line for group in groups for line in _aligned(group))


def _keyed(line: str) -> tuple[str, str]:
    """A key and its value, or a line without a key and ""."""
    key, colon, rest = line.partition('": ')
    return (f'{key}"', rest) if colon and key.lstrip().startswith('"') else (line, "")


def _is_pair(line: tuple[str, str]) -> bool:
    """Whether it is a key with its whole value."""
    return bool(line[1]) and not line[1].endswith(("[", "{"))


def _aligned(lines: list[tuple[str, str]]) -> Iterator[str]:
    """As `terraform fmt` has it: the signs of neighbouring pairs stand under each other."""
    width = max(len(key) for key, _ in lines) if _is_pair(lines[0]) else 0
    return (f"{key:{width}} = {value}" if value else key for key, value in lines)
