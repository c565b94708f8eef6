"""What a `kill` ends for good, and AWS keeps nothing of, stands in the ledger as the calls that make it again."""

from __future__ import annotations

from reconciler.demo.server import Gate
from tests.aws import Here
from tests.aws_truth.world import group
from tests.desk import DAY, Desk, task


def test_the_ledger_keeps_what_a_deleted_group_was(desk: Desk, gate: Gate, web: Here) -> None:
    arn = group(web, "kept-group")
    desk.write({"tasks/unused.yaml": task("kill", arn, options={"skip_backup": True})})
    desk.reconcile(0 * DAY)
    gate.requests.clear()
    desk.reconcile(1 * DAY)

    (call,) = next(line for line in desk.ledger() if line["event"] == "intended")["calls"]
    assert call["again"][0]["operation"] == "create_security_group"
    assert call["again"][0]["arguments"]["GroupName"] == "kept-group"
    assert "0.0.0.0/0" in str(call["again"])
    assert [request.operation for request in gate.writes] == ["DeleteSecurityGroup"]
    told = desk.krampus("ledger", "show", arn).stdout
    assert "to make it again: ec2.create_security_group" in told
    assert desk.krampus("ledger", "verify").exit_code == 0
