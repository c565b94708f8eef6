"""A remote that refuses big files and big pushes: what was done to AWS is written all the same, or is not done."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.clients.git.report_branch import ReportBranch
from reconciler.errors import DoorClosed
from reconciler.ledger.claim import Claim
from reconciler.ledger.files import ledger_files
from reconciler.ledger.read import Ledger, read
from reconciler.ledger.record import is_run_state, record
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Plan
from reconciler.publish.written import write
from tests.build import NOW, arn, decision, entry, plan, stop
from tests.clients.remote import Remote, git

BRANCH = "krampus/reports"
MINUTE = timedelta(minutes=1)
# Refuses a push that brings a file of more bytes than that.
HOOK = """#!/bin/sh
while read -r old new ref; do
    git rev-list --objects "$new" --not --all | cut -d' ' -f1 |
        git cat-file --batch-check='%(objecttype) %(objectsize)' |
        awk '$1 == "blob" && $2 > BOUND {print "too big: " $2; bad = 1} END {exit bad}' || exit 1
done
"""


def refuse_files(remote: Remote, bound: int) -> None:
    """From now on the remote takes no file of more bytes."""
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text(HOOK.replace("BOUND", str(bound)))
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


def refuse_pushes(remote: Remote, bound: int) -> None:
    """From now on the remote takes no push of more bytes."""
    git(remote.path, "config", "receive.maxInputSize", str(bound))


def branch(clone: Path) -> ReportBranch:
    return ReportBranch(clone, BRANCH, pause=lambda _seconds: None)


def latest(clone: Path) -> Ledger:
    return read(branch(clone).fetch(is_run_state), None)


def due(count: int) -> Plan:
    return plan(*(decision(number) for number in range(count)))


def recorded(clone: Path, made: Plan) -> Claim:
    """The claim of a run whose intents the remote has taken."""
    assert record(made, branch(clone), latest(clone), lambda _process: False, NOW, "process")
    return Claim(branch(clone), made, "process", lambda: NOW + MINUTE, None, NOW)


def fates(made: Plan, words: str = "") -> list[Entry]:
    """What became of all that is due; with words, that it failed."""
    event = Event.FAILED if words else Event.APPLIED
    return [entry(event, number, run=made.run, detail=words) for number in range(len(made.ready))]


def written(clone: Path, claim: Claim, added: Sequence[Entry], report: Mapping[str, bytes]) -> list[str]:
    return write(latest(clone), added, report, claim, "Report")


def events(clone: Path, event: Event) -> list[str]:
    return [one.target for one in latest(clone).entries if one.event is event]


def noise(size: int) -> bytes:
    """What cannot be made smaller."""
    return secrets.token_bytes(size)


def test_a_report_that_is_too_big_costs_no_outcome(remote: Remote, clone: Path) -> None:
    made = due(5)
    claim = recorded(clone, made)
    refuse_files(remote, 50_000)

    refused = written(clone, claim, fates(made), {"report.json": b"x" * 60_000})

    assert len(refused) == 1
    assert refused[0].startswith("the report could not be written")
    assert "too big: 60000" in refused[0]
    assert events(clone, Event.APPLIED) == [arn(number) for number in range(5)]
    assert "report.json" not in remote.files(BRANCH)
    assert remote.files(BRANCH)["run.json"] == b"{}\n"


def test_a_file_that_would_grow_too_big_is_left_and_another_begun(remote: Remote, clone: Path) -> None:
    made = due(20)
    claim = recorded(clone, made)
    (name,) = ledger_files(remote.files(BRANCH))
    refuse_files(remote, len(remote.files(BRANCH)[name]) + 1_000)

    refused = written(clone, claim, fates(made), {})

    assert len(refused) == 1
    assert len(ledger_files(remote.files(BRANCH))) == 2
    assert events(clone, Event.APPLIED) == [arn(number) for number in range(20)]


def test_what_teams_were_told_does_not_keep_outcomes_out(remote: Remote, clone: Path) -> None:
    """Many notices, with words that take room, and acts that failed with many words."""
    made = due(20)
    claim = recorded(clone, made)
    refuse_pushes(remote, 9_000)
    told = [entry(Event.NOTICED, number, run=made.run, detail=secrets.token_hex(500)) for number in range(50, 150)]

    refused = written(clone, claim, [*fates(made, secrets.token_hex(500)), *told], {"report.json": noise(20_000)})

    assert len(refused) == 2
    assert events(clone, Event.FAILED) == [arn(number) for number in range(20)]
    assert events(clone, Event.NOTICED) == []


def least_bound(remote: Remote, clone: Path, made: Plan) -> int:
    """The least bound of a push at which the intents of a plan are taken. It takes none."""
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    low, high = 0, 2**17
    while high - low > 16:
        refuse_pushes(remote, middle := (low + high) // 2)
        with pytest.raises(DoorClosed) as refused:
            recorded(clone, made)
        low, high = (low, middle) if "hook declined" in str(refused.value) else (middle, high)
    hook.unlink()
    return high + 16  # a push has a random word and a time in it


@pytest.mark.parametrize("count", [2, 40])
def test_where_the_intents_are_just_taken_the_outcomes_are_too(remote: Remote, clone: Path, count: int) -> None:
    """Below that bound the intents are refused, and nothing is done. What fails names its calls, and much is said.

    The same was intended before, so that git sends the intents as little more than a difference.
    """
    calls = [
        stop(number).model_copy(update={"arguments": {"Words": secrets.token_hex(150)}}) for number in range(count)
    ]
    made = plan(*(decision(number, calls=(call,)) for number, call in enumerate(calls)))
    earlier = [entry(Event.INTENDED, number, run="earlier", calls=(call,)) for number, call in enumerate(calls)]
    branch(clone).push(lambda _snapshot: Ledger().remembered_with(earlier), "Earlier", is_run_state)
    refuse_pushes(remote, least_bound(remote, clone, made))
    claim = recorded(clone, made)

    failed = [
        entry(Event.FAILED, number, run=made.run, calls=(call,), detail=secrets.token_hex(200))
        for number, call in enumerate(calls)
    ]
    written(clone, claim, failed, {"report.json": noise(50_000)})

    mine = [one for one in latest(clone).entries if one.run == made.run and one.event is Event.FAILED]
    assert [one.calls for one in mine if not one.cause] == [(call,) for call in calls]


def test_a_remote_that_takes_nothing_more_is_told_as_it_is(remote: Remote, clone: Path) -> None:
    made = due(1)
    claim = recorded(clone, made)
    refuse_pushes(remote, 10)
    with pytest.raises(DoorClosed):
        written(clone, claim, fates(made), {})


def test_closed_files_are_not_asked_of_git(remote: Remote, tmp_path: Path) -> None:
    """In a clone without contents: what is asked for is fetched then, and nothing else."""
    git(remote.path, "config", "uploadpack.allowFilter", "true")
    remote.write(BRANCH, {"ledger/2026-10.jsonl": b"old\n", "ledger/2026-11.jsonl": b"new\n"})
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{remote.path}", str(partial))

    snapshot = branch(partial).fetch(is_run_state)

    assert snapshot.files["ledger/2026-11.jsonl"] == b"new\n"
    missing = git(partial, "rev-list", "--objects", "--missing=print", f"origin/{BRANCH}").splitlines()
    assert f"?{snapshot.blobs['ledger/2026-10.jsonl']}" in missing
    assert f"?{snapshot.blobs['ledger/2026-11.jsonl']}" not in missing
    branch(partial).push(lambda _snapshot: {"ledger/2026-11-02.jsonl": b"newer\n"}, "More", is_run_state)
    assert len(ledger_files(remote.files(BRANCH))) == 3
    left = git(partial, "rev-list", "--objects", "--missing=print", f"origin/{BRANCH}").splitlines()
    assert f"?{snapshot.blobs['ledger/2026-10.jsonl']}" in left
