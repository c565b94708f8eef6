"""Time only goes forward: nobody gains a notice period by what he writes, or by what his clock says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.clients.git.brought import brought
from reconciler.clients.stand_in import is_stand_in
from reconciler.connections import ensure_right
from reconciler.demo.server import Gate
from reconciler.errors import DoorClosed
from reconciler.ledger.chain import parse
from reconciler.model.ledger import Entry
from reconciler.model.plan import plan_of
from tests.aws import WEB, Here
from tests.desk import DAY, HOUR, START, Desk, instances, state, task
from tests.security.pusher import forget, push_files, rewritten

MINUTE = timedelta(minutes=1)


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


@pytest.fixture
def target(desk: Desk, gate: Gate, web: Here) -> str:
    """An instance whose team has been told at START."""
    (arn,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    return arn


def append(desk: Desk, **over: Any) -> str:
    """Somebody appends a line that is like the last one but for this; the commit."""

    def change(files: Mapping[str, bytes]) -> dict[str, bytes]:
        known = parse(files)
        return rewritten(files, [*known, like(known[-1], **over)])

    return push_files(desk, change)


def like(entry: Entry, **over: Any) -> Entry:
    return entry.model_copy(update={"prev": "", "hash": "", "run": "forged", **over})


def test_a_notice_dated_a_month_back_is_refused_with_its_line(desk: Desk, gate: Gate, web: Here, target: str) -> None:
    """Row 5: with it the act would come an hour after the true notice."""
    append(desk, at=START - 30 * DAY)

    result = desk.reconcile(1 * HOUR, expect=2)

    assert "line 2 is dated" in result.output and "earlier than the line before it" in result.output
    assert (gate.writes, state(web, target)) == ([], "running")
    for command in (["plan"], ["undo", "idle"], ["ledger", "verify"]):
        assert desk.krampus(*command, after=HOUR).exit_code == 2, command


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize("back", [6 * MINUTE, HOUR, 400 * DAY])
def test_no_line_goes_back_by_more_than_clocks_differ(desk: Desk, back: timedelta) -> None:
    append(desk, at=START - back)
    assert desk.krampus("plan", after=2 * DAY).exit_code == 2


@pytest.mark.parametrize("ahead", [6 * MINUTE, DAY, 400 * DAY])
def test_a_line_from_the_future_is_refused_and_the_way_back_is_not_to_wait(
    desk: Desk, gate: Gate, web: Here, target: str, ahead: timedelta
) -> None:
    """As a run whose clock was ahead leaves it: adopted, it counts as of then, and a notice is never shorter for it."""
    append(desk, at=START + HOUR + ahead)
    result = desk.reconcile(HOUR, expect=2)
    assert "the clock of the run forged was ahead" in result.output
    assert "krampus ledger adopt" in result.output

    assert desk.krampus("ledger", "adopt", after=HOUR).exit_code == 0
    desk.reconcile(HOUR + MINUTE)
    desk.reconcile(DAY + 30 * MINUTE)
    assert (gate.writes, state(web, target)) == ([], "running")  # told as of the adoption, an hour after START
    desk.reconcile(DAY + 2 * HOUR)
    assert state(web, target) == "stopped"
    assert "the chain is intact" in desk.krampus("ledger", "verify").output


@pytest.mark.usefixtures("target")
def test_a_lease_from_the_future_says_so(desk: Desk, gate: Gate) -> None:
    lease = {"run": "ahead", "at": f"{START + 30 * DAY:%Y-%m-%dT%H:%M:%SZ}"}
    push_files(desk, lambda _files: {"run.json": json.dumps(lease).encode()})
    result = desk.reconcile(2 * DAY, expect=1)
    assert "a time that has not come" in result.output and "krampus ledger adopt" in result.output
    assert gate.writes == []

    assert desk.krampus("ledger", "adopt", after=2 * DAY).exit_code == 0
    desk.reconcile(2 * DAY)


def test_a_notice_older_than_the_commit_of_its_order_is_none(desk: Desk, gate: Gate, web: Here) -> None:
    """No time goes back here: the forged line stands first. But nobody can be told of what is not merged yet."""
    early, late = instances(web, 2)
    desk.write({"tasks/early.yaml": task("disable", early)})
    desk.reconcile(0 * HOUR)

    def change(files: Mapping[str, bytes]) -> dict[str, bytes]:
        (told,) = parse(files)
        return rewritten(files, [like(told, task="late", target=late, identity=late.rpartition("/")[2]), like(told)])

    push_files(desk, change)
    assert "lines of the ledger are missing" in desk.reconcile(HOUR, expect=1).stderr
    push_files(desk, lambda _files: {"heartbeat.json": b"{}"})
    forget(desk)  # he thinks of the heartbeat, too, and whoever looks has a new clone, as jobs have
    desk.remove("tasks/early.yaml")
    gate.requests.clear()
    merged = START + 2 * DAY
    commit(desk, f"{merged.timestamp():.0f}", {"tasks/late.yaml": task("disable", late)})

    for after in (2 * DAY + HOUR, 2 * DAY + 2 * HOUR):
        desk.reconcile(after)
        assert (gate.writes, state(web, late)) == ([], "running")
        events = [line["event"] for line in desk.ledger() if line["target"] == late]
        assert events == ["noticed", "lapsed", "noticed"]
    desk.reconcile(3 * DAY + HOUR)
    assert state(web, late) == "stopped"


def commit(desk: Desk, at: str, files: Mapping[str, str]) -> None:
    """Commit files to main as of a time."""
    for name, text in files.items():
        (desk.root / name).parent.mkdir(parents=True, exist_ok=True)
        (desk.root / name).write_text(text)
    desk.git("add", "-A")
    environment = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    desk.git(*environment, "commit", "--quiet", "-m", "Change")
    tree, parent = (desk.git("rev-parse", name).strip() for name in ("HEAD^{tree}", "HEAD^"))
    raw = f"tree {tree}\nparent {parent}\nauthor A <a@a> {at} +0000\ncommitter A <a@a> {at} +0000\n\nChange\n"
    file = desk.root.parent / "commit"
    file.write_text(raw)
    desk.git("update-ref", "HEAD", desk.git("hash-object", "-t", "commit", "-w", str(file)).strip())


ONE, TWO = (f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-{number:017x}" for number in (1, 2))
T1, T2, T3 = (f"{1_700_000_000 + number * 86_400}" for number in (1, 2, 3))


def when(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def test_an_order_was_brought_by_the_commit_that_added_its_target(desk: Desk) -> None:
    commit(desk, T1, {"tasks/a.yaml": task("disable", ONE)})
    commit(desk, T2, {"tasks/a.yaml": task("disable", ONE, TWO, title="Another")})
    (desk.root / "tasks/a.yaml").unlink()
    commit(desk, T3, {"tasks/moved/a.yaml": task("disable", {"resource": ONE, "note": "still it"}, TWO)})

    assert brought(desk.root, START) == {("a", ONE): when(T1), ("a", TWO): when(T2)}


def test_an_order_that_was_taken_out_and_put_back_was_brought_then(desk: Desk) -> None:
    commit(desk, T1, {"tasks/a.yaml": task("disable", ONE, TWO)})
    commit(desk, T2, {"tasks/a.yaml": task("disable", TWO)})
    commit(desk, T3, {"tasks/a.yaml": task("disable", TWO, ONE)})

    assert brought(desk.root, START)["a", ONE] == when(T3)


def test_attributes_and_lines_that_look_like_gits_own_hide_no_order(desk: Desk) -> None:
    text = f"title: x\nreason: |\n  x\n\n++ b/tasks/z.yaml\n@@ -1 +1 @@\n\x01 1\naction: disable\ntargets:\n  - {ONE}\n"
    commit(desk, T1, {".gitattributes": "tasks/** binary diff=none -text\n", "tasks/a.yaml": text})

    assert brought(desk.root, START) == {("a", ONE): when(T1)}


def test_a_commit_from_the_future_counts_as_made_by_the_next_one(desk: Desk) -> None:
    commit(desk, "9999999999", {"tasks/a.yaml": task("disable", ONE)})
    with pytest.raises(DoorClosed, match="has not come yet"):
        brought(desk.root, START)
    commit(desk, T2, {"tasks/b.yaml": task("disable", TWO)})

    assert brought(desk.root, START) == {("a", ONE): when(T2), ("b", TWO): when(T2)}


@pytest.mark.usefixtures("target")
def test_a_shallow_clone_does_not_act_on_what_it_does_not_know(desk: Desk, gate: Gate) -> None:
    desk.git("push", "--quiet", "origin", "main")
    shallow = desk.root.parent / "shallow"
    desk.git("clone", "--quiet", "--depth=1", f"file://{desk.remote}", str(shallow))
    result = Desk(shallow, desk.remote, desk.issues).krampus("reconcile", after=2 * DAY)
    assert (result.exit_code, "fetch-depth: 0" in result.output, gate.writes) == (1, True, [])


NOT_STAND_INS: dict[str, dict[str, str]] = {
    "AWS itself": {},
    "AWS under its own name": {"AWS_ENDPOINT_URL": "https://sts.amazonaws.com"},
    "AWS without https": {"AWS_ENDPOINT_URL": "http://ec2.eu-west-1.amazonaws.com"},
    "AWS with a dot": {"AWS_ENDPOINT_URL": "https://sts.amazonaws.com."},
    "AWS in capitals": {"AWS_ENDPOINT_URL": "https://STS.AMAZONAWS.COM"},
    "AWS in China": {"AWS_ENDPOINT_URL": "https://sts.cn-north-1.amazonaws.com.cn"},
    "dual stack": {"AWS_ENDPOINT_URL": "https://ec2.eu-west-1.api.aws"},
    "one service": {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_EC2": "https://ec2.amazonaws.com"},
    "only one service": {"AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1"},
    "switched off": {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    "no address": {"AWS_ENDPOINT_URL": "localhost"},
}


@pytest.mark.parametrize("which", NOT_STAND_INS)
def test_what_may_reach_aws_is_no_stand_in(which: str) -> None:
    assert not is_stand_in(NOT_STAND_INS[which], github=False)


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize("command", ["reconcile", "record", "apply", "publish", "undo"])
def test_no_command_that_writes_is_told_the_time_before_real_aws(
    desk: Desk, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    plan = tmp_path / "plan.json"
    assert desk.krampus("plan", "--out", str(plan), after=0 * HOUR).exit_code == 0
    before = desk.tip()
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    given = {"reconcile": (), "undo": ("idle",)}.get(command, (str(plan),))
    result = desk.krampus(command, *given, after=2 * DAY)

    assert (result.exit_code, "--now" in result.output) == (2, True)
    assert (gate.writes, desk.tip()) == ([], before)


def test_github_must_be_a_stand_in_too() -> None:
    here = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    assert is_stand_in(here, github=False)
    assert not is_stand_in(here, github=True)
    assert not is_stand_in({**here, "GITHUB_API_URL": "https://github.example.com/api/v3"}, github=True)
    assert not is_stand_in({**here, "GITHUB_API_URL": "http://github.example.com/api/v3"}, github=True)
    assert is_stand_in({**here, "GITHUB_API_URL": "http://127.0.0.1:2"}, github=True)


class WrongClock(BaseHTTPRequestHandler):
    """A server whose clock is ten minutes behind ours, which answers nothing but that."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(403)
        self.end_headers()
        self.wfile.write(b"<ErrorResponse><Error><Code>No</Code><Message>No</Message></Error></ErrorResponse>")

    def date_time_string(self, _timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() - 600)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def wrong_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An STS that says so."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), WrongClock)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_address[1]}")
    yield
    server.shutdown()


@pytest.mark.usefixtures("wrong_clock")
@pytest.mark.parametrize("command", ["reconcile", "plan", "undo", "record", "apply", "publish"])
def test_no_run_starts_by_a_clock_that_aws_contradicts(desk: Desk, gate: Gate, tmp_path: Path, command: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(plan_of(START, "c0ffee", ()).model_dump_json())
    gate.requests.clear()

    given = {"reconcile": (), "undo": ("idle",), "plan": ("--out", str(plan))}.get(command, (str(plan),))
    result = CliRunner().invoke(app, [command, *given, "--root", str(desk.root)])

    assert (result.exit_code, "ahead of AWS's" in result.output) == (1, True), result.output
    assert (gate.requests, desk.tip()) == ([], "")


@pytest.mark.parametrize("off", [301, -301, 86_400])
def test_a_run_whose_own_clock_is_wrong_does_not_start(off: int) -> None:
    with pytest.raises(DoorClosed, match="set it"):
        ensure_right(timedelta(seconds=off))
    ensure_right(timedelta(seconds=299 if off > 0 else -299))
    ensure_right(None)
