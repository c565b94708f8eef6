"""What no task may touch in any account, whatever its guardrails say. PURE."""

from __future__ import annotations

# Nobody can lift these: without them an account is cut off from its organisation or from AWS itself.
ROLES = (
    "OrganizationAccountAccessRole",
    "AWSControlTower*",
    "aws-controltower-*",
    "AWSCloudFormationStackSetExecutionRole",
    "AWSCloudFormationStackSetAdministrationRole",
    "stacksets-exec-*",
)
ALWAYS_PROTECTED = (
    "arn:*:iam::*:role/aws-service-role/*",
    "arn:*:iam::*:role/aws-reserved/*",
    "arn:*:iam::aws:*",
    *(f"arn:*:iam::*:role/{path}{role}" for role in ROLES for path in ("", "*/")),
    "arn:*:iam::*:oidc-provider/*",
    "arn:*:iam::*:saml-provider/AWSSSO_*",
    "arn:*:iam::*:root",
)
