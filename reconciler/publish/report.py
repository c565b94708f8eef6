"""How everything stands, for people (README.md) and programs (report.json): same state, same bytes. PURE."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from reconciler.decide.case import told_on
from reconciler.ledger.entries import awaiting_notice
from reconciler.model.config import Config
from reconciler.model.ledger import Histories
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.reason import INTENDED_HOLDS, Reason
from reconciler.model.repository import Repository
from reconciler.publish.attention import Attention

MEANINGS = {
    Verdict.EXPIRED: "the task has ended; its file may go",
    Verdict.EXEMPT: "an exemption protects it",
    Verdict.UNSEEN: "AWS did not show it, so it is left alone",
    Verdict.REFUSED: "not done, for the reason given",
    Verdict.SATISFIED: "it stands as the task asks",
    Verdict.UNDERWAY: "AWS is at work on it",
    Verdict.SCHEDULED: "its team is told, and its time has not come",
    Verdict.HELD: "due, but held back",
    Verdict.READY: "set about in the last run; the next one looks",
}
COMING = 20
# What changes by itself, and what only a run itself needs.
INTERNAL = {"seen", "undo_progress", "limit", "allowed_by"}


def decisions_after_run(
    repository: Repository, plan: Plan, outcomes: Sequence[Outcome], before: Histories, told: Delivery
) -> list[Decision]:
    """The decisions as they stand after the run: who was told in it, and what it did, included.

    Without that a second run would have to say what the first already knew.
    """
    fresh, by_key = awaiting_notice(repository, plan, before), {outcome.key: outcome for outcome in outcomes}
    after = []
    for one in plan.decisions:
        news: dict[str, Any] = {}
        if one.key in fresh:
            told_now = {"reason": Reason.TOLD, "why": told_on(one.team, plan.at)}
            news = told_now if one.key in told.delivered else {"due": None}
        elif outcome := by_key.get(one.key):
            news = _after(one, outcome)
        after.append(one.model_copy(update=news))
    return after


def _after(one: Decision, outcome: Outcome) -> dict[str, Any]:
    if outcome.problem is None:
        done = "taken back" if one.undo_progress else "done"
        return {"reason": Reason.SENT, "why": f"{done}; the next run makes sure"}
    if outcome.stale:
        return {"reason": Reason.STALE, "why": f"left alone: {outcome.problem.message}"}
    return {"reason": Reason.FAILED, "why": f"failed: {outcome.problem.message}"}


def data(decisions: Sequence[Decision]) -> bytes:
    """report.json: version 1, the decisions, of each what concerns its reader."""
    rows = [one.model_dump(mode="json", exclude=INTERNAL) for one in decisions]
    return (json.dumps({"version": 1, "decisions": rows}, indent=1, sort_keys=True) + "\n").encode()


def page(
    config: Config,
    decisions: Sequence[Decision],
    failed: Mapping[tuple[str, str], str],
    concerns: Attention,
) -> dict[str, Any]:
    """What templates/report.md.j2 is rendered with."""
    counts = Counter(one.verdict for one in decisions)
    matters = ((one, failed.get(one.key) or _matter(one)) for one in decisions)
    due = sorted((one for one in decisions if one.verdict is Verdict.SCHEDULED and one.due), key=_when)
    return {
        "name": config.name,
        "decisions": decisions,
        "deferred": 0,  # known only to who tells
        "summary": {verdict: counts[verdict] for verdict in Verdict if counts[verdict]},
        "meanings": MEANINGS,
        "attention": [{**one.model_dump(), "matter": matter} for one, matter in matters if matter],
        "concerns": concerns,
        "coming": due[:COMING],
        "accounts": [
            (_heading(config, name), list(ones)) for name, ones in groupby(decisions, key=lambda one: one.account)
        ],
    }


def _matter(one: Decision) -> str:
    """Why a person must look at it; "" if nobody must."""
    if one.verdict in (Verdict.UNSEEN, Verdict.REFUSED):
        return one.why
    return one.why if one.verdict is Verdict.HELD and one.reason not in INTENDED_HOLDS else ""


def _heading(config: Config, name: str) -> str:
    account = config.accounts.get(name)
    return f"{name} ({account.id}){'' if account.enforce else ', only watched'}" if account else name


def _when(one: Decision) -> tuple[str, str, str]:
    return (one.due.isoformat() if one.due else "", one.task, one.target)
