"""The templates: infra/ is what the command writes, it deploys, and a run works through the roles that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.iam.scope import everything
from tests.aws import Here
from tests.desk import Desk
from tests.privilege.least import policies
from tests.privilege.main_job import main_job
from tests.privilege.roles import RUNNER
from tests.privilege.stacks import deploy
from tests.resources.examples import EXAMPLES

ROOT = Path(__file__).parent.parent.parent
GITHUB = "token.actions.githubusercontent.com"
INFRA = {"account.yaml": "cloudformation", "organisation.yaml": "stackset"}


def krampus(*arguments: str, root: Path) -> str:
    result = CliRunner().invoke(app, ["policy", "--root", str(root), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(("name", "form"), INFRA.items())
def test_infra_is_what_the_command_writes(name: str, form: str) -> None:
    assert (ROOT / "infra" / name).read_text() == krampus("--format", form, root=ROOT / "infra"), "run `make infra`"


def test_the_stack_set_carries_the_very_template_of_an_account() -> None:
    whole = yaml.safe_load((ROOT / "infra" / "organisation.yaml").read_text())
    properties = whole["Resources"]["Accounts"]["Properties"]

    assert properties["TemplateBody"] == (ROOT / "infra" / "account.yaml").read_text()
    assert properties["PermissionModel"] == "SERVICE_MANAGED"
    passed_on = {one["ParameterKey"] for one in properties["Parameters"]}
    assert passed_on == set(yaml.safe_load(properties["TemplateBody"])["Parameters"])
    assert passed_on <= set(whole["Parameters"])
    assert len((ROOT / "infra" / "organisation.yaml").read_bytes()) < 51_200  # CloudFormation's bound for a template


def test_the_account_template_deploys_and_is_what_the_kinds_declare(here: Here) -> None:
    given = {"Repository": "acme@1/krampus@2", "RepositoryId": "2", "CreateProvider": "false"}
    deploy(here, (ROOT / "infra" / "account.yaml").read_text(), **given)
    iam = here.client("iam")

    for purpose in ("read", "act"):
        name = f"krampus-{purpose}"
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        documents = [
            iam.get_policy_version(PolicyArn=one["PolicyArn"], VersionId="v1")["PolicyVersion"]["Document"]
            for one in sorted(attached, key=lambda one: one["PolicyName"])
        ]
        assert documents == policies(purpose, everything())
        assert all(":policy/krampus/" in one["PolicyArn"] for one in attached)
        trusted = []
        for statement in iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]:
            assert statement["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"}
            claims = statement["Condition"]["StringEquals"]
            assert (claims[f"{GITHUB}:aud"], claims[f"{GITHUB}:repository_id"]) == ("sts.amazonaws.com", "2")
            trusted += claims[f"{GITHUB}:sub"]
        assert ("repo:acme@1/krampus@2:pull_request" in trusted) is (purpose == "read")
        assert "repo:acme@1/krampus@2:environment:krampus-apply" in trusted


@pytest.mark.parametrize("repository", ["acme/krampus", "acme@1/krampus@2"])
@pytest.mark.parametrize("workflow", ["", "acme/workflows/.github/workflows/reconcile.yml@refs/heads/main"])
def test_the_act_role_trusts_the_named_workflow_or_the_repository_s_own(
    here: Here, workflow: str, repository: str
) -> None:
    template = (ROOT / "infra" / "account.yaml").read_text()
    given = {"Repository": repository, "RepositoryId": "2", "CreateProvider": "false", "Workflow": workflow}
    deploy(here, template, **given)

    (statement,) = here.client("iam").get_role(RoleName="krampus-act")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    own = [f"acme/krampus/.github/workflows/{name}.yml@refs/heads/main" for name in ("reconcile", "undo")]
    assert statement["Condition"]["StringEquals"][f"{GITHUB}:job_workflow_ref"] == (workflow or own)


@pytest.mark.promise(10)
def test_a_run_works_through_the_roles_that_the_template_makes(desk: Desk, endpoint: str) -> None:
    example = next(one for one in EXAMPLES if (one.kind, one.action) == ("ec2:security-group", "disable"))

    def make(there: Here, _roles: object) -> None:
        deploy(there, krampus("--used", root=desk.root), Trusted=RUNNER)

    ran = main_job(desk, endpoint, example, make)

    assert "ec2:RevokeSecurityGroupIngress" in ran.judged("krampus-act")
    assert ran.judged("krampus-read")
