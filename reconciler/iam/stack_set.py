"""The roles of a whole organization: a CloudFormation template whose stack set creates them in every account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.iam.cloudformation import as_cloudformation, template
from reconciler.iam.roles import Role, Way
from reconciler.yamlio.writer import dump

HEAD = """\
# Written by `krampus policy --format stackset`: change the command's options, not this file.
# Deploy it in the organization's management account, or in a delegated administrator account for stack sets. A stack
# set reaches every account of the given units, new ones too, but never the management account itself.
"""
UNITS = {"Type": "CommaDelimitedList", "Description": "Organizational units, or the organization's root (r-…)"}
REGION = {
    "Type": "String",
    "Description": "IAM has no regions, but a stack belongs to one",
    "AllowedPattern": "^[a-z]{2}(-[a-z]+)+-[0-9]$",
    "Default": "us-east-1",
}
CALLER = {
    "Type": "String",
    "Description": "SELF in the management account, DELEGATED_ADMIN in a delegated administrator account",
    "AllowedValues": ["SELF", "DELEGATED_ADMIN"],
    "Default": "SELF",
}


def as_stack_set(roles: Sequence[Role], way: Way, names: Mapping[str, str | None]) -> str:
    """The template as YAML; it contains the whole template of an account."""
    inner = template(roles, way, names)["Parameters"]
    properties = {
        "StackSetName": {"Ref": "AWS::StackName"},
        "Description": "The roles of Krampus",
        "PermissionModel": "SERVICE_MANAGED",
        "CallAs": {"Ref": "CallAs"},
        "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
        "ManagedExecution": {"Active": True},
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        # An account that fails does not stop the others.
        "OperationPreferences": {"FailureTolerancePercentage": 100, "MaxConcurrentPercentage": 100},
        "Parameters": [{"ParameterKey": name, "ParameterValue": {"Ref": name}} for name in inner],
        "StackInstancesGroup": [
            {
                "DeploymentTargets": {"OrganizationalUnitIds": {"Ref": "Units"}},
                "Regions": [{"Ref": "Region"}],
            },
        ],
        "TemplateBody": as_cloudformation(roles, way, names),
    }
    whole: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What Krampus may do in every account of the organization, and who may assume its roles",
        "Parameters": {"Units": UNITS, "Region": REGION, "CallAs": CALLER, **inner},
        "Resources": {"Accounts": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}},
    }
    return HEAD + dump(whole)
