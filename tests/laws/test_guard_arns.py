"""An exemption or a protection covers the target that it looks like, or is a fault: for each kind, however misspelt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.load.guard_arns import check_exemption, check_protection
from reconciler.load.possible_arns import NEVER
from reconciler.load.targets import TargetError, resolve_target
from reconciler.model.config import Config
from reconciler.model.spelling import guarding
from reconciler.model.target import Arn
from reconciler.model.task import TaskTarget
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kind
from tests.build import IDS, config
from tests.depth import scaled

CHECKS = (check_exemption, check_protection)
BLANKS = (" ", "\u00a0", "\u200b", "\t", "\ufeff")
OTHER_REGIONS = ("eu-wset-1", "eu-west-12", "EU-WEST-1", "us-east-2", "")
ELSEWHERE = ("web", "123456789012", "1111-2222-3333", "11112222333", "")


def shaped(kind: Kind, name: str, path: str = "/") -> str:
    return kind.arn.format(partition="aws", region="eu-west-1", account=IDS["web"], name=name, path=path)


def names(kind: Kind) -> st.SearchStrategy[str]:
    ascii_only = re.compile(NEVER.sub("", kind.pattern), re.ASCII)
    return st.from_regex(ascii_only, fullmatch=True).filter(re.compile(kind.pattern).fullmatch)


def accepted(check: Callable[[Config, str], None], pattern: str) -> bool:
    try:
        check(config(), pattern)
    except TargetError as error:
        assert error.help
        return False
    return True


def spoilt(arn: str, kind: Kind) -> Iterator[str]:
    """The ARN as it should not be written: ways that were seen, for every kind."""
    taken = Arn.parse(arn)
    yield from (arn + blank for blank in BLANKS)
    yield from (blank + arn for blank in BLANKS)
    yield from (arn.replace("-", "\u2011"), arn.replace("a", "\u0430"), arn.upper(), f"<{arn}>", f"'{arn}'")
    yield from (f"{arn},{arn}", f"{arn} {arn}", f"{arn}\n{arn}", f"{arn}${{id}}", f"{arn}:*".rstrip("*"), f"{arn}/x/")
    yield from (arn.replace("arn:aws:", f"arn:{partition}:") for partition in ("aws-cn", "aws-us-gov", "amazon", ""))
    head = arn.removesuffix(taken.resource)
    yield from (f"{head}{taken.resource.partition(mark)[2]}" for mark in ":/" if mark in taken.resource)
    yield from (f"{head}{taken.resource.replace(mark, '')}" for mark in "-:/" if mark in taken.resource)
    regions = OTHER_REGIONS if kind.arn.parts.region else ("eu-west-1", "us-east-1")
    yield from (f"arn:aws:{taken.service}:{region}:{taken.account}:{taken.resource}" for region in regions)
    accounts = ELSEWHERE if kind.arn.parts.account else (IDS["web"], "web")
    yield from (f"arn:aws:{taken.service}:{taken.region}:{account}:{taken.resource}" for account in accounts)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=scaled(10))
@given(data=st.data())
def test_what_is_accepted_covers_the_target_that_it_looks_like(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    arn = shaped(kind, data.draw(names(kind)))
    assert all(accepted(check, arn) for check in CHECKS)
    assert guarding([arn], arn)
    assert not any(accepted(check, odd) for check in CHECKS for odd in (*map(arn.__add__, BLANKS), f"{arn},{arn}"))
    for text in spoilt(arn, kind):
        for check in CHECKS:
            # What is another resource's ARN, or another spelling of this one's, covers just what it says.
            if accepted(check, text) and text != arn:
                assert guarding([text], text)
                target = resolve_target(config(), TaskTarget(resource=text, account=home(text)), "kill").arn
                assert guarding([text], target), text


def home(arn: str) -> str | None:
    return None if Arn.parse(arn).account else "web"


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=scaled(10))
@given(data=st.data())
def test_a_glob_of_a_possible_arn_is_accepted_and_one_that_fits_none_is_not(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    resource = Arn.parse(shaped(kind, data.draw(names(kind)))).resource
    begin, end = sorted(data.draw(st.tuples(*[st.integers(1, len(resource))] * 2)))
    wild = data.draw(
        st.sampled_from((f"{resource[:begin]}*{resource[end:]}", f"{resource[:begin]}*?{resource[end:]}*"))
    )
    account = IDS["web"] if kind.arn.parts.account else ""
    region = "eu-west-?" if kind.arn.parts.region else ""
    head = f"arn:aws:{kind.name.partition(':')[0]}:{region}:{account}:"
    assert "*?" in wild or accepted(check_exemption, head + wild)
    # A path of IAM may have any letter of ASCII.
    assert "{path}" in kind.arn.form or not accepted(check_exemption, f"{head}{resource[:begin]}!*{resource[end:]}")
    assert not accepted(check_exemption, f"{head}*{resource}*\u00e9")


@pytest.mark.parametrize("name", KINDS)
def test_a_glob_must_fit_a_region_and_an_account_that_are_known(name: str) -> None:
    kind = KINDS[name]
    account = IDS["web"] if kind.arn.parts.account else ""
    region = "*" if kind.arn.parts.region else ""
    rest = re.sub(r"\{.*", "a*", kind.arn.parts.resource.replace("{path}", "/").replace("{name}", ""))
    rest = {"ec2": re.sub(r"/.*", "/*", rest), "kms": "key/*"}.get(kind.name.partition(":")[0], f"{rest}a*")
    service = kind.name.partition(":")[0]
    assert accepted(check_exemption, f"arn:aws:{service}:{region}:{account}:{rest}")
    for wrong in ("eu-wset-*", "us-*", "mars-1"):
        assert not accepted(check_exemption, f"arn:aws:{service}:{wrong}:{account}:{rest}")
    for wrong in ("123456789012", "web", "" if account else IDS["web"]):
        assert not accepted(check_exemption, f"arn:aws:{service}:{region}:{wrong}:{rest}")
    assert not accepted(check_exemption, f"arn:aws-cn:{service}:{region}:{account}:{rest}")
    assert not accepted(check_exemption, f"arn:aws:{service}x:{region}:{account}:{rest}")


def test_many_stars_against_a_long_name_take_no_longer_than_one() -> None:
    """With a regular expression that goes back behind a star, this test would not end."""
    name = "a" * 63 + "b"
    glob = "*a" * 20 + "*c"
    assert not guarding([f"arn:aws:iam::{IDS['web']}:user/{glob}"], f"arn:aws:iam::{IDS['web']}:user/{name}")
    assert guarding([f"arn:aws:iam::{IDS['web']}:user/{glob[:-1]}b"], f"arn:aws:iam::{IDS['web']}:user/{name}")
    assert accepted(check_exemption, f"arn:aws:iam::{IDS['web']}:user/{'*a' * 20}{'?' * 20}*")
    assert not accepted(check_exemption, f"arn:aws:iam::{IDS['web']}:user/{'*a' * 20}{'?' * 20}*!")
