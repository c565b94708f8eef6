"""The operators' issue: one, in the repository of the team that runs Krampus, with all that needs attention. PURE."""

from __future__ import annotations

from reconciler.model.config import Config
from reconciler.model.issue import issue_key
from reconciler.model.notice import Behind, Notice, Plain
from reconciler.publish.attention import Attention, attention_view
from reconciler.publish.standing_limits import delivered_key

ABOUT = "\noperators"  # no task can be called so


def operators_issue(config: Config, attention: Attention, behind: Behind | None = None) -> Notice:
    """The issue as it should stand: open while anything needs attention. Watched accounts are in it too.

    `behind`: if more issues are missing than a run may write, as when Krampus begins in a large organization.

    An account that cannot be seen is for the operators to repair, enforced or not; the teams of a watched one are
    notified of nothing.
    """
    team = config.teams[config.operating_team]
    return Notice(
        key=issue_key(config.installation, ABOUT, "", team.home),
        repository=team.home,
        mention=team.mention or "",
        title="Needs attention",
        template="operators.md.j2",
        content={**attention_view(attention, config), "behind": _behind_view(behind) if behind else None},
        open=bool(attention or behind),
        labels=(config.issues.label, f"{config.issues.label}:operators"),
        news=tuple(limit.news for limit in attention.standing if limit.news),
        about=tuple(delivered_key(limit.excess) for limit in attention.standing if limit.news),
    )


def _behind_view(behind: Behind) -> dict[str, Plain]:
    return {
        "standing": f"{behind.standing:,}",
        "wanted": f"{behind.wanted:,}",
        "writes": behind.writes,
        "runs": f"{behind.runs:,}",
    }
