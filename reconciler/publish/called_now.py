"""A plan as it is told: each account as krampus.yaml calls it now, which need not be as it did for the plan. PURE."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reconciler.decide.freezes import only_watched
from reconciler.model.config import Config
from reconciler.model.limit import Excess
from reconciler.model.plan import Decision, Plan


@dataclass(frozen=True)
class Told:
    """What is told of a plan: its decisions, ordered as a plan's are, and the limits that it exceeds."""

    decisions: tuple[Decision, ...]
    exceeded: tuple[Excess, ...]


def called_now(plan: Plan, config: Config) -> Told:
    """The plan's decisions and limits; an account that is no longer there keeps its name, unless another has it now."""
    names = config.names

    def name(account_id: str, said: str) -> str:
        return names.get(account_id) or (said if said not in config.accounts else account_id)

    exceeded = [(one, one.model_copy(update={"account": name(one.account_id, one.account)})) for one in plan.exceeded]
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for was, now in exceeded:
        said[was.account_id].append((was.why, now.why))

    def told(decision: Decision) -> Decision:
        called = name(decision.account_id, decision.account)
        if called == decision.account:
            return decision
        why = decision.why.replace(only_watched(decision.account), only_watched(called))
        for before, after in said.get(decision.account_id, ()):
            why = why.replace(before, after)
        return decision.model_copy(update={"account": called, "why": why})

    decisions = sorted(map(told, plan.decisions), key=lambda one: (one.account, one.task, one.target))
    return Told(tuple(decisions), tuple(now for _, now in exceeded))
