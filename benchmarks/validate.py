"""What `krampus validate` takes for 100,000 targets in 2,000 files with 2,000 exemptions, and what starting takes.

CPU time, of the process and of git's, against YAML's own CSafeLoader on the same bytes, and against a Python that
imports the same libraries: ratios, which hold on machines of different speed. The least of some runs each, as other
work on a machine only adds to it. Run: python benchmarks/validate.py
"""

from __future__ import annotations

import compileall
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGETS, FILES, EXEMPTIONS, ACCOUNTS, RUNS = 100_000, 2_000, 2_000, 100, 5
NOW = "2026-12-01"
HALF = "half of the files each"
KRAMPUS = ["-P", "-m", "reconciler"]
LOADED = """
import sys, yaml
from pathlib import Path
for file in sorted(Path(sys.argv[1]).rglob("*.yaml")):
    yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
"""
IMPORTED = """
import importlib, sys
from contextlib import suppress
for name in sys.argv[1:]:
    with suppress(ImportError):  # of what only importing can import, as a part of the machinery itself
        importlib.import_module(name)
"""
Shape = Callable[[int], str]


def main() -> None:
    """Measure both, and print a row for each."""
    compileall.compile_dir(ROOT / "reconciler", quiet=1)  # as pip leaves what it installs
    shapes: dict[str, Shape] = {
        "ARNs alone": alone,
        "with team and note": with_more,
        HALF: lambda number: (with_more if number // (TARGETS // FILES) % 2 else alone)(number),
    }
    for name, shape in shapes.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), shape)
            loader, _ = least(["-c", LOADED, folder])
            ours, memory = least([*KRAMPUS, "validate", "--root", folder, "--now", NOW])
        row(f"validate, {name}", ours, loader, memory)
        if name == HALF:
            sys.stdout.write(f"REACH validate {ours / loader:.2f}\n")
    with tempfile.TemporaryDirectory() as folder:
        python([*KRAMPUS, "init", folder])
        for command in (["--help"], ["--version"], ["kinds"], ["schema"], ["validate", "--root", folder]):
            same, _ = least(["-c", IMPORTED, *libraries([*KRAMPUS, *command])])
            ours, memory = least([*KRAMPUS, *command])
            row(f"start, {command[0]}", ours, same, memory)


def row(name: str, ours: float, theirs: float, memory: float) -> None:
    """One line of the table."""
    sys.stdout.write(f"{name}: {ours / theirs:.2f} times ({ours:.2f} against {theirs:.2f} CPU s, {memory:.0f} MiB)\n")
    sys.stdout.flush()


def alone(number: int) -> str:
    """A target as its ARN."""
    return f"  - {arn(number)}\n"


def with_more(number: int) -> str:
    """A target with what overrides the task's, and a note."""
    return f"  - resource: {arn(number)}\n    team: team-{number % 10}\n    note: seen by the scan of spring {number}\n"


def arn(number: int) -> str:
    """The ARN of a target: four kinds in all accounts."""
    account, region = 100_000_000_000 + number % ACCOUNTS, ("eu-west-1", "us-east-1")[number // ACCOUNTS % 2]
    return (
        f"arn:aws:ec2:{region}:{account}:instance/i-{number:017x}",
        f"arn:aws:iam::{account}:user/dev/user-{number}",
        f"arn:aws:lambda:{region}:{account}:function:function-{number}",
        f"arn:aws:sqs:{region}:{account}:queue-{number}",
    )[number % 4]


def write(root: Path, shape: Shape) -> None:
    """The repository, committed."""
    each, step = TARGETS // FILES, TARGETS // EXEMPTIONS
    accounts = [f'  account-{n}: {{id: "{100_000_000_000 + n}", team: team-{n % 10}}}' for n in range(ACCOUNTS)]
    teams = [f"  team-{number}: {{}}" for number in range(10)]
    rest = ["defaults: {team: team-0}", "issues: {tracker: none}", ""]
    (root / "tasks").mkdir(parents=True)
    (root / "exemptions").mkdir()
    (root / "krampus.yaml").write_text("\n".join(["name: Large", "accounts:", *accounts, "teams:", *teams, *rest]))
    head = f"reason: |\n  It was found open.\n  Nobody uses it.\naction: disable\nexpect: {each}\ntargets:\n"
    for file in range(FILES):
        lines = "".join(map(shape, range(file * each, (file + 1) * each)))
        (root / "tasks" / f"task-{file}.yaml").write_text(f"title: What spring {file} left\n{head}{lines}")
    for number in range(EXEMPTIONS):
        whole = arn(number * step)
        resource = whole if number % 4 else f"{whole[:-1]}?"
        text = f"reason: Needed until the move {number}.\nowner: team-{number % 10}\nexpires: 2027-03-01\n"
        (root / "exemptions" / f"keep-{number}.yaml").write_text(f'{text}resources:\n  - "{resource}"\n')
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "Begin")):
        subprocess.run(["git", "-C", str(root), *arguments], check=True)  # noqa: S603, S607  a repository of our own


def libraries(command: Sequence[str]) -> list[str]:
    """The modules that a command imports and that are none of ours."""
    said = python(["-X", "importtime", *command]).stderr
    found = re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", said, re.MULTILINE)
    return [name for name in found if not name.startswith(("reconciler", "__"))]


def python(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """One run of this Python."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  ours


def least(arguments: Sequence[str]) -> tuple[float, float]:
    """The least CPU seconds of some runs, of the process and of what it starts; and the MiB that it takes."""
    used = []
    for _ in range(RUNS):
        started = subprocess.Popen(  # noqa: S603  ourselves
            [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, usage = os.wait4(started.pid, 0)
        started.returncode = 0
        used.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    return min(used)


if __name__ == "__main__":
    main()
