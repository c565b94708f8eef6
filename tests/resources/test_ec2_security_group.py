"""EC2 security groups: exactly the named rules go, and come back as they were; a group in use is never deleted."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.model.operation import permissions
from reconciler.model.sighting import Resource
from reconciler.resources.ec2_security_group import KIND, Close, disable, kill, observe
from reconciler.resources.kind import Kill, Refused
from reconciler.resources.shared.group_definition import GIVEN
from tests.aws import Here, seen_by, send
from tests.privilege.recorded import recorded
from tests.resources.ec2_security_group import CLOSING, EVERYTHING, PREFIX_LIST, gone, make, make_bare, standing
from tests.resources.example import Example
from tests.resources.shared.ec2 import name_of
from tests.stubbed import Stubbed


def look(here: Here, arn: str) -> Resource:
    (seen,) = observe(here, [name_of(arn)])
    return seen


def rule(**facts: object) -> dict[str, Any]:
    usual = {"direction": "ingress", "protocol": "tcp", "from": 22, "to": 22, "description": "", "tags": {}}
    return {**usual, "source": {"CidrIp": "0.0.0.0/0"}, **facts}


def group(*rules: dict[str, Any], **facts: object) -> Resource:
    free = {"interfaces": [], "more": 0, "references": [], "users": [], "more_users": 0}
    own = {"group_name": "web", "description": "web", "vpc": "vpc-1", "rules": list(rules)}
    return Resource("sg-0123456789abcdef0", {**own, **free, **facts})


@pytest.mark.parametrize("example", CLOSING, ids=str)
def test_exactly_the_named_rules_go_and_come_back_as_they_were(here: Here, example: Example) -> None:
    arn = example.make(here)
    options = Close(**example.options)
    before = look(here, arn)
    calls = disable(before, options)

    send(here, calls)
    assert example.stands(here, arn)
    assert disable(look(here, arn), options) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    assert look(here, arn).facts == before.facts
    assert standing(here, arn) == EVERYTHING


def test_a_rule_for_another_group_goes_only_when_it_is_named(here: Here) -> None:
    arn = make(here)
    groups = here.client("ec2").describe_security_groups()["SecurityGroups"]
    friend = next(each["GroupId"] for each in groups if each["GroupName"] == "friend")
    before = look(here, arn)
    calls = disable(before, Close(group=friend))

    send(here, calls)
    assert EVERYTHING - standing(here, arn) == {(False, "tcp", 22, 22, "friend")}
    send(here, [call.undo for call in calls if call.undo])
    assert look(here, arn).facts == before.facts


def test_one_call_takes_away_all_rules_with_the_same_tags() -> None:
    calls = disable(group(rule(), rule(tags={"a": "b"}, to=23), rule(to=24)), Close())

    assert [[entry["ToPort"] for entry in call.arguments["IpPermissions"]] for call in calls] == [[22, 24], [23]]
    specifications = [call.undo.arguments.get("TagSpecifications") for call in calls if call.undo]
    assert specifications == [None, [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]]


def test_a_revoke_names_the_rule_without_its_description_and_the_undo_brings_it_back() -> None:
    shared = rule(source={"GroupId": "sg-11111111", "UserId": "444455556666"}, description="from data")
    (call,) = disable(group(shared), Close(group="sg-11111111"))
    pair = {"GroupId": "sg-11111111", "UserId": "444455556666"}

    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    assert call.arguments["IpPermissions"] == [{**ssh, "UserIdGroupPairs": [pair]}]
    assert call.undo
    undone = call.undo.arguments["IpPermissions"]
    assert undone == [{**ssh, "UserIdGroupPairs": [{**pair, "Description": "from data"}]}]


def test_a_rule_for_all_protocols_is_written_without_ports() -> None:
    (call,) = disable(group(rule(protocol="-1", **{"from": -1, "to": -1})), Close(port=22))

    assert call.arguments["IpPermissions"] == [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


@pytest.mark.parametrize("protocol", ["icmp", "icmpv6", "50"])
def test_a_port_is_no_icmp_type_and_no_other_protocols_business(protocol: str) -> None:
    odd = group(rule(protocol=protocol, **{"from": 3, "to": 4}))

    assert disable(odd, Close(port=3)) == []
    assert disable(odd, Close(from_port=3, to_port=4)) == []
    assert len(disable(odd, Close(protocol=protocol))) == 1


def test_protocols_are_compared_by_what_they_mean() -> None:
    assert len(disable(group(rule(protocol="6")), Close(protocol="TCP"))) == 1
    assert len(disable(group(rule(protocol="tcp")), Close(protocol=6))) == 1
    assert len(disable(group(rule(protocol="58")), Close(protocol="icmpv6"))) == 1
    assert disable(group(rule(protocol="udp")), Close(protocol=6)) == []


def test_networks_are_compared_by_what_they_mean() -> None:
    six = group(rule(source={"CidrIpv6": "2001:DB8:0::/32"}))

    assert len(disable(six, Close(cidr="2001:db8::1/32"))) == 1
    assert disable(six, Close(cidr="2001:db8::/48")) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"cidr": "everyone"}, "write an IPv4 or IPv6 network"),
        ({"cidr": "10.0.0.0/8", "group": "sg-11111111"}, "write one of cidr, prefix_list and group"),
        ({"group": "sg-*"}, "should match pattern"),
        ({"prefix_list": PREFIX_LIST + "\n"}, "should match pattern"),
        ({"protocol": "gopher"}, "write tcp, udp"),
        ({"protocol": 256}, "write tcp, udp"),
        ({"protocol": True}, "valid"),
        ({"port": 65536}, "less than or equal to 65535"),
        ({"port": "22"}, "valid integer"),
        ({"from_port": 22}, "from_port and to_port together"),
        ({"from_port": 23, "to_port": 22}, "not above to_port"),
        ({"port": 22, "from_port": 22, "to_port": 22}, "not both"),
        ({"port": 3, "protocol": "icmp"}, "only tcp and udp have ports"),
        ({"from_port": 3, "to_port": 3, "protocol": "all"}, "only tcp and udp have ports"),
        ({"direction": "inbound"}, "'ingress' or 'egress'"),
        ({"ports": 22}, "not permitted"),
    ],
)
def test_options_that_do_not_say_clearly_which_rules_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Close(**options)


def test_rules_are_read_as_aws_writes_them() -> None:
    name = "sg-0123456789abcdef0"
    filters = [{"Name": "group-id", "Values": [name, "sg-99999999"]}]
    common = {"GroupId": name, "GroupOwnerId": "111122223333", "IsEgress": False}
    peer = {"GroupId": "sg-11111111", "UserId": "444455556666", "VpcId": "vpc-1", "PeeringStatus": "active"}
    tagged = [{"Key": "aws:cloudformation:stack-name", "Value": "web"}, {"Key": "owner", "Value": "web"}]
    rows = [
        {**common, "SecurityGroupRuleId": "sgr-1", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
        | {"CidrIpv4": "0.0.0.0/0", "Description": "open", "Tags": tagged},
        {**common, "SecurityGroupRuleId": "sgr-2", "IpProtocol": "-1", "FromPort": -1, "ToPort": -1}
        | {"ReferencedGroupInfo": peer, "Tags": []},
    ]
    described = {"SecurityGroups": [{"GroupId": name, "GroupName": "web"}]}
    with Stubbed("ec2") as aws:
        # Two pages: what stands on the second one counts as well.
        first = {"SecurityGroupRules": rows[:1], "NextToken": "more"}
        aws.answers("describe_security_group_rules", {"Filters": filters}, first)
        last = {"SecurityGroupRules": rows[1:]}
        aws.answers("describe_security_group_rules", {"Filters": filters, "NextToken": "more"}, last)
        aws.answers("describe_security_groups", {"Filters": filters}, described)
        (seen,) = observe(aws, [name, "sg-99999999"])

    assert seen.facts["rules"] == [
        rule(protocol="-1", source={"GroupId": "sg-11111111", "UserId": "444455556666"}, **{"from": -1, "to": -1}),
        rule(description="open", tags={"owner": "web"}),
    ]


def test_a_group_that_is_born_or_goes_between_the_looks_at_rules_and_groups_spoils_no_look() -> None:
    old, born = "sg-11111111", "sg-22222222"
    egress = {"IsEgress": True, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"}
    rules = [{**egress, "GroupId": name, "SecurityGroupRuleId": f"sgr-{name}"} for name in (born, old)]
    with Stubbed("ec2") as aws:
        aws.answers("describe_security_group_rules", {}, {"SecurityGroupRules": rules[1:]})
        both = [{"GroupId": name, "GroupName": "web"} for name in (old, born)]
        aws.answers("describe_security_groups", {}, {"SecurityGroups": both})
        assert {seen.name: len(seen.facts["rules"]) for seen in KIND.find(aws)} == {old: 1, born: 0}

    by_name = {"Filters": [{"Name": "group-id", "Values": [old]}]}
    with Stubbed("ec2") as aws:
        aws.answers("describe_security_group_rules", by_name, {"SecurityGroupRules": rules[1:]})
        aws.answers("describe_security_groups", by_name, {"SecurityGroups": []})
        assert seen_by(KIND, "kill", aws, [old]) == []


def test_a_group_without_rules_is_there_and_is_asked_about_once(here: Here) -> None:
    ec2 = here.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    name = str(ec2.create_security_group(GroupName="empty", Description="x", VpcId=vpc)["GroupId"])
    ec2.revoke_security_group_egress(GroupId=name, IpPermissions=[dict(GIVEN[0])])
    with recorded(here.account) as sent:
        (seen,) = seen_by(KIND, "disable", here, [name, "sg-0123456789abcdef0"], {})

    assert seen.facts == {"rules": []}
    assert [one.operation for one in sent] == ["DescribeSecurityGroupRules", "DescribeSecurityGroups"]
    (told,) = seen_by(KIND, "kill", here, [name])
    assert (told.facts["rules"], told.facts["group_name"]) == ([], "empty")


def test_a_group_that_is_gone_is_not_seen(here: Here) -> None:
    name = name_of(make_bare(here))
    here.client("ec2").delete_security_group(GroupId=name)

    assert list(observe(here, [name])) == []
    assert list(seen_by(KIND, "kill", here, [name])) == []


def test_kill_deletes_a_group_that_only_refers_to_itself(here: Here) -> None:
    arn = make_bare(here)
    (seen,) = seen_by(KIND, "kill", here, [name_of(arn)])
    send(here, kill(seen, Kill()))

    assert gone(here, arn)


def test_kill_refuses_the_default_group(here: Here) -> None:
    groups = here.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    (seen,) = seen_by(KIND, "kill", here, [groups["SecurityGroups"][0]["GroupId"]])

    with pytest.raises(Refused, match="default group"):
        kill(seen, Kill())


def test_kill_refuses_a_group_with_a_network_interface(here: Here) -> None:
    ec2 = here.client("ec2")
    name = name_of(make_bare(here))
    image = ec2.describe_images()["Images"][0]["ImageId"]
    ran = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SecurityGroupIds=[name])["Instances"][0]
    (seen,) = seen_by(KIND, "kill", here, [name])

    with pytest.raises(Refused, match=rf"network interfaces use it: eni-[0-9a-f]+ \({ran['InstanceId']}\); give"):
        kill(seen, Kill())


def test_a_refusal_names_no_more_than_five_interfaces() -> None:
    some = [f"eni-{number} (ELB app/web)" for number in range(5)]

    with pytest.raises(Refused, match=r"eni-4 \(ELB app/web\) and 2 more; give them another group"):
        kill(group(interfaces=some, more=2), Kill())


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_kill_refuses_a_group_that_another_refers_to(here: Here, direction: str) -> None:
    ec2 = here.client("ec2")
    names = [name_of(make_bare(here))]
    names.append(ec2.create_security_group(GroupName="third", Description="third")["GroupId"])
    other = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["other"]}])["SecurityGroups"][0]
    entry = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": names[0]}]}
    getattr(ec2, f"authorize_security_group_{direction}")(GroupId=other["GroupId"], IpPermissions=[entry])
    seen = {each.name: each for each in seen_by(KIND, "kill", here, names)}

    with pytest.raises(Refused, match=f"other groups' rules refer to it: {other['GroupId']};"):
        kill(seen[names[0]], Kill())
    assert [call.operation for call in kill(seen[names[1]], Kill())] == ["delete_security_group"]


def test_every_operation_of_an_example_is_allowed_for() -> None:
    tagged = group(rule(tags={"a": "b"}), rule(direction="egress"))
    calls = [*disable(tagged, Close()), *disable(tagged, Close(direction="egress"))]
    verb = KIND.verbs["disable"]

    assert {action(call.operation) for call in calls} == set(permissions(verb.operations))
    undo = {action(call.undo.operation) for call in calls if call.undo}
    # Tags in an authorize call take a permission of their own.
    assert undo | {"ec2:CreateTags"} == set(permissions(verb.undo_operations))


def action(operation: str) -> str:
    return "ec2:" + "".join(word.capitalize() for word in operation.split("_"))
