"""What the tests of the workflows may ask for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.iam.roles import PURPOSES, known_trust
from tests.aws import DATA, WEB
from tests.conftest import set_environment
from tests.desk import make_desk
from tests.github.fake import FakeGithub
from tests.identity.stand_in import standing_in
from tests.security.pusher import key_pair
from tests.workflows.machine import ACTION
from tests.workflows.world import World

COMMIT = "c0ffee" * 6 + "c0ff"
# As `krampus policy --repository acme@1001/cloud@2002` takes them.
TRUSTED = {
    "repository": "acme@1001/cloud@2002",
    "plain_repository": "acme/cloud",
    "repository_id": "2002",
    "branch": "main",
    "environment": "krampus-apply",
    "audience": "sts.amazonaws.com",
    "partition": "aws",
}
CONFIG = """
name: Tests
accounts:
  website-prod: {id: "111122223333", team: platform, regions: [eu-west-1], enforce: true}
  data-lab: {id: "444455556666", team: platform, regions: [eu-west-1], enforce: true}
teams: {platform: {}}
aws: {credentials: oidc}
defaults: {grace: 1d, team: platform}
issues: {tracker: github}
report: {signers: SIGNERS}
"""


@pytest.fixture
def world(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A repository that `krampus init` laid out, with two accounts put into it, on a GitHub, before an empty AWS."""
    set_environment(endpoint, monkeypatch)
    desk = make_desk(tmp_path)
    desk.remove("krampus.yaml")
    laid = CliRunner().invoke(app, ["init", str(desk.root), "--action", f"{ACTION}@{COMMIT}"], catch_exceptions=False)
    assert laid.exit_code == 0, laid.output
    # Without OpenSSH a bare machine still tries the jobs, with the rule of the forge in the place of signatures.
    pair = key_pair(tmp_path, "krampus") if shutil.which("ssh-keygen") else None
    signers = f"[{pair.public}]" if pair else "protected-branch"
    desk.write({"krampus.yaml": CONFIG.replace("SIGNERS", signers)}, "Say which accounts there are")
    with FakeGithub() as hub, standing_in(endpoint) as identity:
        hub.add("acme/cloud")
        for account in (WEB, DATA):
            for purpose in PURPOSES:
                trust = known_trust(purpose, "oidc", {**TRUSTED, "account": account})
                assert trust
                identity.trusts[account, f"krampus-{purpose}"] = trust
        world = World(tmp_path, desk, hub, endpoint, identity)
        world.secrets["krampus-publish"] = {"KRAMPUS_SIGNING_KEY": pair.private if pair else ""}
        world.guard()
        world.main()
        yield world
