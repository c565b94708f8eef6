"""What IAM would find under another path than the ARN says is refused: protections and exemptions go by the ARN."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.plan import Verdict
from reconciler.model.target import GLOBAL, Target
from reconciler.resources.catalog import KINDS
from tests.aws import Here
from tests.build import IDS, order, repository, told
from tests.laws.build import decided, looking, notice_of
from tests.resources.shared.iam import STATEMENT

WHO = [name for name in KINDS if name.startswith("iam:")]


def made(here: Here, noun: str) -> str:
    """A new one below /ops/eu/ that may do something; its name."""
    iam, me = here.client("iam"), {f"{noun.title()}Name": "app"}
    extra = {"AssumeRolePolicyDocument": "{}"} if noun == "role" else {}
    getattr(iam, f"create_{noun}")(**me, Path="/ops/eu/", **extra)
    document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    getattr(iam, f"put_{noun}_policy")(**me, PolicyName="reads", PolicyDocument=document)
    return "app"


@pytest.mark.promise(1, 8)
@pytest.mark.parametrize("action", ["disable", "kill"])
@pytest.mark.parametrize("who", WHO)
def test_the_path_in_aws_is_the_one_in_the_arn_or_nothing_is_done(here: Here, who: str, action: Any) -> None:
    noun = who.removeprefix("iam:")
    name = made(here, noun)
    see = KINDS[who].verbs[action].observe or KINDS[who].observe
    (resource,) = see(here, [name])

    def verdict(written: str) -> Verdict:
        text = f"arn:aws:iam::{IDS['web']}:{noun}/{written}"
        options = {"skip_backup": True} if action == "kill" else {}
        one = order(target=Target(text, "web", IDS["web"], GLOBAL, who, name), action=action, options=options)
        notice = told(days=30, target=text, action=action, digest=notice_of(one))
        (decision,) = decided(repository(one), [notice], looking([one], replace(resource, created=None))).decisions
        return decision.verdict

    assert verdict(f"ops/eu/{name}") is Verdict.READY
    for wrong in (name, f"ops/{name}", f"ops/eu/more/{name}", f"OPS/EU/{name}", f"ops/eu//{name}"):
        assert verdict(wrong) is Verdict.REFUSED, wrong
