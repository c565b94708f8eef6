"""Whoever can push to the report branch writes well-chained lines and starts `krampus undo`: nothing of theirs is sent.

`tests/laws/test_forged_ledger.py` tries far more of them, for every kind and action, without git and AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.demo.server import Gate
from reconciler.model.call import Call
from reconciler.model.ledger import Entry, Event
from reconciler.model.sighting import Resource
from reconciler.model.target import Arn
from reconciler.resources.catalog import KINDS, resolve
from tests.applied import done, exemption, open_group, rules
from tests.aws import DATA, WEB, Here, seen_by, send
from tests.depth import sample
from tests.desk import DAY, HOUR, Desk, instances, state, task
from tests.resources.examples import CASES
from tests.security.forged_ledger import line, pair, push

ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OPEN = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BYSTANDER = "bystander"
KEY = "AKIAIOSFODNN7EXAMPLE"


def made(service: str, operation: str, undo: Call | None = None, /, **arguments: Any) -> Call:
    return Call(service=service, operation=operation, arguments=arguments, undo=undo)


def widened_rule(name: str) -> Call:
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    every = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    back = made("ec2", "authorize_security_group_ingress", GroupId=name, IpPermissions=[every])
    return made("ec2", "revoke_security_group_ingress", back, GroupId=name, IpPermissions=[ssh])


def another_volume(name: str) -> Call:
    where = {"InstanceId": "i-00000000000000001", "Device": "/dev/sdf"}
    back = made("ec2", "attach_volume", VolumeId="vol-00000000000000001", **where)
    return made("ec2", "detach_volume", back, VolumeId=name, **where)


def any_policy(name: str) -> Call:
    """The attack of the issue."""
    back = made("iam", "put_group_policy", GroupName=name, PolicyName="mine", PolicyDocument=ALL)
    return made("iam", "detach_group_policy", back, GroupName=name, PolicyArn=ADMIN)


def administrator(name: str) -> Call:
    denial = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    back = made("iam", "attach_role_policy", RoleName=name, PolicyArn=ADMIN)
    return made("iam", "put_role_policy", back, RoleName=name, PolicyName="KrampusQuarantine", PolicyDocument=denial)


def key_of_another(name: str) -> Call:
    back = made("iam", "update_access_key", UserName=BYSTANDER, AccessKeyId=KEY, Status="Active")
    return made("iam", "update_access_key", back, UserName=name, AccessKeyId=KEY, Status="Inactive")


def call_by_everybody(name: str) -> Call:
    everybody = {"StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": "*"}
    back = made("lambda", "add_permission", FunctionName=name, **everybody)
    return made("lambda", "put_function_concurrency", back, FunctionName=name, ReservedConcurrentExecutions=0)


def public_bucket(name: str) -> Call:
    which = {"Bucket": name, "ExpectedBucketOwner": WEB}
    every = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    back = made("s3", "put_bucket_policy", **which, Policy=OPEN)
    return made("s3", "put_public_access_block", back, **which, PublicAccessBlockConfiguration=every)


def public_queue(name: str) -> Call:
    url = f"http://sqs.eu-west-1.amazonaws.com/{WEB}/{name}"
    back = made("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": OPEN, "VisibilityTimeout": "0"})
    return made("sqs", "set_queue_attributes", back, QueueUrl=url, Attributes={"Policy": ""})


FORGED: dict[str, Callable[[str], Call]] = {
    "ec2:instance": lambda name: made(
        "ec2",
        "stop_instances",
        made("ec2", "start_instances", InstanceIds=[name, "i-00000000000000001"]),
        InstanceIds=[name],
    ),
    "ec2:security-group": widened_rule,
    "ec2:volume": another_volume,
    "iam:group": any_policy,
    "iam:role": administrator,
    "iam:user": key_of_another,
    "kms:key": lambda name: made("kms", "disable_key", made("kms", "cancel_key_deletion", KeyId=name), KeyId=name),
    "lambda:function": call_by_everybody,
    "rds:db": lambda name: made(
        "rds",
        "stop_db_instance",
        made("rds", "modify_db_instance", DBInstanceIdentifier=name, MasterUserPassword="mine"),
        DBInstanceIdentifier=name,
    ),
    "s3:bucket": public_bucket,
    "sqs:queue": public_queue,
}


@dataclass(frozen=True)
class Scene:
    """A resource that a task named on main, and names no more; what Krampus would have done to it."""

    desk: Desk
    gate: Gate
    target: str
    calls: tuple[Call, ...] = ()

    def undo(self, *entries: Entry, code: int = 3, says: str = "is not believed") -> str:
        """Write the lines and start an undo, of which nothing is sent."""
        push(self.desk, entries)
        self.gate.requests.clear()
        result = self.desk.krampus("undo", "open", after=HOUR)
        assert result.exit_code == code, result.output
        assert says in result.output
        assert self.gate.writes == []
        return result.output


def named(desk: Desk, *targets: str, action: str = "disable", **keys: Any) -> None:
    """A task names them on main, and then no more."""
    entries = [{"resource": one, "account": "website-prod"} if not Arn.parse(one).account else one for one in targets]
    desk.write({"tasks/open.yaml": task(action, *entries, **keys)})


def scene_of(desk: Desk, gate: Gate, web: Here, kind: str) -> Scene:
    """Such a resource of a kind, for which `disable` has something to do."""
    example = next(one for one in CASES[kind].examples if one.action == "disable" and not one.options)
    target = example.make(web)
    named(desk, target)
    (resource,) = seen_by(KINDS[kind], "disable", web, [resolve(target)[1]])
    verb = KINDS[kind].verbs["disable"]
    return Scene(desk, gate, target, tuple(verb.needed(resource, verb.options())))


@pytest.fixture
def stopped(desk: Desk, gate: Gate, web: Here) -> Scene:
    """An instance that Krampus stopped, says nobody but the one who forges lines."""
    (target,) = instances(web)
    named(desk, target)
    send(web, [_stop(target)])
    return Scene(desk, gate, target, (_stop(target),))


def _stop(target: str) -> Call:
    which = {"InstanceIds": [resolve(target)[1]]}
    return made("ec2", "stop_instances", made("ec2", "start_instances", **which), **which)


def test_every_kind_has_a_forgery_here() -> None:
    assert set(FORGED) == set(KINDS)


@pytest.mark.parametrize("kind", sample(FORGED, "iam:group", "ec2:instance", "ec2:volume", "s3:bucket", "rds:db"))
def test_an_undo_of_somebody_s_choice_is_not_sent(desk: Desk, gate: Gate, web: Here, kind: str) -> None:
    scene = scene_of(desk, gate, web, kind)
    send(web, scene.calls)
    lines = pair(desk, scene.target, FORGED[kind](resolve(scene.target)[1]))
    desk.remove("tasks/open.yaml")

    said = scene.undo(*lines)

    assert f"{scene.target}" in said
    assert "krampus ledger show" in said


@pytest.mark.parametrize("kind", sample(FORGED, "iam:group", "ec2:security-group", "s3:bucket"))
def test_what_the_kind_did_by_a_task_on_main_is_undone(desk: Desk, gate: Gate, web: Here, kind: str) -> None:
    scene = scene_of(desk, gate, web, kind)
    send(web, scene.calls)
    push(desk, pair(desk, scene.target, *scene.calls))
    desk.remove("tasks/open.yaml")
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=HOUR)

    end = "applied" if "in steps" in result.stdout else "restored"
    assert desk.events()[-1] == (end, scene.target), result.output
    assert gate.writes


def test_the_attack_of_the_issue_is_refused_by_its_line_and_the_others_are_undone(
    desk: Desk, gate: Gate, web: Here
) -> None:
    iam, group = web.client("iam"), open_group(web)
    before = rules(web, group)
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="read", PolicyDocument=ALL.replace('"*"', '"s3:Get*"', 1))
    victim = f"arn:aws:iam::{WEB}:group/ops"
    done(desk, group, victim)
    lines = pair(desk, victim, any_policy("ops"))
    desk.remove("tasks/open.yaml")
    push(desk, lines, after=1 * DAY + 2 * HOUR)
    forged = desk.ledger()[-2]["hash"]
    assert desk.krampus("ledger", "verify").exit_code == 0
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 3, result.output
    assert forged[:12] in result.output
    assert rules(web, group) == before
    assert iam.list_group_policies(GroupName="ops")["PolicyNames"] == []
    assert {request.service for request in gate.writes} == {"ec2"}


# --- who ordered it


def test_a_line_without_a_commit_or_of_none_is_not_believed(stopped: Scene) -> None:
    stopped.desk.remove("tasks/open.yaml")
    for commit, says in (("", "names no commit"), ("0" * 40, "is none of main"), ("HEAD~1", "is none of main")):
        stopped.undo(*pair(stopped.desk, stopped.target, *stopped.calls, commit=commit), says=says)


def test_a_task_that_never_named_it_ordered_nothing(stopped: Scene, web: Here) -> None:
    (other,) = instances(web)
    lines = pair(stopped.desk, other, _stop(other))
    stopped.desk.remove("tasks/open.yaml")
    stopped.undo(*lines, says="tasks/open.yaml does not name it at commit")
    assert state(web, stopped.target) == "stopped"


def test_a_task_that_stood_later_or_no_longer_ordered_nothing(stopped: Scene) -> None:
    first = stopped.desk.git("rev-list", "--max-parents=0", "HEAD").strip()
    stopped.desk.remove("tasks/open.yaml")
    says = "no file of the task 'open' stood at commit"
    stopped.undo(*pair(stopped.desk, stopped.target, *stopped.calls, commit=first), says=says)
    stopped.undo(*pair(stopped.desk, stopped.target, *stopped.calls), says=says)


def test_a_branch_is_not_main_even_once_it_is_merged(stopped: Scene) -> None:
    desk = stopped.desk
    desk.remove("tasks/open.yaml")
    desk.git("checkout", "--quiet", "-b", "mine")
    named(desk, stopped.target)
    lines = pair(desk, stopped.target, *stopped.calls)
    desk.remove("tasks/open.yaml")
    desk.git("checkout", "--quiet", "main")
    stopped.undo(*lines, says="is none of main")
    desk.git("merge", "--quiet", "--no-ff", "-m", "Merge", "mine")
    stopped.undo(*lines, says="is none of main")


def test_an_act_of_another_kind_was_not_ordered(stopped: Scene) -> None:
    lines = pair(stopped.desk, stopped.target, *stopped.calls, action="kill")
    stopped.desk.remove("tasks/open.yaml")
    stopped.undo(*lines, says="the task ordered `disable`, and not `kill`")


def test_an_order_in_another_account_is_none_in_this(stopped: Scene) -> None:
    lines = pair(stopped.desk, stopped.target, *stopped.calls, account=DATA)
    stopped.desk.remove("tasks/open.yaml")
    stopped.undo(*lines, says=f"the task named it in account {WEB}, and not in {DATA}")


def test_a_later_line_cannot_move_what_was_done_to_another_account(stopped: Scene, web: Here) -> None:
    lines = pair(stopped.desk, stopped.target, *stopped.calls)
    stopped.desk.remove("tasks/open.yaml")
    push(stopped.desk, [*lines, line(stopped.desk, Event.NOTICED, stopped.target, account=DATA)])
    stopped.desk.krampus("undo", "open", after=HOUR)
    assert stopped.desk.events()[-1] == ("restored", stopped.target)
    assert state(web, stopped.target) == "running"


def test_options_that_nobody_reviewed_do_not_count(desk: Desk, gate: Gate, web: Here) -> None:
    group = open_group(web)
    named(desk, group, options={"port": 22})
    name = resolve(group)[1]
    wide = [{"IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    back = made("ec2", "authorize_security_group_ingress", GroupId=name, IpPermissions=wide)
    lines = pair(desk, group, made("ec2", "revoke_security_group_ingress", back, GroupId=name, IpPermissions=wide))
    desk.remove("tasks/open.yaml")
    Scene(desk, gate, group).undo(*lines, says="that task does not make this call")


def test_a_clone_without_history_cannot_tell_and_says_what_it_needs(stopped: Scene) -> None:
    desk = stopped.desk
    lines = pair(desk, stopped.target, *stopped.calls)
    desk.remove("tasks/open.yaml")
    desk.git("push", "--quiet", "origin", "main")
    shallow = Desk(desk.root.parent / "shallow", desk.remote, desk.issues)
    desk.git("clone", "--quiet", "--depth=1", f"file://{desk.remote}", str(shallow.root), at=desk.root.parent)
    shallow.git("config", "user.name", "Ada")
    push(desk, lines)
    result = shallow.krampus("undo", "open", "--dry-run", after=HOUR)
    assert result.exit_code == 3, result.output
    assert "fetch-depth: 0" in result.output
    assert [one.operation for one in stopped.gate.writes][-1] == "StopInstances"


# --- what else may stand in a line


def test_what_a_failure_says_was_taken_is_not_believed_either(stopped: Scene) -> None:
    intended, failed = pair(stopped.desk, stopped.target, *stopped.calls, fate=Event.FAILED)
    more = made("ec2", "stop_instances", made("iam", "put_group_policy", GroupName="ops"), InstanceIds=["i-1"])
    stopped.desk.remove("tasks/open.yaml")
    stopped.undo(intended, failed.model_copy(update={"calls": (*stopped.calls, more)}))


def test_an_intent_that_nothing_follows_is_not_believed_either(stopped: Scene) -> None:
    intended, _ = pair(stopped.desk, stopped.target, FORGED["ec2:instance"](resolve(stopped.target)[1]))
    stopped.desk.remove("tasks/open.yaml")
    stopped.undo(intended)


def test_an_undo_of_an_undo_is_refused(stopped: Scene) -> None:
    (call,) = stopped.calls
    assert call.undo
    nested = call.model_copy(update={"undo": call.undo.model_copy(update={"undo": any_policy("ops").undo})})
    lines = pair(stopped.desk, stopped.target, nested)
    stopped.desk.remove("tasks/open.yaml")
    stopped.undo(*lines)


@pytest.mark.parametrize(
    "nonsense",
    [
        "nonsense",
        "arn:aws:iam::111122223333:policy/x",
        "arn:aws:ec2:x.example.org:111122223333:instance/i-1",
        "arn:aws:ec2:eu-west-1:111122223333:instance/*",
        "",
    ],
)
def test_a_target_that_is_none_stops_nobody_else(stopped: Scene, web: Here, nonsense: str) -> None:
    desk = stopped.desk
    genuine = pair(desk, stopped.target, *stopped.calls)
    lines = pair(desk, nonsense, _stop(stopped.target))
    desk.remove("tasks/open.yaml")
    push(desk, [*lines, *genuine])

    result = desk.krampus("undo", "open", after=HOUR)

    assert result.exit_code == 3, result.output
    assert "is not believed" in result.output
    assert state(web, stopped.target) == "running"


def test_a_line_cannot_make_a_task_in_force_look_like_another(stopped: Scene) -> None:
    later = line(stopped.desk, Event.NOTICED, stopped.target, action="kill")
    lines = pair(stopped.desk, stopped.target, *stopped.calls)
    stopped.undo(*lines, later, code=2, says="the task 'open' is in force")


def test_an_exemption_that_restores_believes_no_more(desk: Desk, gate: Gate, web: Here) -> None:
    iam = web.client("iam")
    iam.create_group(GroupName="ops")
    victim, (instance,) = f"arn:aws:iam::{WEB}:group/ops", instances(web)
    named(desk, victim, instance)
    send(web, [_stop(instance)])
    push(desk, [*pair(desk, victim, any_policy("ops")), *pair(desk, instance, _stop(instance))])
    desk.write(
        {f"exemptions/{name}.yaml": exemption(one, restore="true") for name, one in (("a", victim), ("b", instance))}
    )
    gate.requests.clear()

    plan = desk.krampus("plan", after=HOUR)
    desk.reconcile(HOUR)

    assert "put_group_policy, " not in plan.stdout
    assert [request.operation for request in gate.writes] == ["StartInstances"]
    assert desk.report()[victim]["reason"] == "undo_not_derived"
    assert iam.list_group_policies(GroupName="ops")["PolicyNames"] == []


def test_an_undo_in_separate_jobs_believes_no_more(stopped: Scene) -> None:
    desk = stopped.desk
    forged = pair(desk, stopped.target, FORGED["ec2:instance"](resolve(stopped.target)[1]))
    genuine = pair(desk, stopped.target, *stopped.calls)
    desk.remove("tasks/open.yaml")
    push(desk, genuine)
    plan = str(desk.root.parent / "plan.json")
    assert desk.krampus("undo", "open", "--out", plan, after=HOUR).exit_code == 0
    assert desk.krampus("record", plan).exit_code == 0
    stopped.gate.requests.clear()
    # What is written while the jobs are at work is looked at again, by the role that acts.
    push(desk, [one.model_copy(update={"run": "1" * 16}) for one in forged], after=2 * HOUR)

    result = desk.krampus("apply", plan, after=HOUR)

    assert stopped.gate.writes == []
    assert result.exit_code != 0


# --- what the kinds themselves refuse


def test_an_instance_returns_to_no_other_group_than_its_own() -> None:
    facts = {"state": "running", "root": "ebs", "spot": {}, "group": "web", "lifecycle": "Standby"}
    instance, kind = Resource("i-00000000000000001", facts), KINDS["ec2:instance"]
    for group, count in (("web", 1), ("other", 0)):
        which = {"InstanceIds": [instance.name], "AutoScalingGroupName": group}
        back = made("autoscaling", "exit_standby", **which)
        call = made("autoscaling", "enter_standby", back, **which, ShouldDecrementDesiredCapacity=True)
        assert kind.makes("disable", {}, instance, call)
        assert len(kind.undo_calls(instance, [call]).calls) == count


def test_a_rule_twice_is_none_of_a_group() -> None:
    group, kind = Resource("sg-00000000000000001", {"group_name": "web", "rules": []}), KINDS["ec2:security-group"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    for rules_, makes in (([ssh], True), ([ssh, ssh], False)):
        which = {"GroupId": group.name, "IpPermissions": rules_}
        back = made("ec2", "authorize_security_group_ingress", **which)
        assert kind.makes("disable", {}, group, made("ec2", "revoke_security_group_ingress", back, **which)) is makes
