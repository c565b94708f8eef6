"""The commands with which a team does it itself: each kind has them, AWS knows them, and no name breaks out of them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.call import PLANNED, Call
from reconciler.model.plan import Decision
from reconciler.publish.aws_cli import cli_command, manual_commands, option
from reconciler.render.escape import shell
from reconciler.resources.catalog import KINDS
from tests.build import decision
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES
from tests.resources.trial import Trials

REGION = "eu-west-1"
VERBS = [(name, action) for name, kind in KINDS.items() for action in kind.verbs]
SDK = botocore.session.get_session()
OWN = {"region", "force"}  # the command line's own
# As few lines as it takes: formatted, it would be one line a word.
NASTY = [
    "$(touch x)", "`touch x`", "; rm -rf ~", "a' ; id ; '", 'a" ; id ; "', "a\\", "* ?", "~", "!!", "a b", "#x", "&&id",
    "|id", ">x", "<x", "${HOME}", "%0a", "{name}", "{calls}", "{0.__class__}", "@acme/all", "`" * 9, "é", "'", '"',
]  # fmt: skip


def of(kind: str, action: str, name: str, *calls: Call) -> Decision:
    service, _, sort = kind.partition(":")
    target = f"arn:aws:s3:::{name}" if kind == "s3:bucket" else f"arn:aws:{service}:{REGION}:111122223333:{sort}/{name}"
    return decision(target=target, name=name, kind=kind, action=action, region=REGION, calls=calls)


@pytest.mark.parametrize(("kind", "action"), VERBS)
def test_every_kind_and_action_says_how_a_team_does_it(kind: str, action: Any) -> None:
    assert KINDS[kind].verbs[action].manual_commands


def known(words: list[str]) -> None:
    """That the service has the operation, and the operation the parameters."""
    program, service, operation, *rest = words
    assert program == "aws"
    if (service, operation) == ("s3", "rb"):
        return  # the command line's own, over several operations
    model = SDK.get_service_model("s3" if service == "s3api" else service)
    names = {botocore.xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, words
    members = {botocore.xform_name(one, "-") for one in model.operation_model(names[operation]).input_shape.members}
    given = {word[2:] for word in rest if word.startswith("--")} - members  # `--no-reboot` is a member's own name
    assert {option.removeprefix("no-") for option in given} <= members | OWN, words


@pytest.mark.parametrize(("kind", "action"), VERBS)
def test_aws_knows_the_commands(kind: str, action: Any) -> None:
    for template in KINDS[kind].verbs[action].manual_commands:
        if template != PLANNED:
            known(template.split())


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_calls_of_every_kind_are_commands(trials: Trials, example: Example) -> None:
    arn, calls = trials(example).arn, trials(example).sent
    for call in calls:
        said = cli_command(call, REGION)
        known(shlex.split(said))
        for key in call.arguments:
            assert option(key) == botocore.xform_name(key, "-")
    found = decision(target=arn, kind=example.kind, action=example.action, region=REGION, calls=calls)
    assert manual_commands(found)


def test_a_command_reads_as_one_would_write_it() -> None:
    stop = Call(service="ec2", operation="stop_instances", arguments={"InstanceIds": ["i-1", "i-2"], "Force": False})
    assert cli_command(stop, REGION) == "aws ec2 stop-instances --region eu-west-1 --instance-ids i-1 i-2 --no-force"
    close = Call(service="s3", operation="put_bucket_acl", arguments={"Bucket": "a", "Grants": {"B": [1]}})
    assert cli_command(close, "global") == """aws s3api put-bucket-acl --bucket a --grants '{"B": [1]}'"""


def heard(commands: Sequence[str]) -> list[list[str]]:
    """The words of each command as a shell understands them; of all in one shell, since each of its own costs more."""
    script = "".join(f"printf '%s\\0' {command}; printf '\\n\\0'\n" for command in commands)
    read = subprocess.run(["sh", "-f", "-c", script], capture_output=True, check=True).stdout.decode()
    return [each.split("\0")[:-1] for each in read.split("\n\0")[:-1]]


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize(("kind", "action"), VERBS)
def test_no_name_breaks_out_of_its_word(kind: str, action: Any) -> None:
    said: dict[str, str] = {}
    for name in NASTY:
        arguments = {"InstanceIds": [name], "A": name, "B": {"C": name}}
        call = Call(service="ec2", operation="stop_instances", arguments=arguments)
        said |= dict.fromkeys(manual_commands(of(kind, action, name, call)), name)
    words = dict(zip(said, heard(list(said)), strict=True))

    assert words == {command: shlex.split(command) for command in said}
    for command, name in said.items():
        last = name.rsplit("/", 1)[-1]  # IAM's names have no slash
        assert any(name in word or last in word for word in words[command]), name
        assert "\n" not in command, name


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x00b", "a\x1b[2Jb", "a\u202eb", "a\u200bb", "a\x85b", "a\u2028b"])
@pytest.mark.parametrize(("kind", "action"), VERBS)
def test_a_name_that_a_terminal_would_hide_or_act_on_has_no_commands(kind: str, action: Any, name: str) -> None:
    call = Call(service="ec2", operation="stop_instances", arguments={"InstanceIds": [name]})
    assert manual_commands(of(kind, action, name, call)) == ()


@pytest.mark.parametrize("name", ["--endpoint-url=http:x", "-x", "file:secret", "fileb:x", "http:x", "https:x"])
@pytest.mark.parametrize(("kind", "action"), [("iam:user", "disable"), ("iam:user", "kill"), ("rds:db", "kill")])
def test_a_name_that_would_be_taken_for_an_option_has_no_commands(kind: str, action: Any, name: str) -> None:
    call = Call(service="iam", operation="delete_user", arguments={"UserName": name})
    assert manual_commands(of(kind, action, name, call)) == ()


def test_an_address_is_taken_only_where_the_command_line_does_not_fetch_it() -> None:
    def said(key: str, value: str) -> str:
        return cli_command(Call(service="sqs", operation="delete_queue", arguments={key: value}), "global")

    assert said("QueueUrl", "https://sqs/q") == "aws sqs delete-queue --queue-url https://sqs/q"
    for key, value in (("QueueUrl", "file:secret"), ("QueueUrl", "-x"), ("Name", "https://sqs/q")):
        assert said(key, value) == ""


def test_a_command_that_nobody_would_read_is_left_out() -> None:
    call = Call(service="ec2", operation="stop_instances", arguments={"InstanceIds": ["i-1"] * 500})
    assert manual_commands(of("ec2:instance", "disable", "i-1", call)) == ()


@given(st.lists(st.text()))
def test_what_the_shell_reads_is_what_was_meant(words: list[str]) -> None:
    said = shell(words)
    assert said == "" or shlex.split(said) == words
    assert said.isprintable()
