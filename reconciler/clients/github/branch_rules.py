"""GitHub's two kinds of rules of a branch as one: rulesets, of which several may hold, and the older protection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from reconciler.model.protection import ADMINISTRATORS, Actor, Actors, BranchRules

Rule = Mapping[str, Any]
# The rules that are asked for; whoever may bypass one of these is named.
ASKED = ("pull_request", "non_fast_forward", "deletion", "required_status_checks")


def of_rulesets(rules: Iterable[Rule], bypass: Mapping[int, list[Rule] | None]) -> BranchRules:
    """The rules that hold for a branch. `bypass`: by ruleset, who may bypass it, None if that is not shown."""
    by_type: dict[str, list[Rule]] = {}
    for rule in rules:
        by_type.setdefault(str(rule["type"]), []).append(rule)
    let_by = {kind: _let_by(each, bypass) for kind, each in by_type.items()}
    reviews = [rule.get("parameters") or {} for rule in by_type.get("pull_request", ())]
    checks = [rule.get("parameters") or {} for rule in by_type.get("required_status_checks", ())]
    return BranchRules(
        approvals=max((int(one.get("required_approving_review_count", 0)) for one in reviews), default=None),
        code_owners=any(one.get("require_code_owner_review") for one in reviews),
        fresh=any(one.get("dismiss_stale_reviews_on_push") or one.get("require_last_push_approval") for one in reviews),
        no_force="non_fast_forward" in by_type,
        no_deletion="deletion" in by_type,
        checks=frozenset(str(each["context"]) for one in checks for each in one["required_status_checks"]),
        creators=let_by.get("creation"),
        pushers=let_by.get("update"),
        bypass=frozenset().union(*(let_by.get(kind, frozenset()) for kind in ASKED)),
    )


def of_protection(found: BranchRules, shown: Rule) -> BranchRules:
    """The same with what the older protection of the branch adds."""
    review, restrictions = shown.get("required_pull_request_reviews"), shown.get("restrictions")
    outside = frozenset() if _on(shown, "enforce_admins") else ADMINISTRATORS
    checks = shown.get("required_status_checks") or {}
    contexts = {str(one["context"]) for one in checks.get("checks") or ()} | set(checks.get("contexts") or ())
    reviews = review or {}
    approvals = [found.approvals, int(reviews.get("required_approving_review_count", 0)) if review else None]
    pushers = None if restrictions is None else _restricted(restrictions) | outside
    return replace(
        found,
        approvals=max((one for one in approvals if one is not None), default=None),
        code_owners=found.code_owners or bool(reviews.get("require_code_owner_reviews")),
        fresh=found.fresh or bool(reviews.get("dismiss_stale_reviews") or reviews.get("require_last_push_approval")),
        no_force=found.no_force or not _on(shown, "allow_force_pushes"),
        no_deletion=found.no_deletion or not _on(shown, "allow_deletions"),
        checks=found.checks | contexts,
        creators=_both(found.creators, pushers if _on(shown, "block_creations") else None),
        pushers=_both(found.pushers, pushers),
        bypass=found.bypass | _restricted(reviews.get("bypass_pull_request_allowances") or {}) | outside,
    )


def _let_by(rules: list[Rule], bypass: Mapping[int, list[Rule] | None]) -> Actors:
    """Who may bypass all of these rules, as far as that is shown."""
    return reduce(frozenset.intersection, (_actors(bypass[int(rule["ruleset_id"])] or ()) for rule in rules))


def _actors(shown: Iterable[Rule]) -> Actors:
    return frozenset(Actor(str(one["actor_type"]), _number(one)) for one in shown)


def _number(shown: Rule) -> int | None:
    number = None if shown["actor_type"] in ("OrganizationAdmin", "DeployKey") else shown.get("actor_id")
    return None if number is None else int(number)


def _restricted(shown: Rule) -> Actors:
    kinds = {"users": "User", "teams": "Team", "apps": "Integration"}
    return frozenset(Actor(kind, int(one["id"])) for name, kind in kinds.items() for one in shown.get(name) or ())


def _both(one: Actors | None, other: Actors | None) -> Actors | None:
    """Who may by both rules; None for no rule."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _on(shown: Rule, name: str) -> bool:
    return bool((shown.get(name) or {}).get("enabled"))
