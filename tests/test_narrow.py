"""What the act role is let do for one plan: no less than the plan takes, little more, and within AWS's size."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

import pytest

from reconciler.apply.session_policy import EXACT, LONGEST, WIDER, session_policies
from reconciler.model.call import Call
from reconciler.model.operation import permissions
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.target import matches
from reconciler.resources.catalog import KINDS
from tests.build import call, decision, plan
from tests.resources.examples import CASES

EVERYTHING = [decision(kind=kind.name, action=action, calls=()) for kind in KINDS.values() for action in kind.verbs]


def allowed(text: str) -> list[str]:
    """The actions of the statements that are about the plan, on whatever they are allowed."""
    return sorted(action for one in json.loads(text)["Statement"] if "Condition" not in one for action in one["Action"])


def on(text: str, action: str) -> list[str]:
    """What an action is allowed on."""
    (stated,) = (one for one in json.loads(text)["Statement"] if action in one["Action"])
    arns = stated["Resource"]
    return [arns] if isinstance(arns, str) else arns


def lets(text: str, action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in allowed(text))


def test_a_plan_lets_do_what_it_takes_in_each_account_and_no_more() -> None:
    policies = session_policies(
        plan(decision(1), decision(2, "data", kind="s3:bucket", calls=()), decision(3, "lab", verdict=Verdict.HELD))
    )

    assert set(policies) == {"web", "data"}
    exact, *_ = policies["web"]
    kind = KINDS["ec2:instance"]
    assert allowed(exact) == sorted(
        permissions((*kind.reads_for("disable", undo=False), *kind.verbs["disable"].operations))
    )
    assert not lets(exact, "ec2:TerminateInstances")
    assert not any(lets(policies["data"][0], action) for action in ("ec2:StopInstances", "s3:DeleteBucket"))
    assert json.loads(exact)["Statement"][0]["Sid"] == EXACT


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: f"{one.kind}-{one.action}")
def test_each_verb_gets_all_that_it_declares_and_its_second_look(one: Decision) -> None:
    verb = KINDS[one.kind].verbs[one.action]
    for policy in session_policies(plan(one))["web"]:
        assert all(
            lets(policy, action) for action in permissions((*KINDS[one.kind].reads, *verb.reads, *verb.operations))
        )
        assert len(policy) <= LONGEST


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: f"{one.kind}-{one.action}")
def test_taking_back_gets_what_that_takes(one: Decision) -> None:
    verb = KINDS[one.kind].verbs[one.action]
    (policy, *_) = session_policies(plan(one.model_copy(update={"undo_progress": UndoProgress.COMPLETE})))["web"]

    assert all(lets(policy, action) for action in permissions(verb.undo_operations))
    # What a task was raised from is undone with it.
    raised = KINDS[one.kind].verbs["disable"].undo_operations if one.action == "kill" else ()
    assert {action for action in permissions(verb.operations) if lets(policy, action)} <= set(
        permissions((*verb.undo_operations, *raised, *verb.reads))
    )


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: f"{one.kind}-{one.action}")
@pytest.mark.parametrize("progress", [UndoProgress.NONE, UndoProgress.COMPLETE])
def test_whatever_calls_a_plan_has_its_session_may_do_no_more(one: Decision, progress: UndoProgress) -> None:
    forged = (call("start_instances"), call("put_group_policy"), Call(service="iam", operation="x", arguments={}))
    bare, more = (
        session_policies(plan(one.model_copy(update={"calls": calls, "undo_progress": progress})))
        for calls in ((), forged)
    )

    assert more == bare


def test_it_may_do_it_to_the_targets_alone_and_to_what_else_the_kind_declares() -> None:
    buckets: list[dict[str, Any]] = [
        {"kind": "s3:bucket", "target": f"arn:aws:s3:::{name}", "action": "kill"} for name in ("a-1", "b-2")
    ]
    volume: dict[str, Any] = {"kind": "ec2:volume", "target": CASES["ec2:volume"].arn}
    exact, wider, _ = session_policies(plan(*(decision(calls=(), **one) for one in (*buckets, volume))))["web"]

    assert on(exact, "s3:DeleteBucket") == ["arn:aws:s3:::a-1", "arn:aws:s3:::b-2"]
    assert on(exact, "s3:PutLifecycleConfiguration") == ["arn:aws:s3:::a-1", "arn:aws:s3:::b-2"]
    assert on(exact, "ec2:DetachVolume") == ["arn:aws:ec2:*:111122223333:instance/*", CASES["ec2:volume"].arn]
    assert on(exact, "ec2:DescribeVolumes") == ["*"]
    assert on(wider, "s3:DeleteBucket") == ["*"]
    assert len({one["Sid"] for one in json.loads(exact)["Statement"]}) == len(json.loads(exact)["Statement"])


@pytest.mark.parametrize("one", EVERYTHING, ids=lambda one: f"{one.kind}-{one.action}")
def test_the_target_is_never_written_wider_than_it_is(one: Decision) -> None:
    here = one.model_copy(update={"target": CASES[one.kind].arn})
    for progress in (UndoProgress.NONE, UndoProgress.COMPLETE):
        exact, *_ = session_policies(plan(here.model_copy(update={"undo_progress": progress})))["web"]
        for stated in json.loads(exact)["Statement"][1:]:
            arns = stated["Resource"] if isinstance(stated["Resource"], list) else [stated["Resource"]]
            others = [arn for arn in arns if arn != here.target and matches(arn, here.target)]
            assert "Condition" in stated or others == []


def test_many_targets_are_more_than_a_policy_takes_and_are_all_let_be() -> None:
    policies = session_policies(plan(*(decision(number) for number in range(1, 60))))["web"]

    assert [on(policy, "ec2:StopInstances") for policy in policies[:1]] == [["*"]]
    assert all(len(policy) <= LONGEST for policy in policies)


def test_a_list_that_is_too_long_is_widened_by_service_and_says_so() -> None:
    wider, widest = session_policies(plan(*EVERYTHING))["web"]

    assert len(widest) < len(wider) <= LONGEST
    assert json.loads(wider)["Statement"][0]["Sid"] == WIDER
    every = {action for kind in KINDS.values() for action in permissions(kind.reads)}
    every |= set(
        chain.from_iterable(
            permissions((*verb.operations, *verb.reads)) for kind in KINDS.values() for verb in kind.verbs.values()
        )
    )
    assert all(lets(wider, action) and lets(widest, action) for action in every)
    services = {action.partition(":")[0] for action in every}
    exact = [action for action in allowed(wider) if not action.endswith(":*")]
    assert exact, "only as many services as need be"
    assert sorted(allowed(widest)) == sorted(f"{service}:*" for service in services)
    assert not lets(widest, "sts:AssumeRole")


def test_keys_of_encrypted_disks_are_let_be_used_by_the_services_alone_whose_disks_are_due() -> None:
    both = plan(decision(1), decision(2, kind="rds:db", calls=()))
    for policy in (*session_policies(plan(decision()))["web"], *session_policies(both)["web"]):
        keys = json.loads(policy)["Statement"][-1]
        assert "kms:CreateGrant" in keys["Action"]
        assert keys["Condition"]["StringLike"]["kms:ViaService"][0] == "ec2.*"
    assert keys["Condition"]["StringLike"]["kms:ViaService"] == ["ec2.*", "rds.*"]

    for policy in session_policies(plan(decision(kind="s3:bucket", calls=())))["web"]:
        assert "kms:" not in policy


def test_every_kind_whose_disks_may_be_encrypted_says_which_service_asks_for_their_keys() -> None:
    for kind in KINDS.values():
        via = {"ec2:instance": "ec2.*", "ec2:volume": "ec2.*", "rds:db": "rds.*"}.get(kind.name)
        for action in kind.verbs:
            for policy in session_policies(plan(decision(kind=kind.name, action=action, calls=())))["web"]:
                keys = [one for one in json.loads(policy)["Statement"] if "Condition" in one]
                asked = [one["Condition"]["StringLike"]["kms:ViaService"] for one in keys]
                assert asked == ([[via]] if via else []), kind.name
