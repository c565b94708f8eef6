"""The roles of one account as a Terraform configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.iam.parameters import PARAMETERS, Parameter, parameters
from reconciler.iam.placeholders import fill
from reconciler.iam.roles import Role, Way, trust
from reconciler.iam.statements import PATH
from reconciler.iam.trust import PROVIDER

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
NAMES = {**HERE, **{parameter.placeholder: f"${{var.{parameter.placeholder}}}" for parameter in PARAMETERS}}


def as_terraform(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> str:
    """The configuration in Terraform's language. `names`: values that are known, as defaults of its variables."""
    pinned, external_id = bool(names.get("workflow")), "{external_id}" if names.get("external_id") else None
    trusts = [trust(role.purpose, way, pinned=pinned, external_id=external_id) for role in roles]
    blocks = [block for role, document in zip(roles, trusts, strict=True) for block in _role(role, document, way)]
    if way == "oidc":
        blocks.insert(0, _provider())
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


def _provider() -> str:
    return f"""\
variable "create_provider" {{
  type        = bool
  description = "Whether to create GitHub's OIDC provider; an account can have only one"
  default     = true
}}

resource "aws_iam_openid_connect_provider" "github" {{
  count          = var.create_provider ? 1 : 0
  url            = "https://{PROVIDER}"
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
    lines = json.dumps(fill(document, NAMES), indent=2).splitlines()
    return "\n".join(_keyed(line) for line in lines).replace("\n", "\n  ")


def _keyed(line: str) -> str:
    key, colon, rest = line.partition('": ')
    return f'{key}" = {rest}' if colon and key.lstrip().startswith('"') else line
