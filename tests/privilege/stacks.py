"""Stacks in moto's CloudFormation."""

from __future__ import annotations

from tests.aws import Here


def deploy(here: Here, text: str, **parameters: str) -> None:
    """By CloudFormation, as a person would."""
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    capable = ["CAPABILITY_NAMED_IAM"]
    stack = {"StackName": "krampus", "TemplateBody": text, "Parameters": given, "Capabilities": capable}
    client = here.client("cloudformation")
    client.create_stack(**stack)
    (made,) = client.describe_stacks(StackName="krampus")["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE"
