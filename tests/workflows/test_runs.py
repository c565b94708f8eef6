"""The workflows of a repository that `krampus init` laid out, run: from the first pull request to the closed issue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.aws import DATA, WEB, Here
from tests.desk import instances, state, task
from tests.workflows.machine import Event, Job, run
from tests.workflows.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPLY = {"mode": "apply", "allow": ""}
DEAR = pytest.mark.proof("whole workflows, each step of each job a process of its own; `make test` runs some of them")


@pytest.fixture
def accounts(world: World) -> tuple[Here, Here]:
    """Both accounts that are enforced."""
    return Here(world.aws, WEB), Here(world.aws, DATA)


def scheduled(world: World, after: timedelta, lose: dict[str, str] | None = None) -> dict[str, Job]:
    """The schedule's run at a time."""
    world.after = after
    return run(world, "reconcile", Event("schedule", world.main(), inputs={"mode": "", "allow": ""}), lose)


def results(jobs: dict[str, Job]) -> dict[str, str]:
    """Without the job that only a variable brings about."""
    return {name: job.result for name, job in jobs.items() if (name, job.result) != ("look", "skipped")}


def logs(jobs: dict[str, Job]) -> str:
    return "\n".join(f"== {name}: {job.result}\n{job.log}" for name, job in jobs.items())


def proposed(world: World, files: dict[str, str]) -> Event:
    """A pull request with these files, as GitHub offers it to its workflows: merged into main, to try."""
    base, desk = world.main(), world.desk
    desk.git("checkout", "--quiet", "-b", "change")
    desk.write(files, "Propose")
    desk.git("checkout", "--quiet", "-B", "try", "main")
    desk.git("merge", "--quiet", "--no-ff", "-m", "Try", "change")
    sha = desk.git("rev-parse", "HEAD").strip()
    world.git("fetch", "--quiet", str(desk.root), f"+{sha}:refs/pull/1/merge", at=desk.remote)
    desk.git("checkout", "--quiet", "main")
    world.hub.open_pull(world.name, 1)
    pull: dict[str, Any] = {"number": 1, "head": {"repo": {"full_name": world.name}}, "base": {"sha": base}}
    return Event("pull_request", sha, {"pull_request": pull})


def due(world: World, accounts: tuple[Here, Here], **keys: int) -> list[str]:
    """An instance to be stopped in each account, told of a day ago; `keys`: more of the task."""
    targets = [instances(one, 1)[0] for one in accounts]
    world.desk.write({"tasks/idle.yaml": task("disable", *targets, **keys)}, "Order")
    jobs = scheduled(world, 0 * HOUR)
    assert results(jobs) == {"plan": "success", "record": "skipped", "apply": "skipped", "publish": "success"}, logs(
        jobs
    )
    return targets


def test_from_the_first_pull_request_to_the_closed_issue(world: World, accounts: tuple[Here, Here]) -> None:
    targets = [instances(one, 1)[0] for one in accounts]
    files = {"tasks/idle.yaml": task("disable", *targets)}
    pull = proposed(world, files)

    checked, planned = run(world, "validate", pull), run(world, "plan", pull)
    assert results(checked | planned) == dict.fromkeys(("validate", "plan", "comment"), "success"), logs(planned)
    assert "no faults" in checked["validate"].log
    (comment,) = world.hub.listed(world.name).issues[0].comments
    assert all(target in comment.body for target in targets)
    assert world.desk.tip() == ""  # a pull request writes nothing down

    world.desk.git("merge", "--quiet", "change")
    told = scheduled(world, 0 * HOUR)
    assert results(told) == {"plan": "success", "record": "skipped", "apply": "skipped", "publish": "success"}, logs(
        told
    )
    (issue,) = world.hub.issues(world.name, "open")
    assert all(target in issue.body for target in targets)

    acted = scheduled(world, DAY)
    both = ("plan", "record", "apply 1/2", "apply 2/2", "publish")
    assert results(acted) == dict.fromkeys(both, "success"), logs(acted)
    assert [state(one, target) for one, target in zip(accounts, targets, strict=True)] == ["stopped"] * 2
    assert sorted(event for event, _ in world.desk.events()) == sorted(["noticed", "intended", "applied"] * 2)

    assert set(results(scheduled(world, DAY + HOUR)).values()) == {"success", "skipped"}
    assert [one.state for one in world.hub.issues(world.name)] == ["closed"]
    assert world.hub.violations == []


def test_krampus_is_installed_by_hashes_alone(world: World) -> None:
    run(world, "validate", proposed(world, {}))
    (line,) = world.pips.read_text(encoding="utf-8").splitlines()
    assert "--require-hashes" in line
    assert "--no-deps" in line
    assert "--only-binary :all:" in line
    assert line.endswith("/temp)")  # and not in the checkout


def test_a_faulty_pull_request_is_refused_on_its_line(world: World) -> None:
    pull = proposed(world, {"tasks/idle.yaml": "title: x\n"})
    jobs = run(world, "validate", pull) | run(world, "plan", pull)
    assert results(jobs) == {"validate": "failure", "plan": "failure", "comment": "success"}, logs(jobs)
    assert "::error file=tasks/idle.yaml" in jobs["validate"].log
    assert len(world.hub.listed(world.name).issues[0].comments) == 1


def test_a_fork_is_checked_and_gets_no_credentials(world: World) -> None:
    pull = proposed(world, {})
    pull.payload["pull_request"]["head"]["repo"]["full_name"] = "mallory/cloud"
    assert results(run(world, "validate", pull)) == {"validate": "success"}
    assert results(run(world, "plan", pull)) == {"plan": "skipped", "comment": "skipped"}


@DEAR
@pytest.mark.promise(7, 11)
@pytest.mark.parametrize(("when", "done"), [("before", "running"), ("after", "stopped")])
def test_a_shard_that_hands_over_nothing_is_unknown_and_the_next_run_looks(
    world: World, accounts: tuple[Here, Here], when: str, done: str
) -> None:
    targets = due(world, accounts)

    jobs = scheduled(world, DAY, {"apply 2/2": when})

    assert results(jobs) == {
        **dict.fromkeys(("plan", "record", "apply 1/2"), "success"),
        **dict.fromkeys(("apply 2/2", "publish"), "failure"),
    }, logs(jobs)
    assert "exit 3" in jobs["publish"].log
    fates = {target: event for event, target in world.desk.events()}
    lost = next(target for target, fate in fates.items() if fate == "failed")
    (known,) = set(targets) - {lost}
    assert fates[known] == "applied"
    assert "unknown" in world.desk.report()[lost]["why"]
    assert [state(one, target) for one, target in zip(accounts, targets, strict=True) if target == lost] == [done]

    again = scheduled(world, DAY + HOUR)
    later = scheduled(world, DAY + 2 * HOUR)
    assert [world.desk.report()[target]["verdict"] for target in targets] == ["satisfied"] * 2, logs(again | later)
    assert [one.state for one in world.hub.issues(world.name) if "idle" in one.body] == ["closed"]


@DEAR
def test_no_outcome_at_all_is_said_of_every_target(world: World, accounts: tuple[Here, Here]) -> None:
    targets = due(world, accounts)

    jobs = scheduled(world, DAY, {"apply 1/2": "after", "apply 2/2": "before"})

    assert jobs["publish"].result == "failure"
    assert "exit 3" in jobs["publish"].log
    assert all("unknown" in world.desk.report()[target]["why"] for target in targets)
    assert sorted(event for event, _ in world.desk.events()) == sorted(["noticed", "intended", "failed"] * 2)


def test_a_record_that_was_not_made_stops_the_calls_and_publishes_nothing(
    world: World, accounts: tuple[Here, Here]
) -> None:
    due(world, accounts)
    before = world.desk.tip()

    jobs = scheduled(world, DAY, {"record": "before"})

    assert [jobs[name].result for name in ("record", "apply", "publish")] == ["failure", "skipped", "failure"]
    assert "no record of this plan" in jobs["publish"].log
    assert world.desk.tip() == before


@DEAR
def test_a_dispatch_only_plans_unless_it_says_apply(world: World, accounts: tuple[Here, Here]) -> None:
    due(world, accounts)
    world.after, before = DAY, world.desk.tip()

    shown = run(world, "reconcile", Event("workflow_dispatch", world.main(), inputs={"mode": "plan", "allow": ""}))

    assert results(shown) == {"plan": "success", "record": "skipped", "apply": "skipped", "publish": "skipped"}
    assert "2 ready" in shown["plan"].summary
    assert world.desk.tip() == before
    done = run(world, "reconcile", Event("workflow_dispatch", world.main(), inputs=APPLY))
    assert set(results(done).values()) == {"success"}, logs(done)


@DEAR
def test_a_dispatch_may_allow_what_a_limit_holds(world: World, accounts: tuple[Here, Here]) -> None:
    config = (world.desk.root / "krampus.yaml").read_text(encoding="utf-8")
    world.desk.write({"krampus.yaml": f"{config}guardrails: {{per_run: {{disable: 1, kill: 0}}}}\n"}, "Limit")
    targets = due(world, accounts, expect=2)
    assert results(scheduled(world, DAY))["record"] == "skipped"
    assert world.desk.report()[targets[0]]["verdict"] == "held"

    asked = {"mode": "apply", "allow": "disable=2"}
    jobs = run(world, "reconcile", Event("workflow_dispatch", world.main(), inputs=asked))

    assert set(results(jobs).values()) == {"success"}, logs(jobs)
    assert [state(one, target) for one, target in zip(accounts, targets, strict=True)] == ["stopped"] * 2


@pytest.mark.parametrize("workflow", ["reconcile", "undo"])
def test_a_dispatch_on_another_branch_does_not_start(world: World, workflow: str) -> None:
    asked = {**APPLY, "task": "idle", "target": "", "while_paused": False}
    event = Event("workflow_dispatch", world.main(), inputs=asked, ref="refs/heads/change")
    assert set(results(run(world, workflow, event)).values()) == {"skipped"}


def test_the_variables_pause_it_and_switch_its_schedule_off(world: World, accounts: tuple[Here, Here]) -> None:
    targets = due(world, accounts)
    world.variables["KRAMPUS_PAUSED"] = "1"
    assert results(scheduled(world, DAY))["record"] == "skipped"
    assert world.desk.report()[targets[0]]["verdict"] == "held"
    world.variables["KRAMPUS_OFF"] = "true"
    assert set(results(scheduled(world, DAY)).values()) == {"skipped"}


@DEAR
@pytest.mark.promise(5)
def test_an_undo_goes_through_the_same_jobs(world: World, accounts: tuple[Here, Here]) -> None:
    targets = due(world, accounts)
    scheduled(world, DAY)
    world.desk.remove("tasks/idle.yaml")
    asked = {"task": "idle", "target": targets[0], "while_paused": False}
    world.after = DAY + HOUR

    jobs = run(world, "undo", Event("workflow_dispatch", world.main(), inputs=asked))

    assert results(jobs) == dict.fromkeys(("plan", "record", "apply", "publish"), "success"), logs(jobs)
    assert [state(one, target) for one, target in zip(accounts, targets, strict=True)] == ["running", "stopped"]
    assert ("restored", targets[0]) in world.desk.events()
    assert "asked for by ada" in next(one["detail"] for one in world.desk.ledger() if one["event"] == "restored")
    again = run(world, "undo", Event("workflow_dispatch", world.main(), inputs=asked))
    assert results(again) == {"plan": "success", "record": "skipped", "apply": "skipped", "publish": "success"}, logs(
        again
    )


@DEAR
def test_an_undo_of_a_task_in_force_is_refused(world: World, accounts: tuple[Here, Here]) -> None:
    due(world, accounts)
    scheduled(world, DAY)
    asked = {"task": "idle", "target": "", "while_paused": False}
    jobs = run(world, "undo", Event("workflow_dispatch", world.main(), inputs=asked))
    assert set(results(jobs).values()) == {"failure", "skipped"}
    assert "is in force" in jobs["plan"].log
