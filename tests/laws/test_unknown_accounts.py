"""An exemption of an account that krampus.yaml does not know by that number protects nothing, and is a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest

from reconciler.errors import InvalidInput
from reconciler.load.repository import load
from reconciler.model.repository import Repository

WEB, DATA = "111122223333", "444455556666"
# A name may look like the number of another account, and is none.
NAMES = {"web": WEB, "999988887777": DATA}
CONFIG = {
    "accounts": {name: {"id": number, "team": "web"} for name, number in NAMES.items()},
    "teams": {"web": {}},
    "defaults": {"team": "web"},
}
UNKNOWN = ("", *NAMES, "Web", "777788889999", WEB[:-1], f"{WEB}0", "1111222233**", "*", "?" * 12, f"{WEB} ", "aws")
SERVICES = ("ec2", "iam", "lambda", "rds", "s3", "sqs")
REGIONS = ("", "*", "eu-west-1")
RESOURCES = ("*", "role/ops/*", "instance/i-0123456789abcdef0")
POSSIBLE = {"ec2": RESOURCES[::2], "iam": RESOURCES[:2], "lambda": ("*", "function:x"), "rds": ("*", "db:x-*")}


def every(accounts: Sequence[str], services: Sequence[str] = SERVICES) -> list[str]:
    """An exemption's resources in these accounts: ARNs, and globs of ARNs."""
    return [f"arn:aws:{':'.join(parts)}" for parts in product(services, REGIONS, accounts, RESOURCES)]


def possible(accounts: Sequence[str]) -> list[str]:
    """Those that may be there."""
    return [
        f"arn:aws:{service}:{region}:{account}:{resource}"
        for service, resources in POSSIBLE.items()
        for region, account, resource in product(["", "*"] if service == "iam" else REGIONS[1:], accounts, resources)
    ]


def loaded(root: Path, file: str, said: Mapping[str, object], key: str, lines: Sequence[object]) -> Repository:
    """A repository with one file, in which one key has a list, from line 3 on."""
    (root / file).parent.mkdir(exist_ok=True)
    (root / "krampus.yaml").write_text(json.dumps(CONFIG), encoding="utf-8")
    text = "\n".join(["{", *(f" {json.dumps(one)}," for one in lines)])
    whole = f"{json.dumps(said)[:-1]}, {json.dumps(key)}: [\n\n{text[2:]}\n]}}\n"
    (root / file).write_text(whole, encoding="utf-8")
    return load(root)


def faults(root: Path, *given: object) -> dict[int, str]:
    """Which of the list are faults, and what is said of them."""
    with pytest.raises(InvalidInput) as caught:
        loaded(root, *given)  # type: ignore[arg-type]  # the case holds what only `loaded` knows the types of
    return {fault.line - 3: fault.message for fault in caught.value.faults}


SPARED = ("exemptions/one.yaml", {"reason": "x", "owner": "web", "expires": "2026-12-31"}, "resources")
ORDERED = ("tasks/one.yaml", {"title": "x", "reason": "x", "action": "disable", "expect": 0}, "targets")


@pytest.mark.promise(1)
def test_it_is_a_fault_at_its_line_whatever_the_form(tmp_path: Path) -> None:
    resources = every(UNKNOWN)
    found = faults(tmp_path, *SPARED, resources)
    # No ARN of a bucket names an account.
    bare = {number for number, one in enumerate(resources) if one.split(":")[2] == "s3" and not one.split(":")[4]}
    assert set(found) >= set(range(len(resources))) - bare
    assert all("account" in message for number, message in found.items() if number not in bare)


def test_a_known_account_is_none(tmp_path: Path) -> None:
    resources = [*possible([WEB, DATA]), "arn:aws:s3:::acme", "arn:aws:s3:*::acme-*"]
    (exemption,) = loaded(tmp_path, *SPARED, resources).exemptions.values()
    assert exemption.resources == tuple(resources)


def test_any_account_of_a_bucket_is_one_since_no_bucket_is_named_so(tmp_path: Path) -> None:
    resources = every([WEB, DATA], ["s3"])
    assert len(faults(tmp_path, *SPARED, resources)) == len(resources)


@pytest.mark.promise(1)
def test_a_target_that_no_exemption_of_its_account_could_cover_is_a_fault(tmp_path: Path) -> None:
    targets = [
        {"resource": f"arn:aws:ec2:eu-west-1:{account}:instance/i-{number:017}", "account": said}
        for number, (account, said) in enumerate(product(UNKNOWN, (*NAMES, *NAMES.values())))
    ]
    assert set(faults(tmp_path, *ORDERED, targets)) >= set(range(len(targets)))
