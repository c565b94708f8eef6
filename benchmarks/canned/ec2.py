"""EC2's answers, in the size in which it gives them: what Krampus parses is a good part of what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.canned.world import FIRST, Place, World

Form = Mapping[str, str]
BORN = "2026-01-05T10:00:00.000Z"
INSTANCE = (
    "<item><reservationId>r-0</reservationId><ownerId>{owner}</ownerId><groupSet/><instancesSet><item>"
    "<instanceId>{id}</instanceId><imageId>ami-03cf127a</imageId><instanceState><code>0</code><name>{state}</name>"
    "</instanceState><privateDnsName>ip-10-0-0-9.ec2.internal</privateDnsName><dnsName/><reason/><amiLaunchIndex>0"
    "</amiLaunchIndex><instanceType>t3.micro</instanceType><launchTime>{born}</launchTime><placement>"
    "<availabilityZone>eu-west-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement><monitoring>"
    "<state>disabled</state></monitoring><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.9"
    "</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-1</groupId><groupName>default"
    "</groupName></item></groupSet><architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType>"
    "<rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs>"
    "<volumeId>vol-0</volumeId><status>attached</status><attachTime>{born}</attachTime><deleteOnTermination>true"
    "</deleteOnTermination></ebs></item></blockDeviceMapping><virtualizationType>hvm</virtualizationType><clientToken/>"
    "<tagSet><item><key>Name</key><value>machine</value></item><item><key>team</key><value>web</value></item></tagSet>"
    "<hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-0</networkInterfaceId><subnetId>"
    "subnet-1</subnetId><vpcId>vpc-1</vpcId><ownerId>{owner}</ownerId><status>in-use</status><macAddress>02:00:00:00:00:"
    "01</macAddress><privateIpAddress>10.0.0.9</privateIpAddress><attachment><attachmentId>eni-attach-0</attachmentId>"
    "<deviceIndex>0</deviceIndex><status>attached</status><attachTime>{born}</attachTime><deleteOnTermination>true"
    "</deleteOnTermination></attachment></item></networkInterfaceSet><ebsOptimized>false</ebsOptimized>"
    "<metadataOptions><state>applied</state><httpTokens>required</httpTokens></metadataOptions></item></instancesSet></item>"
)
STATUS = "<item><instanceId>{id}</instanceId><instanceState><code>0</code><name>{state}</name></instanceState></item>"
GROUP = (
    "<item><ownerId>{owner}</ownerId><groupId>{id}</groupId><groupName>{id}</groupName><groupDescription>open"
    "</groupDescription><vpcId>vpc-1</vpcId><ipPermissions>{open}</ipPermissions><ipPermissionsEgress/><tagSet><item>"
    "<key>team</key><value>web</value></item></tagSet></item>"
)
PERMISSION = (
    "<item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><groups/><ipRanges><item><cidrIp>"
    "0.0.0.0/0</cidrIp></item></ipRanges></item>"
)
RULE = (
    "<item><securityGroupRuleId>sgr-{tail}</securityGroupRuleId><groupId>{id}</groupId><groupOwnerId>{owner}"
    "</groupOwnerId><isEgress>{egress}</isEgress><ipProtocol>{protocol}</ipProtocol><fromPort>{port}</fromPort><toPort>"
    "{port}</toPort><cidrIpv4>{cidr}</cidrIpv4><tagSet/></item>"
)


def answer(world: World, place: Place, form: Form) -> str:
    """What EC2 answers; an operation that is none of these has nothing to tell."""
    action = form["Action"]
    body = ANSWERS[action](world, place, form) if action in ANSWERS else ""
    return f"<{action}Response><requestId>0</requestId>{body}</{action}Response>"


def listed(form: Form, start: str) -> list[str]:
    """The values of a list of the query protocol: `InstanceId.1`, …"""
    return [value for key, value in form.items() if key.startswith(f"{start}.")]


def _filtered(form: Form, name: str) -> list[str]:
    number = next((key.split(".")[1] for key, value in form.items() if key.endswith(".Name") and value == name), "")
    return listed(form, f"Filter.{number}.Value") if number else []


def _instances(world: World, place: Place, form: Form) -> list[tuple[str, str]]:
    names = _filtered(form, "instance-id") or listed(form, "InstanceId")
    found = names or [name for sort in ("stop", "kill") for name in world.names(sort, place)]
    return [(name, _state(world, name)) for name in found]


def _state(world: World, name: str) -> str:
    if f"terminated {name}" in world.changed:
        return "terminated"
    return "stopped" if f"stopped {name}" in world.changed else "running"


def _owner(place: Place) -> int:
    return FIRST + place.account


def _describe_instances(world: World, place: Place, form: Form) -> str:
    rows = [
        INSTANCE.format(id=name, state=state, owner=_owner(place), born=BORN)
        for name, state in _instances(world, place, form)
    ]
    return f"<reservationSet>{''.join(rows)}</reservationSet>"


def _describe_status(world: World, place: Place, form: Form) -> str:
    rows = [STATUS.format(id=name, state=state) for name, state in _instances(world, place, form)]
    return f"<instanceStatusSet>{''.join(rows)}</instanceStatusSet>"


def _groups(world: World, place: Place, form: Form) -> list[str]:
    return _filtered(form, "group-id") or listed(form, "GroupId") or world.names("group", place)


def _describe_groups(world: World, place: Place, form: Form) -> str:
    rows = [
        GROUP.format(id=name, owner=_owner(place), open="" if f"closed {name}" in world.changed else PERMISSION)
        for name in _groups(world, place, form)
    ]
    return f"<securityGroupInfo>{''.join(rows)}</securityGroupInfo>"


def _describe_rules(world: World, place: Place, form: Form) -> str:
    rows = []
    for name in _groups(world, place, form):
        usual = {"id": name, "owner": _owner(place), "cidr": "0.0.0.0/0"}
        if f"closed {name}" not in world.changed:
            rows.append(RULE.format(tail=f"0{name[3:-1]}1", egress="false", protocol="tcp", port=22, **usual))
        rows.append(RULE.format(tail=f"0{name[3:-1]}2", egress="true", protocol="-1", port=-1, **usual))
    return f"<securityGroupRuleSet>{''.join(rows)}</securityGroupRuleSet>"


def _attribute(_world: World, _place: Place, form: Form) -> str:
    name = form["Attribute"]
    return f"<instanceId>{form['InstanceId']}</instanceId><{name}><value>false</value></{name}>"


def _end(mark: str) -> Callable[[World, Place, Form], str]:
    def end(world: World, _place: Place, form: Form) -> str:
        world.change(mark, listed(form, "InstanceId"))
        return "<instancesSet/>"

    return end


def _revoke(world: World, _place: Place, form: Form) -> str:
    world.change("closed", [form["GroupId"]])
    return "<return>true</return>"


ANSWERS: Mapping[str, Callable[[World, Place, Form], str]] = {
    "DescribeInstances": _describe_instances,
    "DescribeInstanceStatus": _describe_status,
    "DescribeInstanceAttribute": _attribute,
    "DescribeSecurityGroups": _describe_groups,
    "DescribeSecurityGroupRules": _describe_rules,
    "StopInstances": _end("stopped"),
    "TerminateInstances": _end("terminated"),
    "RevokeSecurityGroupIngress": _revoke,
}
