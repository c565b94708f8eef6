"""krampus policy: whom the roles trust, what is narrowed, the three forms of output, and usage that is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from reconciler.cli.app import app
from reconciler.yamlio.writer import dump
from tests.desk import task

CONFIG = """
name: Tests
accounts:
  web: {id: "111122223333", team: web}
  china: {id: "444455556666", team: web, regions: [cn-north-1]}
teams: {web: {}}
aws: {credentials: %s}
defaults: {team: web}
"""
GROUP = "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d4e5f60718"
PROVIDER = "token.actions.githubusercontent.com"


def policy(root: Path, *arguments: str, credentials: str = "oidc") -> Result:
    (root / "krampus.yaml").write_text(CONFIG % credentials)
    return CliRunner().invoke(app, ["policy", "--root", str(root), *arguments], catch_exceptions=False)


def roles(root: Path, *arguments: str, credentials: str = "oidc") -> dict[str, dict[str, Any]]:
    result = policy(root, "--format", "json", "--account", "web", *arguments, credentials=credentials)
    assert result.exit_code == 0, result.output
    (entry,) = json.loads(result.stdout)
    return {role["name"]: role for role in entry["roles"]}


def subjects(role: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for statement in role["trust"]["Statement"]:
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        claims = statement["Condition"]["StringEquals"]
        assert claims[f"{PROVIDER}:aud"] == "sts.amazonaws.com"
        assert claims[f"{PROVIDER}:repository_id"] == "345"
        found += claims[f"{PROVIDER}:sub"]
    return found


@pytest.mark.parametrize("repository", ["acme/krampus", "acme@12/krampus@345"])
def test_github_jobs_are_trusted_by_whole_subjects_of_either_form(tmp_path: Path, repository: str) -> None:
    made = roles(tmp_path, "--repository", repository, "--repository-id", "345", "--branch", "trunk")

    assert subjects(made["krampus-act"]) == [f"repo:{repository}:environment:krampus-apply"]
    assert subjects(made["krampus-read"]) == [
        f"repo:{repository}:environment:krampus-apply",
        f"repo:{repository}:ref:refs/heads/trunk",
        f"repo:{repository}:pull_request",
    ]


def test_the_number_of_the_repository_is_its_own_in_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/krampus")
    monkeypatch.setenv("GITHUB_REPOSITORY_ID", "345")

    assert subjects(roles(tmp_path, "--repository", "acme/krampus")["krampus-act"])
    assert subjects(roles(tmp_path, "--repository", "acme@12/krampus@345")["krampus-act"])
    # Another repository has another number, which this job does not know.
    other = policy(tmp_path, "--format", "json", "--account", "web", "--repository", "acme/other")
    assert all(role["trust"] is None for role in json.loads(other.stdout)[0]["roles"])
    assert "without --repository-id nobody is trusted" in other.stderr


def test_on_a_server_of_its_own_it_says_what_aws_does_not_know(tmp_path: Path) -> None:
    issuer = "https://github.example.org/_services/token"

    result = policy(tmp_path, "--repository", "acme/krampus", "--issuer", issuer)

    assert "AWS knows only `aud` and `sub`" in result.stderr
    template = yaml.safe_load(result.stdout)
    assert template["Resources"]["Provider"]["Properties"]["Url"] == issuer
    assert "RepositoryId" not in template["Parameters"]


def test_a_role_is_trusted_with_its_external_id(tmp_path: Path) -> None:
    trusted = "arn:aws:iam::999988887777:role/hub"
    plain = roles(tmp_path, "--trusted", trusted, credentials="role")
    asked = roles(tmp_path, "--trusted", trusted, credentials="role, external_id: tell-me")

    statement = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    assert plain["krampus-act"]["trust"]["Statement"] == [statement]
    condition = {"StringEquals": {"sts:ExternalId": "tell-me"}}
    assert asked["krampus-read"]["trust"]["Statement"] == [{**statement, "Condition": condition}]


@pytest.mark.parametrize("credentials", ["oidc", "role", "ambient"])
def test_nobody_is_trusted_who_is_not_named(tmp_path: Path, credentials: str) -> None:
    result = policy(tmp_path, "--format", "json", "--account", "web", credentials=credentials)

    assert all(role["trust"] is None for role in json.loads(result.stdout)[0]["roles"])
    assert ("nobody is trusted" in result.stderr) is (credentials != "ambient")


def test_each_account_has_its_own_number_and_partition(tmp_path: Path) -> None:
    result = policy(tmp_path, "--format", "json", "--repository", "acme@1/krampus@2")
    web, china = json.loads(result.stdout)

    assert "arn:aws:ec2:*:111122223333:instance/*" in json.dumps(web)
    assert "arn:aws-cn:ec2:*:444455556666:instance/*" in json.dumps(china)
    assert f"arn:aws-cn:iam::444455556666:oidc-provider/{PROVIDER}" in json.dumps(china)
    assert "{" not in "".join(resource for role in web["roles"] for resource in _resources(role))
    assert "111122223333" not in json.dumps(china)


def test_used_allows_what_the_tasks_name_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "ssh.yaml").write_text(task("disable", GROUP))

    everything, used = roles(tmp_path), roles(tmp_path, "--used")

    assert "ec2:TerminateInstances" in json.dumps(everything)
    act = {one for statement in used["krampus-act"]["policies"][0]["Statement"][:-1] for one in statement["Action"]}
    assert act == {
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateTags",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
    }


def test_one_role_alone(tmp_path: Path) -> None:
    assert list(roles(tmp_path, "--role", "read")) == ["krampus-read"]
    template = yaml.safe_load(policy(tmp_path, "--role", "read").stdout)

    assert set(template["Resources"]) == {"Provider", "Read", "ReadPolicy1"}
    assert "ActRole" in template["Parameters"]  # its name: `krampus doctor` looks at both


@pytest.mark.parametrize("credentials", ["oidc", "role", "ambient"])
@pytest.mark.parametrize("form", ["cloudformation", "stackset"])
def test_every_parameter_of_a_template_is_used_and_every_reference_known(
    tmp_path: Path, form: str, credentials: str
) -> None:
    text = policy(tmp_path, "--format", form, credentials=credentials).stdout
    template = yaml.safe_load(text)
    body = json.dumps([template["Resources"], template.get("Conditions")])

    for name in template["Parameters"]:
        assert f'"Ref": "{name}"' in body or f"${{{name}}}" in body, name
    if credentials == "ambient":
        assert "AWS::IAM::Role" not in body
        assert "AWS::IAM::ManagedPolicy" in body


@pytest.mark.usefixtures("_outside")
@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed here")
@pytest.mark.parametrize("credentials", ["oidc", "role", "ambient"])
def test_terraform_reads_it_and_would_write_it_the_same(tmp_path: Path, credentials: str) -> None:
    text = policy(tmp_path, "--format", "terraform", credentials=credentials).stdout

    done = subprocess.run(["terraform", "fmt", "-"], input=text, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == text


@pytest.mark.parametrize("credentials", ["oidc", "role", "ambient"])
def test_terraform_names_nothing_that_it_does_not_declare(tmp_path: Path, credentials: str) -> None:
    text = policy(tmp_path, "--format", "terraform", credentials=credentials).stdout

    for variable in ("read_role", "act_role", "repository", "branch", "environment", "audience", "trusted"):
        assert (f"var.{variable}" in text) is (f'variable "{variable}"' in text), variable
    assert ("aws_iam_role" in text.replace("aws_iam_role_policy", "")) is (credentials != "ambient")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--format", "json", "--account", "nobody"), "there is no account 'nobody'"),
        (("--repository", "acme"), "--repository 'acme'"),
        (("--repository", "acme@1/krampus"), "--repository"),
        (("--trusted", "*"), "--trusted"),
        (("--environment", "a:b"), "--environment"),
        (("--repository-id", "*"), "--repository-id '*'"),
        (("--repository", "acme@1/krampus@2", "--repository-id", "3"), "is not the number in --repository"),
        (("--workflow", "acme/krampus/*"), "--workflow"),
        (("--read-workflow", "acme/krampus/*"), "--read-workflow"),
        (("--issuer", "https://evil.example.org"), "--issuer"),
        (("--issuer", "http://github.example.org/_services/token"), "--issuer"),
        (("--issuer", "https://token.actions.githubusercontent.com.evil.example.org"), "--issuer"),
    ],
)
def test_what_cannot_be_meant_is_exit_2_with_a_word(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    result = policy(tmp_path, *arguments)

    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_without_a_repository_it_wants_an_account_for_json_and_nothing_else(tmp_path: Path) -> None:
    def said(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["policy", "--root", str(tmp_path), *arguments])

    assert said().exit_code == 0
    assert said("--format", "json").exit_code == 2
    assert said("--format", "json", "--account", "111122223333").exit_code == 0
    assert said("--used").exit_code == 2


def test_faults_of_the_repository_stop_it(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "ssh.yaml").write_text("title: 1")

    result = policy(tmp_path, "--used")

    assert result.exit_code == 2
    assert "tasks/ssh.yaml" in result.stderr
    assert result.stdout == ""


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.text("ab :#-|>\n'\"{}[]%@`!&*,?=$y")
VALUES = st.recursive(
    PLAIN | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_yaml_is_read_as_what_was_written(value: object) -> None:
    assert yaml.safe_load(dump(value)) == value


def _resources(role: dict[str, Any]) -> list[str]:
    return [arn for document in role["policies"] for one in document["Statement"] for arn in one["Resource"]]
