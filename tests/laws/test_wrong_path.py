"""What IAM finds under another path or case than the ARN says is refused: protections and exemptions go by the ARN."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reconciler.model.plan import Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Problem, Resource
from reconciler.model.target import GLOBAL, Target
from reconciler.observe.named import observe
from reconciler.resources.catalog import KINDS
from reconciler.resources.place import Place
from tests.aws import Here, seen_by
from tests.build import IDS, look_of, order, repository, told
from tests.laws.build import decided, looking, notice_of
from tests.resources.shared.iam import STATEMENT

WHO = [name for name in KINDS if name.startswith("iam:")]


def made(here: Here, noun: str, name: str = "app") -> str:
    """A new one below /ops/eu/ that may do something; its name."""
    iam, me = here.client("iam"), {f"{noun.title()}Name": name}
    extra = {"AssumeRolePolicyDocument": "{}"} if noun == "role" else {}
    getattr(iam, f"create_{noun}")(**me, Path="/ops/eu/", **extra)
    document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    getattr(iam, f"put_{noun}_policy")(**me, PolicyName="reads", PolicyDocument=document)
    return name


@pytest.mark.promise(1, 8)
@pytest.mark.parametrize("action", ["disable", "kill"])
@pytest.mark.parametrize("who", WHO)
def test_the_path_in_aws_is_the_one_in_the_arn_or_nothing_is_done(here: Here, who: str, action: Any) -> None:
    noun = who.removeprefix("iam:")
    name = made(here, noun)
    (resource,) = seen_by(KINDS[who], action, here, [name])

    def verdict(written: str, *guards: str) -> Verdict:
        text = f"arn:aws:iam::{IDS['web']}:{noun}/{written}"
        options = {"skip_backup": True} if action == "kill" else {}
        one = order(target=Target(text, "web", IDS["web"], GLOBAL, who, name), action=action, options=options)
        notice = told(days=30, target=text, action=action, digest=notice_of(one))
        rails = {"protected": [guard.format(noun=noun) for guard in guards]}
        seen = looking([one], replace(resource, created=None))
        (decision,) = decided(repository(one, guardrails=rails), [notice], seen).decisions
        return decision.verdict

    assert verdict(f"ops/eu/{name}") is Verdict.READY
    wrong_path = (name, f"ops/{name}", f"ops/eu/more/{name}", f"OPS/EU/{name}", f"ops/eu//{name}")
    for wrong in (*wrong_path, "ops/eu/App", "APP"):
        assert verdict(wrong) is Verdict.REFUSED, wrong
    # However a guard spells what may be it: with another path, or none, and in another case.
    for guard in (f"ops/eu/{name}", name, "App", "other/app", "OPS/*", "a*", "A?P", "*/APP"):
        assert verdict(f"ops/eu/{name}", f"arn:aws:iam::*:{{noun}}/{guard}") is Verdict.REFUSED, guard
    assert verdict(f"ops/eu/{name}", "arn:aws:iam::*:{noun}/ap", "arn:aws:iam::*:{noun}/sec/*") is Verdict.READY


@pytest.mark.promise(1, 8)
@pytest.mark.parametrize("who", WHO)
def test_a_name_in_another_case_is_seen_and_refused(here: Here, who: str) -> None:
    """AWS answers to it, so that it is not there would be no more than a guess."""
    noun = who.removeprefix("iam:")
    made(here, noun, "App")
    target = Target(f"arn:aws:iam::{IDS['web']}:{noun}/ops/eu/APP", "web", IDS["web"], GLOBAL, who, "APP")
    one = order(target=target)
    (sighting,) = observe([look_of(one)], Looking(here)).values()
    assert sighting.resource is not None
    live = looking([one], replace(sighting.resource, created=None))
    notice = told(days=30, target=target.arn, digest=notice_of(one))
    (decision,) = decided(repository(one), [notice], live).decisions
    assert (decision.verdict, decision.reason) == (Verdict.REFUSED, Reason.WRONG_PATH)
    assert f"`{noun}/ops/eu/App`" in decision.why


@dataclass(frozen=True)
class Looking:
    """Looks at one account, whoever is asked for."""

    here: Here

    def look(self, _account: str, _region: str, see: Callable[[Place], list[Resource]]) -> list[Resource] | Problem:
        return see(self.here)
