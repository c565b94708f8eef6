""" "Not found" is as good as done only of the very resource that a call is about: for every operation of every kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from reconciler.apply.send import WhyNot, send
from reconciler.clients.aws.errors import refusal
from reconciler.iam.actions import known
from reconciler.ledger.entries import after_run
from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.notice import Delivery
from reconciler.model.operation import Operation
from reconciler.model.outcome import Outcome
from reconciler.model.plan import UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Problem, Resource, Trouble
from reconciler.model.task import Action
from reconciler.resources.catalog import KINDS, resolve
from tests.build import NOW, applied_calls, decision, entry, histories, order, plan, repository, stop, told
from tests.laws.build import by_key, decided
from tests.resources.examples import CASES

# As AWS says it. Sources: the EC2 API's "Error codes", the IAM, Lambda, RDS, S3, SQS and KMS API references.
NOT_FOUND = (
    ("InvalidPermission.NotFound", "The specified rule does not exist in this security group."),
    ("InvalidGroup.NotFound", "The security group 'sg-903004f8' does not exist"),
    ("InvalidVolume.NotFound", "The volume 'vol-1a2b3c4d' does not exist."),
    ("InvalidInstanceID.NotFound", "The instance ID 'i-1a2b3c4d' does not exist"),
    ("InvalidAttachment.NotFound", "The volume 'vol-1a2b3c4d' is not attached to instance 'i-1a2b3c4d'."),
    ("InvalidSnapshot.NotFound", "The snapshot 'snap-1a2b3c4d' does not exist."),
    ("InvalidSpotInstanceRequestID.NotFound", "The spot instance request ID 'sir-1a2b3c4d' does not exist"),
    ("NoSuchEntity", "The user with name bob cannot be found."),
    ("NoSuchEntity", "The group with name staff cannot be found."),
    ("NoSuchEntity", "The role with name deploy cannot be found."),
    ("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/read was not found."),
    ("NoSuchEntity", "The group policy with name reads cannot be found."),
    ("NoSuchEntity", "Instance Profile web cannot be found."),
    ("NoSuchEntity", "Login Profile for User bob cannot be found."),
    ("NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found."),
    ("ResourceNotFoundException", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f"),
    ("NotFoundException", "Key 'arn:aws:kms:eu-west-1:111122223333:key/1' does not exist"),
    ("DBInstanceNotFound", "DBInstance db not found."),
    ("DBSnapshotNotFound", "DBSnapshot not found."),
    ("NoSuchBucket", "The specified bucket does not exist"),
    ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    ("NoSuchUpload", "The specified upload does not exist."),
    ("NoSuchKey", "The specified key does not exist."),
    ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."),
    ("QueueDoesNotExist", "The specified queue does not exist."),
)
# Kind, action, whether it undoes that, and each operation that is sent for it.
SENT = [
    (name, action, back, one)
    for name, kind in KINDS.items()
    for action in kind.verbs
    for back in (False, True)
    for one in {each.key: each for each in kind.sends(action, undo=back)}.values()
]


@dataclass(frozen=True)
class Answering:
    """An AWS that answers every call with one error."""

    code: str
    message: str

    def send(self, _account: str, _region: str, call: Call, _why_not: WhyNot) -> Problem | None:
        return refusal(self.code, self.message, 400, call.operation, known(call.service, call.operation))


def outcome_of(kind: str, action: Action, back: bool, operation: Operation, aws: Answering) -> Outcome:
    resource = Resource(resolve(CASES[kind].arn)[1], {"account": "111122223333", "url": "https://sqs/x"})
    progress = UndoProgress.COMPLETE if back else UndoProgress.NONE
    call = replace(operation, undo=())(resource)
    due = decision(kind=kind, target=CASES[kind].arn, action=action, calls=(call,), undo_progress=progress)
    (outcome,) = send(plan(due.model_copy(update={"name": resource.name})), aws, lambda: "")
    return outcome


@pytest.mark.parametrize(("kind", "action", "back", "operation"), SENT, ids=lambda one: getattr(one, "name", str(one)))
def test_not_found_is_done_only_by_a_code_that_speaks_of_the_target_itself(
    kind: str, action: Action, back: bool, operation: Operation
) -> None:
    for code, message in NOT_FOUND:
        outcome = outcome_of(kind, action, back, operation, Answering(code, message))
        done = code in operation.gone

        assert (outcome.problem is None) is done, code
        assert outcome.nothing_left is done
        if outcome.problem:
            assert outcome.problem.trouble is Trouble.MISSING
            assert code in outcome.problem.message
            assert "that may be another thing than the resource" in outcome.problem.message
            assert "the next run looks again" in outcome.problem.message


def test_such_codes_are_declared_only_by_what_names_the_resource_and_destroys_it_or_leads_back() -> None:
    declaring = [one for kind in KINDS.values() for one in kind.operations if one.gone_is_done]

    assert declaring
    for one in declaring:
        assert one.target or (one.batch[0] and not one.of_others), one.name
        # AWS asks of nothing else there, or the code says which it means.
        assert one.destroys or one.undo, one.name
        assert {code for code, _ in NOT_FOUND} >= set(one.gone), f"{one.name}: add its codes to NOT_FOUND"


def ended(number: int, what: Outcome, *before: Entry) -> list[Entry]:
    """The lines of a run that did this, after these."""
    at = NOW + timedelta(hours=number)
    said = decision(1, calls=(stop(1),), verdict=Verdict.READY)
    run = plan(said, at=at)
    intent = entry(Event.INTENDED, 1, at, run=run.run, calls=(stop(1),))
    lines = [*before, intent]
    return [*lines, *after_run(run, [what], histories(lines), {}, {}, Delivery())]


NOTHING_LEFT = Outcome(task="stop-idle", target=order(1).target.arn, sent=1, nothing_left=True)
TAKEN = Outcome(task="stop-idle", target=order(1).target.arn, sent=1)


@pytest.mark.parametrize(("outcome", "restless"), [(NOTHING_LEFT, False), (TAKEN, True)], ids=["nothing left", "taken"])
def test_what_changed_nothing_is_never_undone_by_anybody(outcome: Outcome, restless: bool) -> None:
    lines = [told(1)]
    for number in range(3):
        lines = ended(number, outcome, *lines)

    known = histories(lines)[order(1).key]
    assert (len(known.done), known.acted, known.pending) == ((3, True, None) if restless else (0, False, None))
    seen = by_key(decided(repository(order(1)), lines, now=NOW + timedelta(hours=4)))[order(1).key]
    assert (seen.reason is Reason.RESTLESS) is restless
    assert seen.verdict is (Verdict.HELD if restless else Verdict.READY)


def test_what_somebody_else_did_is_not_ours_to_undo() -> None:
    assert not applied_calls(ended(0, NOTHING_LEFT))[order(1).key].calls
    assert applied_calls(ended(0, TAKEN))[order(1).key].calls
    assert ended(0, NOTHING_LEFT)[-1].cause is Cause.NOTHING_LEFT
