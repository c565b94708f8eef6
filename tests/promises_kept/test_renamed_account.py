"""An account is its number: what krampus.yaml calls it may change between any two runs, and between two jobs of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.decide.plan_diff import changes
from reconciler.demo.server import Gate
from reconciler.load.document import parse
from reconciler.load.past import past_orders
from reconciler.model.config import Config
from reconciler.model.ledger import Event
from reconciler.model.plan import Plan, Verdict
from reconciler.model.reason import Reason
from tests.applied import done, exemption, name, open_group, rules
from tests.aws import DATA, WEB, Here
from tests.build import arn, entry, order, repository, seen, stopped, told
from tests.build import exemption as exempted
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, state, task
from tests.laws.build import decided

BUCKET = "arn:aws:s3:::acme-open"
BOTH = CONFIG.replace("team: data}", "team: data, enforce: true}")
# One has a new name, and the other that of the first: the worst of both, renamed and mistaken for another.
RENAMED = BOTH.replace("website-prod", "shop").replace("data-lab", "website-prod")
RAILS = "guardrails: {per_account: {disable: 1}}\n"


@pytest.fixture
def data(endpoint: str) -> Here:
    return Here(endpoint, DATA)


@pytest.fixture
def bucket(web: Here) -> str:
    """An open bucket of the account that is called website-prod at first."""
    where = {"LocationConstraint": web.region}
    web.client("s3").create_bucket(Bucket="acme-open", CreateBucketConfiguration=where)
    return BUCKET


def in_account(said: str) -> dict[str, str]:
    """The bucket as a task names it."""
    return {"resource": BUCKET, "account": said}


def blocked(web: Here) -> bool:
    """Whether the bucket is closed."""
    s3 = web.client("s3")
    try:
        return all(s3.get_public_access_block(Bucket="acme-open")["PublicAccessBlockConfiguration"].values())
    except s3.exceptions.ClientError:
        return False


def notices(desk: Desk, target: str) -> int:
    """How many notices of a target were given."""
    return desk.events().count(("noticed", target))


def merged(desk: Desk, files: dict[str, str]) -> None:
    """What somebody merges while the jobs of a run go on with the commit that they began with."""
    desk.write(files)
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.git("reset", "--quiet", "--hard", "HEAD~1")


# --- limits


@pytest.mark.promise(8)
def test_the_days_limit_counts_what_was_done_under_the_old_name(desk: Desk, web: Here, data: Here) -> None:
    rails = "guardrails: {per_account: {disable: 2}}\n"
    *first, second = instances(web, 3)
    (theirs,) = instances(data)
    later = f"{START + DAY + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    desk.write(
        {
            "krampus.yaml": BOTH + rails,
            "tasks/first.yaml": task("disable", *first),
            "tasks/second.yaml": task("disable", second, theirs, after=later),
        }
    )
    desk.reconcile(0 * HOUR)
    desk.reconcile(DAY)
    desk.write({"krampus.yaml": RENAMED + rails})

    desk.reconcile(DAY + 3 * HOUR, expect=3)

    assert [state(web, one) for one in (*first, second)] == ["stopped", "stopped", "running"]
    assert state(data, theirs) == "stopped"  # nothing was done there on this day
    assert {line["account"] for line in desk.ledger()} == {WEB, DATA}
    assert "1 due in shop and 2 done today" in desk.report()[second]["why"]


# --- undo


@pytest.mark.usefixtures("bucket")
@pytest.mark.promise(5)
def test_an_undo_finds_the_account_that_the_task_named(desk: Desk, web: Here) -> None:
    group = open_group(web)
    before = rules(web, group)
    desk.write({"krampus.yaml": BOTH})
    done(desk, group, in_account("website-prod"))
    assert blocked(web)
    assert rules(web, group) != before
    desk.remove("tasks/open.yaml")
    desk.write({"krampus.yaml": RENAMED})

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 0, result.output
    assert (rules(web, group), blocked(web)) == (before, False)
    assert {line["account"] for line in desk.ledger()} == {WEB}


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(5)
def test_an_exemption_restores_what_was_done_under_the_old_name(desk: Desk, web: Here, bucket: str) -> None:
    desk.write({"krampus.yaml": BOTH})
    done(desk, in_account("website-prod"))
    desk.write(
        {
            "krampus.yaml": RENAMED,
            "tasks/open.yaml": task("disable", in_account("shop")),
            "exemptions/needed.yaml": exemption(bucket, restore="true"),
        }
    )

    desk.reconcile(2 * DAY)

    assert not blocked(web)


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(1)
def test_a_task_whose_name_now_means_another_account_neither_acts_nor_undoes_there(
    desk: Desk, gate: Gate, web: Here, bucket: str
) -> None:
    """The names were exchanged, and nobody touched the task: it names a bucket in an account that has none such."""
    desk.write({"krampus.yaml": BOTH})
    done(desk, in_account("website-prod"))
    web.client("s3").delete_public_access_block(Bucket="acme-open")
    desk.write({"krampus.yaml": RENAMED})
    gate.requests.clear()

    desk.krampus("reconcile", after=2 * DAY)

    assert gate.writes == []
    assert desk.report()[bucket]["account_id"] == DATA
    assert notices(desk, bucket) == 1

    web.client("s3").put_public_access_block(
        Bucket="acme-open",
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    result = desk.krampus("undo", "open", after=3 * DAY)  # no task orders it in that account any more

    assert result.exit_code == 0, result.output
    assert not blocked(web)


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_an_undo_in_an_account_that_is_gone_is_refused_by_its_number(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": BOTH})
    done(desk, target)
    desk.remove("tasks/open.yaml")
    desk.write({"krampus.yaml": BOTH.replace(WEB, "999988887777")})  # its name is another's now

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 3
    assert f"the account {WEB} is no longer in krampus.yaml; add it again first" in result.output
    assert state(web, target) == "stopped"


@pytest.mark.parametrize(
    ("said", "then", "found"),
    [
        ("website-prod", BOTH, WEB),
        (WEB, BOTH, WEB),
        ("data-lab", BOTH, DATA),
        ("shop", BOTH, "the account 'shop' is not in krampus.yaml"),
        ("website-prod", BOTH.replace(WEB, "999988887777"), "the account 999988887777 is not in krampus.yaml"),
        ("website-prod", BOTH + "nonsense: true\n", "does not tell which account 'website-prod' was: unknown key"),
        ("website-prod", "", "does not tell which account 'website-prod' was: the file is empty"),
    ],
)
def test_a_bucket_was_where_krampus_yaml_said_at_that_commit_or_nobody_knows(said: str, then: str, found: str) -> None:
    key = ("c0ffee", "open", BUCKET)
    files = {"krampus.yaml": then.encode(), "tasks/open.yaml": task("disable", in_account(said)).encode()}
    (document, _) = parse("krampus.yaml", RENAMED.encode(), Config)
    assert document

    order = past_orders(document.content, [key], {"c0ffee": files})[key]

    if isinstance(order, str):
        assert found in order
    else:
        assert (order.target.account_id, document.content.accounts[order.target.account].id) == (found, found)


def test_an_exemption_restores_nothing_in_another_account_than_where_it_was_done() -> None:
    """Not even what was ordered and done: what is seen in the one says nothing of the other."""
    spared = exempted(resources=(arn(),), restore=True)
    lines = (told(), *(entry(event, account="data", target=arn()) for event in (Event.INTENDED, Event.APPLIED)))

    (one,) = decided(repository(order(), exemptions=[spared]), lines, seen([order()], stopped())).decisions

    assert (one.verdict, one.reason, one.calls) == (Verdict.REFUSED, Reason.UNDO_REFUSED, ())
    assert DATA in one.why


# --- drift


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(6)
def test_what_drifts_back_after_a_rename_is_caught_without_a_new_notice(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": BOTH})
    done(desk, target)
    desk.write({"krampus.yaml": RENAMED})
    web.client("ec2").start_instances(InstanceIds=[name(target)])

    desk.reconcile(2 * DAY)

    assert state(web, target) == "stopped"
    assert notices(desk, target) == 1
    assert len(list(desk.issues.glob("*.md"))) == 1


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.usefixtures("bucket")
@pytest.mark.promise(9)
def test_a_rename_alone_writes_nothing_to_the_ledger_and_tells_nobody(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": BOTH, "tasks/open.yaml": task("disable", target, in_account("website-prod"))})
    desk.reconcile(0 * HOUR)
    before = desk.ledger()
    desk.write({"krampus.yaml": RENAMED, "tasks/open.yaml": task("disable", target, in_account("shop"))})

    desk.reconcile(HOUR)

    assert desk.ledger() == before
    assert "shop" in desk.issue()
    assert desk.report()[target]["account"] == "shop"


# --- between two jobs of one run


@pytest.fixture
def plan(desk: Desk, web: Here, data: Here, tmp_path: Path) -> Path:
    """A plan that stops one instance and tells of another in website-prod, and has two over the limit in data-lab."""
    (due, new), over = instances(web, 2), instances(data, 2)
    desk.write({"krampus.yaml": BOTH + RAILS, "tasks/due.yaml": task("disable", due, *over)})
    desk.reconcile(0 * HOUR)
    desk.write({"tasks/new.yaml": task("disable", new)})
    desk.git("push", "--quiet", "origin", "HEAD:main")
    file = tmp_path / "plan.json"
    assert desk.krampus("plan", "--out", str(file), after=DAY).exit_code == 3
    return file


def applied(desk: Desk, plan: Path) -> str:
    assert desk.krampus("record", str(plan)).exit_code == 0
    out = plan.with_name("outcomes.json")
    result = desk.krampus("apply", str(plan), "--out", str(out))
    assert result.exit_code == 0, result.output
    return str(out)


@pytest.mark.promise(12)
def test_a_plan_of_before_is_told_and_written_as_accounts_are_called_now(desk: Desk, plan: Path) -> None:
    out = applied(desk, plan)
    desk.write({"krampus.yaml": RENAMED + RAILS})

    result = desk.krampus("publish", str(plan), out)

    assert result.exit_code == 3, result.output  # two are over a limit
    report = desk.report()
    named = {one["account_id"]: one["account"] for one in report.values()}
    assert named == {WEB: "shop", DATA: "website-prod"}
    assert {line["account"] for line in desk.ledger() if WEB in line["target"]} == {WEB}
    over = [one for one in report.values() if one["account_id"] == DATA]
    assert all("2 due in website-prod;" in one["why"] for one in over)
    theirs, ours, operators, new = (desk.issue(number) for number in (1, 2, 3, 4))
    assert f"shop ({WEB})" in ours
    assert f"shop ({WEB})" in new
    assert f"website-prod ({DATA})" in theirs
    assert ("`website-prod`" in operators, "`shop`" in operators) == (True, False)
    assert "data-lab" not in theirs + ours + new + operators + desk.reported("README.md")
    desk.reconcile(DAY + HOUR, expect=3)
    first = [line["target"] for line in desk.ledger() if line["event"] == "noticed" and "cause" not in line]
    assert len(first) == len(set(first)) == 4  # and nobody is told twice


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(2)
def test_a_team_is_told_though_the_old_name_is_that_of_a_watched_account_now(desk: Desk, plan: Path) -> None:
    out = applied(desk, plan)
    desk.write({"krampus.yaml": RENAMED.replace("team: data, enforce: true", "team: data") + RAILS})

    desk.krampus("publish", str(plan), out)

    assert [event for event, target in desk.events() if WEB in target] == ["noticed", "intended", "applied", "noticed"]


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(12)
def test_a_plan_whose_account_was_removed_is_published_and_tells_what_was_done(desk: Desk, plan: Path) -> None:
    out = applied(desk, plan)
    gone = BOTH.replace(WEB, "999988887777")  # another account has its name
    desk.write({"krampus.yaml": gone, "tasks/due.yaml": task("disable", *_of(desk, DATA)), "tasks/new.yaml": ""})
    desk.remove("tasks/new.yaml")

    result = desk.krampus("publish", str(plan), out)

    assert result.exit_code == 3, result.output
    assert "Traceback" not in result.output
    due = desk.issue(2)
    assert f"| `{WEB} ({WEB})` |" in due
    assert "999988887777" not in due + desk.reported("README.md")
    assert ("applied", *_of(desk, WEB)) in desk.events()


def _of(desk: Desk, account: str) -> list[str]:
    """The targets of the first task in an account."""
    return sorted({line["target"] for line in desk.ledger() if line["task"] == "due" and account in line["target"]})


@pytest.mark.parametrize("command", ["record", "apply"])
def test_a_plan_of_before_is_neither_recorded_nor_applied(desk: Desk, gate: Gate, plan: Path, command: str) -> None:
    if command == "apply":
        assert desk.krampus("record", str(plan)).exit_code == 0
    desk.write({"krampus.yaml": RENAMED})
    gate.requests.clear()

    result = desk.krampus(command, str(plan))

    assert result.exit_code == 2
    assert "plan again; nothing has been done" in result.output
    assert gate.writes == []


@pytest.mark.promise(4)
def test_a_rename_that_is_merged_before_the_calls_changes_none_of_them(
    desk: Desk, gate: Gate, web: Here, plan: Path
) -> None:
    assert desk.krampus("record", str(plan)).exit_code == 0
    merged(desk, {"krampus.yaml": RENAMED})
    gate.requests.clear()

    result = desk.krampus("apply", str(plan))

    assert result.exit_code == 0, result.output
    (call,) = gate.writes
    assert call.operation == "StopInstances"
    assert [state(web, one) for one in _of(desk, WEB)] == ["stopped"]


@pytest.mark.usefixtures("bucket")
@pytest.mark.promise(4)
def test_a_bucket_that_main_puts_into_another_account_by_now_is_left_alone(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path
) -> None:
    desk.write({"krampus.yaml": BOTH, "tasks/open.yaml": task("disable", in_account("website-prod"))})
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.reconcile(0 * HOUR)
    plan = tmp_path / "plan.json"
    assert desk.krampus("plan", "--out", str(plan), after=DAY).exit_code == 0
    assert desk.krampus("record", str(plan)).exit_code == 0
    merged(desk, {"krampus.yaml": RENAMED})
    gate.requests.clear()

    result = desk.krampus("apply", str(plan))

    assert "no task asks for it any longer" in result.output
    assert gate.writes == []
    assert not blocked(web)


def test_a_name_that_is_the_number_of_another_account_is_a_fault(desk: Desk) -> None:
    desk.write({"krampus.yaml": CONFIG.replace("data-lab", f'"{WEB}"')})

    result = desk.krampus("validate")

    assert result.exit_code == 2
    assert f"the name '{WEB}' is the id of another account" in result.output


# --- what a pull request shows


def test_a_pull_request_that_only_renames_changes_nothing(desk: Desk, web: Here, tmp_path: Path) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": BOTH, "tasks/open.yaml": task("disable", target)})
    desk.write({"krampus.yaml": RENAMED})

    file = tmp_path / "plan.json"
    assert desk.krampus("plan", "--base", "HEAD^", "--out", str(file), after=0 * HOUR).exit_code == 0

    made = Plan.model_validate_json(file.read_text(encoding="utf-8"))
    assert made.before
    assert changes(made.before, made.decisions) == []
