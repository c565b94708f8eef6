"""Loading: every fault of every file at once, at its place; and not one look at AWS while there is one."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.demo.server import Gate
from reconciler.errors import Fault, InvalidInput
from reconciler.load.repository import load
from tests.aws import WEB
from tests.desk import CONFIG, Desk, task
from tests.faulty import FAULTS, write_faulty

INSTANCE = f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-0123456789abcdef0"
GROUP = f"arn:aws:ec2:eu-west-1:{WEB}:security-group/sg-0123456789abcdef0"


def faults(root: Path, **files: str) -> tuple[Fault, ...]:
    """The faults of a repository with these files; `tasks__a` is tasks/a.yaml."""
    written = {"krampus": CONFIG, **files}
    for name, text in written.items():
        path = root / f"{name.replace('__', '/').replace('_', '-')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as invalid:
        load(root)
    return invalid.value.faults


def test_all_faults_of_many_files_come_at_once_each_at_its_place(tmp_path: Path) -> None:
    write_faulty(tmp_path)

    result = CliRunner().invoke(app, ["validate", "--root", str(tmp_path), "--format", "json"])

    found = json.loads(result.stdout)["faults"]
    assert result.exit_code == 2
    for file, line, word in FAULTS:
        assert [one for one in found if (one["file"], one["line"]) == (file, line) and word in one["message"]], (
            file,
            line,
        )
    # Two more are so, whatever else is wrong: the bucket of the task with a doubled key names no account, and nothing
    # tells who wrote the report branch of the account that is enforced.
    assert len(found) == len(FAULTS) + 2
    assert all(one["help"] and one["column"] >= 1 for one in found)


def test_github_gets_annotations_and_people_get_text(tmp_path: Path) -> None:
    write_faulty(tmp_path)

    github = CliRunner().invoke(app, ["validate", "--root", str(tmp_path), "--format", "github"]).stdout
    text = CliRunner().invoke(app, ["validate", "--root", str(tmp_path)]).stdout

    assert "::error file=exemptions/broken.yaml,line=1,col=9::" in github
    assert len([line for line in github.splitlines() if line.startswith("::error")]) <= 10
    assert "krampus.yaml:10:1: unknown key 'guardrials'" in text
    assert "did you mean 'guardrails'?" in text


@pytest.mark.promise(1)
def test_a_faulty_exemption_stops_the_run_before_it_asks_aws_anything(desk: Desk, gate: Gate) -> None:
    desk.write({"tasks/idle.yaml": task("disable", INSTANCE), "exemptions/bad.yaml": "reason: half a file"})

    result = desk.reconcile(timedelta(), expect=2)

    assert gate.requests == []
    assert "exemptions/bad.yaml:1:1" in result.stderr
    assert desk.head() == ""


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("arn:aws:ec2:eu-west-1:111122223333:instance:i-0a1b2c3d4e5f60718", "not how AWS writes it"),
        ("arn:aws:lambda:eu-west-1:111122223333:function/sum", "not how AWS writes it"),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/i-*", "not one resource"),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/*", "not one resource"),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/i-123", "cannot be the name"),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789ABCDEF0", "cannot be the name"),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/", "cannot be the name"),
        ("arn:aws:ec2:eu-west-1:111122223333:instanse/i-0123456789abcdef0", "does not know the kind"),
        ("arn:aws:ec2::111122223333:instance/i-0123456789abcdef0", "names no region"),
        ("arn:aws:ec2:europe:111122223333:instance/i-0123456789abcdef0", "not an AWS region"),
        ("arn:aws-cn:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0", "partition"),
        ("arn:amazon:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0", "partition"),
        ("arn:aws:ec2:eu-west-1:111122223334:instance/i-0123456789abcdef0", "not in krampus.yaml"),
        ("arn:aws:iam:eu-west-1:111122223333:user/ann", "global"),
        ("arn:aws:s3:::acme-assets", "names no account"),
        ("arn:aws:s3:eu-west-1:111122223333:acme-assets", "neither"),
        ("arn:aws:s3:::acme-assets/key", "cannot be the name"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:report:1", "cannot be the name"),
        ("i-0123456789abcdef0", "not an ARN"),
        ("arn:aws:ec2:eu-west-1", "not an ARN"),
        (f"{INSTANCE} ", "ends with a blank"),
    ],
)
def test_a_target_that_is_in_doubt_is_a_fault(tmp_path: Path, target: str, word: str) -> None:
    (fault,) = faults(tmp_path, tasks__idle=task("disable", target))

    assert word in fault.message
    assert fault.help
    assert fault.line > 1


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"options": {"prot": 22}}, "has no option 'prot'"),
        ({"options": {"port": "22"}}, "option 'port'"),
        ({"options": {"port": 70000}}, "option 'port'"),
        ({"team": "wep"}, "the team 'wep'"),
        ({"expect": 2}, "has 1 targets"),
        ({"after": "2026-12-02", "until": "2026-12-01"}, "end before it begins"),
        ({"severity": "urgent"}, "not one of"),
        ({"grace": "a week"}, "not a duration"),
        ({"finding": "http://x"}, "not a link"),
    ],
)
def test_what_a_task_says_is_checked(tmp_path: Path, keys: dict[str, object], word: str) -> None:
    (fault,) = faults(tmp_path, tasks__ssh=task("disable", GROUP, **keys))

    assert word in fault.message


def test_more_targets_than_a_run_allows_must_be_expected(tmp_path: Path) -> None:
    many = [f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-{number:017x}" for number in range(21)]

    (fault,) = faults(tmp_path, tasks__many=task("kill", *many))

    assert "21 targets are more than" in fault.message
    assert "expect: 21" in fault.help
    (tmp_path / "tasks/many.yaml").write_text(task("kill", *many, expect=21))
    assert len(load(tmp_path).orders) == 21


def test_what_is_not_yet_supported_is_refused_with_a_word(tmp_path: Path) -> None:
    select = 'title: A\nreason: B\naction: kill\nselect: {kinds: ["s3:bucket"], accounts: ["*"]}\n'

    found = faults(tmp_path, tasks__all=select)

    assert [fault.message for fault in found if "not yet supported" in fault.message] == [
        "`select` is not yet supported",
    ]


def test_the_same_target_twice_is_a_fault_but_another_order_for_it_is_not(tmp_path: Path) -> None:
    (twice,) = faults(tmp_path, tasks__a=task("disable", INSTANCE, INSTANCE))
    assert "appears twice" in twice.message

    (same,) = faults(tmp_path, tasks__a=task("disable", INSTANCE), tasks__b=task("disable", INSTANCE))
    assert (same.file, "tasks/a.yaml" in same.message) == ("tasks/b.yaml", True)

    (tmp_path / "tasks/b.yaml").write_text(task("kill", INSTANCE))
    assert len(load(tmp_path).orders) == 2


def test_a_link_that_leads_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(task("kill", INSTANCE))
    root = tmp_path / "inside"
    (root / "tasks").mkdir(parents=True)
    (root / "tasks/link.yaml").symlink_to(tmp_path / "outside.yaml")

    (fault,) = faults(root)

    assert "points out of" in fault.message


def test_overrides_and_defaults_make_the_order(tmp_path: Path) -> None:
    (tmp_path / "tasks/deep").mkdir(parents=True)
    (tmp_path / "krampus.yaml").write_text(CONFIG)
    long = {"resource": "arn:aws:s3:::acme-assets", "account": WEB, "team": "data", "after": "2026-12-01"}
    (tmp_path / "tasks/deep/mixed.yaml").write_text(task("disable", INSTANCE, long, team="web", grace="3d"))

    plain, bucket = load(tmp_path).orders

    assert (plain.task, plain.team, plain.grace, plain.after) == ("mixed", "web", timedelta(days=3), None)
    assert (bucket.team, bucket.target.account, bucket.target.region) == ("data", "website-prod", "global")
    assert bucket.after and bucket.after.isoformat() == "2026-12-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("files", "message", "help"),
    [
        ({"tasks__a": task("disabel", INSTANCE)}, "'disabel' is not one of disable, kill", "did you mean 'disable'?"),
        (
            {"krampus": CONFIG + "guardrails: {freeze: [{from: 2026-12-01, to: 2026-12-02, allow: [criticle]}]}\n"},
            "'criticle' is not one of low, medium, high, critical",
            "did you mean 'critical'?",
        ),
        (
            {"krampus": CONFIG + "guardrails: {freeze: [{form: 2026-12-01}]}\n"},
            "unknown key 'form'",
            "did you mean 'from'?",
        ),
        # A name that people choose may be that of a field.
        *(
            (
                {
                    "krampus": CONFIG.replace(
                        "accounts:", f"accounts:\n  {name}: {{id: '999988887777', enforced: true}}"
                    )
                },
                "unknown key 'enforced'",
                "did you mean 'enforce'?",
            )
            for name in ("team", "regions", "enforce")
        ),
    ],
)
def test_a_misspelt_word_is_told_what_may_stand_there(
    tmp_path: Path, files: dict[str, str], message: str, help: str
) -> None:
    assert (message, help) in [(fault.message, fault.help) for fault in faults(tmp_path, **files)]
