"""The operators' issue: one, in the repository of the team that runs Krampus, with all that needs a person. PURE."""

from __future__ import annotations

from reconciler.model.config import Config
from reconciler.model.issue import issue_key
from reconciler.model.notice import Bulletin
from reconciler.publish.attention import Attention

ABOUT = "\noperators"  # no task can be called so


def operators_issue(config: Config, concerns: Attention) -> Bulletin:
    """The issue as it should stand: open while anything needs a person. Watched accounts are in it too.

    An account that cannot be seen is the operators' to mend, enforced or not; the teams of a watched one are told
    nothing.
    """
    team = config.operating_team
    home = config.teams[team]
    return Bulletin(
        key=issue_key(config.installation, ABOUT, "", home.home),
        repository=home.home,
        mention=home.mention or "",
        title="What needs a person",
        template="operators.md.j2",
        content={"concerns": concerns, "accounts": config.accounts},
        open=bool(concerns),
        labels=(config.issues.label, f"{config.issues.label}:operators"),
    )
