"""`make kind`, and that a kind is imported only when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.sighting import Resource
from reconciler.model.target import Arn
from reconciler.resources.kind import Kind, Options
from tests.new_kind import ROOT, write


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of the project as a new kind is written into."""
    for folder in ("reconciler/resources", "tests/resources"):
        (tmp_path / folder).mkdir(parents=True)
    catalog = "reconciler/resources/catalog.py"
    (tmp_path / catalog).write_text((ROOT / catalog).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_a_new_kind_is_a_file_its_cases_and_a_line_of_the_catalogue(checkout: Path) -> None:
    kind, cases, catalog = write("sns:topic", checkout)

    for file in (kind, cases, catalog):
        compile(file.read_text(encoding="utf-8"), str(file), "exec")
    names = [
        line.strip()
        for line in catalog.read_text(encoding="utf-8").splitlines()
        if line.startswith('    "') and '": "' in line
    ]
    assert '"sns:topic": "sns_topic",' in names
    assert names == sorted(names)


def test_a_new_kind_undoes_only_what_still_stands(checkout: Path) -> None:
    module: dict[str, Any] = {}
    exec(write("sns:topic", checkout)[0].read_text(encoding="utf-8"), module)  # noqa: S102  our own text
    kind: Kind = module["KIND"]
    running, stopped = (Resource("orders", {"state": state}) for state in ("running", "stopped"))
    calls = kind.verbs["disable"].calls(running, Options())

    assert [call.operation for call in kind.undo_calls(stopped, calls).calls] == ["start_thing"]
    assert not kind.undo_calls(running, calls).calls


def test_what_is_there_is_never_overwritten(checkout: Path) -> None:
    for name in ("sqs:queue", "SNS:Topic", "topic"):
        with pytest.raises(ValueError, match=name):
            write(name, checkout)
    kind, *_ = write("sns:topic", checkout)
    kind.write_text("mine", encoding="utf-8")

    with pytest.raises(ValueError, match="is there already"):
        write("sns:topic", checkout)
    assert kind.read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("_outside")
def test_only_the_kinds_of_an_arns_service_are_imported() -> None:
    code = (
        "import sys; from reconciler.resources.catalog import KINDS, resolve;"
        "assert 'sqs:queue' in KINDS and len(list(KINDS)) > 9;"
        "print(resolve('arn:aws:sqs:eu-west-1:111122223333:orders.fifo')[1]);"
        "print([one for one in sys.modules if one.startswith('reconciler.resources.') and one.count('.') == 2])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.splitlines()[0] == "orders.fifo"
    modules = {one.rsplit(".", 1)[1].strip("']") for one in done.stdout.splitlines()[1].split(", ")}
    assert modules == {"catalog", "kind", "place", "shared", "sqs_queue"}


@pytest.mark.parametrize(
    ("form", "arn", "name"),
    [
        ("arn:{partition}:sqs:{region}:{account}:{name}", "arn:aws:sqs:eu-west-1:1:orders.fifo", "orders.fifo"),
        ("arn:{partition}:apigateway:{region}::/restapis/{name}", "arn:aws:apigateway:eu-west-1::/restapis/a1", "a1"),
        (
            "arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:{id}:autoScalingGroupName/{name}",
            "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:0aa:autoScalingGroupName/web",
            "web",
        ),
        ("arn:{partition}:iam::{account}:user{path}{name}", "arn:aws:iam::1:user/a/b/bob", "bob"),
        ("arn:{partition}:s3:::{name}", "arn:aws:s3:::acme", "acme"),
    ],
)
def test_an_arn_is_taken_apart_and_put_together_again(form: str, arn: str, name: str) -> None:
    parsed = ArnPattern(form).parse(Arn.parse(arn))

    assert parsed
    assert parsed["name"] == name
    assert ArnPattern(form).format(partition="aws", region="eu-west-1", account="1", **parsed) == arn


def test_another_spelling_is_known_but_is_not_the_one() -> None:
    form = "arn:{partition}:logs:{region}:{account}:log-group:{name}"
    group = ArnPattern(form, also=(f"{form}:*",))

    assert group.canonical(Arn.parse("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/x:*")) == (
        "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/x"
    )
    assert group.resembles(Arn.parse("arn:aws:logs:eu-west-1:1:log-group/x"))
