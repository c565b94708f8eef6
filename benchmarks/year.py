"""What a run costs after a year of hourly runs, in which nothing is due.

Makes a bare remote whose report branch holds the lines of so many runs, signed as Krampus signs it, and an embedded AWS
with some targets in force. Prints for each command CPU seconds (its own and those of the git that it starts), the most
memory of any of its processes, and how many bytes of the ledger are on the branch. A first `reconcile` tells the teams,
and writes a checkpoint; those after it have nothing to do.
Run: python benchmarks/year.py [lines, 146000 by default] [targets in force, 50 by default]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from reconciler.clients.git.report_branch import ReportBranch
from reconciler.demo.server import embedded_aws
from reconciler.ledger.read import Ledger
from reconciler.ledger.record import is_run_state
from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event
from tests.aws import WEB, Here
from tests.desk import START, Desk, instances, make_desk, task
from tests.security.pusher import key_pair, signed_by

YEAR = timedelta(days=365)
# A small process between: what a process used at most before it began another program counts for that one, too.
WATCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(process.pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
A_TARGET = 5  # lines, from its notice to the removal of its task


def story(number: int, told: datetime) -> list[Entry]:
    """All that is written of one target: told, a week later stopped, seen to be, and its task removed in a month."""
    name = f"i-{number:017x}"
    stop = Call(
        service="ec2",
        operation="stop_instances",
        arguments={"InstanceIds": [name]},
        undo=Call(service="ec2", operation="start_instances", arguments={"InstanceIds": [name]}),
    )
    week, hour = timedelta(days=7), timedelta(hours=1)
    place = {"tracker": "github", "repository": "acme/website", "place": f"acme/website#{number // 50}"}
    order = {"commit": f"{number // 50:040x}", "identity": f"created {told:%Y-%m-%dT%H:%M:%SZ}"}
    notice = {**place, **order, "since": told, "due": told + week, "digest": f"{number // 50:012x}"}
    found = {"detail": "the instance is stopped, and nothing is left to do"}
    return [
        _entry(number, told, Event.NOTICED, **notice),
        _entry(number, told + week, Event.INTENDED, **order, calls=(stop,), plan=f"{number // 20:064x}"),
        _entry(number, told + week, Event.APPLIED),
        _entry(number, told + week + hour, Event.SETTLED, **found),
        _entry(number, told + 4 * week, Event.SETTLED, detail="the task no longer names it", cause=Cause.WITHDRAWN),
    ]


def _entry(number: int, at: datetime, event: Event, **over: object) -> Entry:
    target = f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-{number:017x}"
    about = {"task": f"idle-machines-{number // 50}", "target": target, "account": WEB, "action": "disable"}
    return Entry.model_validate({"at": at, "run": f"{at:%Y%m%d%H}000000", "event": event, **about, **over})


def year(lines: int) -> Iterator[Entry]:
    """The lines of a year of runs, in order."""
    count = lines // A_TARGET
    first = START - YEAR - timedelta(days=30)
    told = [(first + YEAR * number / count).replace(minute=0, second=0, microsecond=0) for number in range(count)]
    entries = [entry for number, at in enumerate(told) for entry in story(number, at)]
    return iter(sorted(entries, key=lambda entry: entry.at))


def measured(desk: Desk, *arguments: str) -> str:
    """One run of the command: CPU seconds and MiB."""
    now = f"{START + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    command = [sys.executable, "-P", "-m", "reconciler", *arguments, "--root", str(desk.root)]
    timed = command if arguments[0] == "ledger" else [*command, "--now", now]
    # Ourselves.
    done = subprocess.run([sys.executable, "-c", WATCH, *timed], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    seconds, kilobytes = done.stdout.splitlines()[-1].split()
    return f"{float(seconds):5.2f} CPU s {int(kilobytes) / 1024:5.0f} MiB"


def write_year(desk: Desk, lines: int, key: str, signer: str) -> int:
    """Push the lines; their bytes."""
    files = Ledger().remembered_with(list(year(lines)))
    branch = ReportBranch(desk.root, "krampus/reports", signers=(signer,), key=key)
    branch.push(lambda _snapshot: files, "A year", is_run_state)
    return sum(map(len, files.values()))


def main() -> None:
    """Make the year, then run."""
    lines, targets = (int(sys.argv[at]) if len(sys.argv) > at else default for at, default in ((1, 146_000), (2, 50)))
    with tempfile.TemporaryDirectory() as folder, embedded_aws() as (url, _):
        desk, pair = make_desk(Path(folder)), key_pair(Path(folder), "krampus")
        testing = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
        around = {"AWS_ENDPOINT_URL": url, "AWS_CONFIG_FILE": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null"}
        os.environ.update({**testing, **around, "KRAMPUS_SIGNING_KEY": pair.private})
        signed_by(desk, pair)
        desk.write({"tasks/new.yaml": task("disable", *instances(Here(url, WEB), targets), grace="30d")})
        size = write_year(desk, lines, pair.private, pair.public)
        sys.stdout.write(f"{lines} lines, {size / 1e6:.1f} MB, {targets} targets in force\n")
        for arguments in (["reconcile"], ["reconcile"], ["plan"], ["reconcile"], ["ledger", "verify"]):
            sys.stdout.write(f"{' '.join(arguments):15} {measured(desk, *arguments)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
