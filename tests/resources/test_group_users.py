"""A group without an interface may be in use still: what names it is looked for, and what it was is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.model.call import Call
from reconciler.resources.ec2_security_group import KIND, kill
from reconciler.resources.kind import Kill, Refused
from reconciler.resources.shared.group_definition import NEW
from tests.aws import Alone, Here, seen_by, send
from tests.aws_truth.world import role
from tests.resources.ec2_security_group import make, make_bare
from tests.resources.shared.ec2 import an_image, name_of
from tests.stubbed import Stubbed

Use = Callable[[Here, str, str], None]  # in a place, by its group and subnet


def template(here: Here, group: str, _subnet: str) -> None:
    """The default version names it, the latest no more."""
    ec2 = here.client("ec2")
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"SecurityGroupIds": [group]})
    ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={"EbsOptimized": True})


def template_latest(here: Here, group: str, _subnet: str) -> None:
    nic = {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [group]}]}
    ec2 = here.client("ec2")
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"EbsOptimized": True})
    ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=nic)


def template_by_name(here: Here, _group: str, _subnet: str) -> None:
    here.client("ec2").create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"SecurityGroups": ["bare"]})


def configuration(here: Here, group: str, _subnet: str) -> None:
    made = {"ImageId": an_image(here), "InstanceType": "t3.micro", "SecurityGroups": [group]}
    here.client("autoscaling").create_launch_configuration(LaunchConfigurationName="web", **made)


def function(here: Here, group: str, subnet: str) -> None:
    config = {"SubnetIds": [subnet], "SecurityGroupIds": [group]}
    own = role(here, "web").replace("krampus", "web")
    code = {"ZipFile": b"PK\x05\x06" + b"\x00" * 18}
    here.client("lambda").create_function(
        FunctionName="web", Role=own, Runtime="python3.13", Handler="a.b", Code=code, VpcConfig=config
    )


def database(here: Here, group: str, _subnet: str) -> None:
    usual = {"Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "root"}
    login = {"MasterUserPassword": "only-a-test"}
    here.client("rds").create_db_instance(DBInstanceIdentifier="web", VpcSecurityGroupIds=[group], **usual, **login)


def cluster(here: Here, group: str, _subnet: str) -> None:
    usual = {"Engine": "aurora-mysql", "MasterUsername": "root", "MasterUserPassword": "only-a-test"}
    here.client("rds").create_db_cluster(DBClusterIdentifier="web", VpcSecurityGroupIds=[group], **usual)


def balancer(here: Here, group: str, subnet: str) -> None:
    here.client("elbv2").create_load_balancer(Name="web", Subnets=[subnet], SecurityGroups=[group])


def classic_balancer(here: Here, group: str, subnet: str) -> None:
    http = [{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}]
    made = {"LoadBalancerName": "web", "Listeners": http, "Subnets": [subnet], "SecurityGroups": [group]}
    here.client("elb").create_load_balancer(**made)


def project(here: Here, group: str, subnet: str) -> None:
    whole = {
        "source": {"type": "GITHUB", "location": "https://github.com/acme/web"},
        "artifacts": {"type": "NO_ARTIFACTS"},
    }
    computer = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}
    inside = {"vpcId": "vpc-1", "subnets": [subnet], "securityGroupIds": [group]}
    builder = {"serviceRole": f"arn:aws:iam::{here.account}:role/build", "vpcConfig": inside}
    here.client("codebuild").create_project(name="web", environment=computer, **builder, **whole)


def computer(here: Here, group: str, subnet: str) -> None:
    inside = {"type": "FARGATE", "maxvCpus": 1, "subnets": [subnet], "securityGroupIds": [group]}
    made = {"computeEnvironmentName": "web", "type": "MANAGED", "state": "ENABLED", "computeResources": inside}
    here.client("batch").create_compute_environment(**made, serviceRole=role(here, "batch"))


USES: list[tuple[Use, str]] = [
    *((use, "launch template lt-") for use in (template, template_latest, template_by_name)),
    (configuration, "launch configuration web"),
    (function, "Lambda function web"),
    (database, "RDS instance web"),
    (cluster, "RDS cluster web"),
    (balancer, "load balancer web"),
    (classic_balancer, "load balancer web"),
    (project, "CodeBuild project web"),
    (computer, "Batch compute environment web"),
]


def without_interfaces(here: Here) -> None:
    """As it is where an owner sleeps: moto's functions and balancers always have interfaces, those of AWS do not."""
    ec2 = here.client("ec2")
    for nic in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        ec2.delete_network_interface(NetworkInterfaceId=nic["NetworkInterfaceId"])


@pytest.mark.parametrize(("use", "title"), USES, ids=lambda one: getattr(one, "__name__", ""))
def test_a_group_that_something_names_is_kept(here: Here, use: Use, title: str) -> None:
    subnet = here.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    group = name_of(make_bare(here))
    use(here, group, subnet)
    without_interfaces(here)
    (seen,) = seen_by(KIND, "kill", here, [group])

    with pytest.raises(Refused, match=rf"no network interface, but is named by {re.escape(title)}"):
        kill(seen, Kill(skip_backup=True))


@dataclass(frozen=True)
class Denied(Alone):
    """A place in which Batch may not be looked at."""

    here: Here
    batch: Stubbed
    account: str = Here.account
    region: str = Here.region
    partition: str = Here.partition

    def client(self, service: str, region: str = "") -> Any:
        return self.batch.client(service) if service == "batch" else self.here.client(service, region)


def test_a_look_that_fails_is_no_absence(here: Here) -> None:
    group = name_of(make_bare(here))
    with Stubbed("batch") as batch:
        batch.fails("describe_compute_environments", "AccessDeniedException", 403)
        with pytest.raises(ClientError, match="AccessDenied"):
            list(seen_by(KIND, "kill", Denied(here, batch), [group]))


def test_what_was_not_looked_at_is_said(here: Here) -> None:
    (seen,) = seen_by(KIND, "kill", here, [name_of(make_bare(here))])
    said = " ".join(KIND.verbs["kill"].notes(seen, Kill()))

    assert "not looked at" in said
    assert "ECS services" in said
    assert "another id" in said


def test_its_definition_makes_it_again(here: Here) -> None:
    arn = make(here)
    ec2, group = here.client("ec2"), name_of(arn)
    tcp = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp])
    ec2.create_tags(Resources=[group], Tags=[{"Key": "owner", "Value": "web"}])
    (before,) = seen_by(KIND, "kill", here, [group])
    (call,) = kill(before, Kill(skip_backup=True))
    send(here, [call])

    new = made_again(here, call.again)
    (after,) = seen_by(KIND, "kill", here, [new])
    moved = [renamed(rule, group, new) for rule in before.facts["rules"]]
    assert new != group
    assert after.tags == {"owner": "web"}
    assert {key: after.facts[key] for key in ("group_name", "description", "vpc")} == {
        key: before.facts[key] for key in ("group_name", "description", "vpc")
    }
    assert sorted(map(str, after.facts["rules"])) == sorted(map(str, moved))


def made_again(here: Here, calls: tuple[Call, ...]) -> str:
    ec2, new = here.client("ec2"), ""
    for call in calls:
        text = call.model_dump_json().replace(NEW, new)
        answer = getattr(ec2, call.operation)(**Call.model_validate_json(text).arguments)
        new = answer.get("GroupId", new)
    return new


def renamed(rule: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    own = rule["source"].get("GroupId") == old
    return {**rule, "source": {**rule["source"], "GroupId": new}} if own else rule


def test_a_group_that_lets_nothing_out_is_made_so_again(here: Here) -> None:
    ec2, group = here.client("ec2"), name_of(make_bare(here))
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    (seen,) = seen_by(KIND, "kill", here, [group])
    (call,) = kill(seen, Kill(skip_backup=True))

    assert ("revoke_security_group_egress", everything) in [
        (one.operation, one.arguments.get("IpPermissions")) for one in call.again
    ]
