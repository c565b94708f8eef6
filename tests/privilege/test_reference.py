"""What the kinds declare, against AWS's own reference: names, resources, conditions, and what reading is."""

from __future__ import annotations

import json
import re

import pytest

from reconciler.iam.documents import LARGEST, MOST, TooMuch, documents
from reconciler.iam.scope import everything
from reconciler.iam.statements import Purpose, Statement
from reconciler.model.operation import Scope, permissions
from reconciler.resources.catalog import KINDS
from tests.privilege.ask import Ask
from tests.privilege.asks import ASKED
from tests.privilege.evaluate import allowed, like
from tests.privilege.least import Document, policies
from tests.privilege.reference import READING, access_level, condition_keys, resources
from tests.resources.examples import CASES

SCOPES = [
    (name, action, scope)
    for name, kind in KINDS.items()
    for operation in kind.operations
    for scope in operation.scopes
    if scope.arns != ("*",)
    for action in scope.actions
]
# AWS gives this ARN no account of its own, though its policies are there too.
AWS_OWN = ":iam::aws:policy/"
# A disk may be encrypted with a key of any account, whose policy has to let it, too.
SHARED_KEY = ":kms:*:*:key/"
# What hands out what people keep in a resource, though AWS's reference calls it reading.
DATA = re.compile(
    r"s3:GetObject|s3:ListMultipartUploadParts|lambda:GetFunction$|lambda:Invoke|dynamodb:|kms:Decrypt|logs:Get|"
    r"secretsmanager:|ssm:GetParameter|sqs:Receive|kinesis:Get|rds:Download|ec2:GetPasswordData|ec2:GetConsole|ebs:|"
    r"rds-data:|athena:|sts:"
)


def declared(name: str) -> dict[str, list[Scope]]:
    """Each action of a kind with the scopes that are declared for it."""
    every = permissions(KINDS[name].operations)
    return {action: [scope for kind_, one, scope in SCOPES if (kind_, one) == (name, action)] for action in every}


@pytest.mark.parametrize("name", KINDS)
def test_an_action_has_a_scope_exactly_if_aws_knows_resources_for_it(name: str) -> None:
    for action, scopes in declared(name).items():
        assert bool(scopes) is bool(resources(action)), action


def test_the_cases_of_no_two_kinds_contradict_each_other() -> None:
    for cases in CASES.values():
        assert {name: ASKED[name] for name in cases.asked} == cases.asked


@pytest.mark.parametrize(("name", "action", "scope"), SCOPES)
def test_a_scope_is_of_the_resources_and_conditions_that_aws_names(name: str, action: str, scope: Scope) -> None:
    assert name
    for arn in scope.arns:
        assert any(_is(arn, pattern) for pattern in resources(action)), arn
    # CreateTags has ec2:CreateAction for every resource, and the tags' keys for each.
    for key in (key for keys in scope.when.values() for key in keys):
        assert key in condition_keys(action), key


@pytest.mark.parametrize("name", KINDS)
def test_what_aws_always_asks_for_is_in_scope(name: str) -> None:
    for action, scopes in declared(name).items():
        for pattern in (pattern for pattern, required in resources(action).items() if required):
            assert any(_is(arn, pattern) for scope in scopes for arn in scope.arns), (action, pattern)


@pytest.mark.promise(10)
def test_reading_is_reading() -> None:
    actions = _actions(policies("read", everything()))

    assert {action for action in actions if access_level(action) not in READING} == set()
    assert {action for action in actions if DATA.search(action)} == set()
    assert not any("*" in action for action in actions)


@pytest.mark.promise(10)
def test_acting_reads_no_data_and_passes_no_role() -> None:
    actions = _actions(policies("act", everything()))

    assert {action for action in actions if DATA.search(action)} == set()
    assert not any("*" in action for action in actions)
    assert "iam:PassRole" not in actions
    assert {one for one in actions if access_level(one)} == actions  # AWS knows each


@pytest.mark.promise(10)
@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:role/krampus-act",
        "arn:aws:iam::123456789012:role/krampus-read",
        "arn:aws:iam::123456789012:role/path/krampus-act",
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        "arn:aws:iam::123456789012:policy/krampus/krampus-ActPolicy1-87ZCG6I0556L",
        "arn:aws:iam::123456789012:role/OrganizationAccountAccessRole",
        "arn:aws:iam::123456789012:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    ],
)
def test_the_act_role_may_touch_neither_itself_nor_what_keeps_the_account_in_hand(arn: str) -> None:
    act = policies("act", everything())
    everyone = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}

    assert allowed(act, Ask("iam:DeleteRole", "arn:aws:iam::123456789012:role/somebody"))
    for action in ("iam:DeleteRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion"):
        # Whatever else somebody may have attached to it.
        assert not allowed([*act, everyone], Ask(action, arn))


@pytest.mark.parametrize(
    ("action", "arn", "context"),
    [
        ("iam:AttachUserPolicy", "user/ada", {"iam:PolicyARN": ("arn:aws:iam::aws:policy/AdministratorAccess",)}),
        ("iam:AttachRolePolicy", "role/deploy", {"iam:PolicyARN": ("arn:aws:iam::123456789012:policy/mine",)}),
        ("iam:AttachRolePolicy", "role/deploy", {}),
    ],
)
def test_nothing_but_a_denial_is_attached(action: str, arn: str, context: dict[str, tuple[str, ...]]) -> None:
    whole = f"arn:aws:iam::123456789012:{arn}"
    denial = {"iam:PolicyARN": ("arn:aws:iam::aws:policy/AWSDenyAll",)}

    assert allowed(policies("act", everything()), Ask(action, whole, denial))
    assert not allowed(policies("act", everything()), Ask(action, whole, context))


@pytest.mark.parametrize(
    ("ask", "allowing"),
    [
        (Ask("ec2:CreateTags", "arn:aws:ec2:eu-west-1::snapshot/snap-1", {"aws:TagKeys": ("krampus:source",)}), False),
        (Ask("ec2:DeleteTags", "arn:aws:ec2:eu-west-1::snapshot/snap-1", {"aws:TagKeys": ("krampus:source",)}), False),
        (Ask("ec2:CreateTags", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", {"aws:TagKeys": ("a",)}), False),
        (Ask("s3:DeleteBucket", "arn:aws:s3:::acme", {"s3:ResourceAccount": ("123456789012",)}), True),
        (Ask("s3:DeleteBucket", "arn:aws:s3:::acme", {"s3:ResourceAccount": ("999999999999",)}), False),
        (Ask("ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:999999999999:instance/i-1"), False),
        (Ask("rds:CreateDBSnapshot", "arn:aws:rds:eu-west-1:123456789012:snapshot:mine"), False),
        (Ask("kms:CreateGrant", "arn:aws:kms:eu-west-1:123456789012:key/1", {"kms:ViaService": ("ec2.a",)}), False),
    ],
)
def test_conditions_and_arns_hold_back(ask: Ask, allowing: bool) -> None:
    assert allowed(policies("act", everything()), ask) is allowing


@pytest.mark.parametrize("purpose", ["read", "act"])
def test_every_policy_fits_into_iam(purpose: Purpose) -> None:
    made = policies(purpose, everything())

    assert len(made) <= MOST
    assert all(len(json.dumps(document, separators=(",", ":"))) <= LARGEST for document in made)
    assert all(document["Version"] == "2012-10-17" for document in made)


def test_a_statement_too_large_for_one_policy_is_divided_and_loses_nothing() -> None:
    actions = tuple(f"ec2:{'DescribeSomething' * 5}{number}" for number in range(200))

    made = documents([Statement(actions)])

    assert len(made) > 1
    assert all(len(json.dumps(document, separators=(",", ":"))) <= LARGEST for document in made)
    assert sorted(one for each in made for part in each["Statement"] for one in part["Action"]) == sorted(actions)
    with pytest.raises(TooMuch, match="AWS attaches at most 10 to a role"):
        documents([Statement(tuple(f"{one}{number}" for one in actions for number in range(5)))])


def _actions(documents: list[Document]) -> set[str]:
    statements = (statement for document in documents for statement in document["Statement"])
    return {action for statement in statements if statement["Effect"] != "Deny" for action in statement["Action"]}


def _is(arn: str, pattern: str) -> bool:
    """Whether a scope's ARN is of a type as the reference writes it: `arn:${Partition}:ec2:${Region}::image/${Id}`."""
    filled = pattern.replace("${Partition}", "{partition}").replace("${Account}", "{account}")
    wild = re.sub(r"\$\{\w+\}", "*", filled)
    others = (AWS_OWN, "aws"), (SHARED_KEY, "*")
    return like(wild, arn) or any(own in arn and like(wild.replace("{account}", who), arn) for own, who in others)
