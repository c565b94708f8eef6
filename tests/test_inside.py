"""The guard fails a quick test that reaches outside, and one that says it must and does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
CONFTEST = """
import pytest, socket
from tests.inside import guard, mark

def pytest_configure(config):
    config.addinivalue_line("markers", "outside: it needs something")
    guard(config)

def pytest_collection_modifyitems(items):
    mark(items)

@pytest.fixture
def _outside():
    pass

@pytest.fixture
def server(_outside):
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server

@pytest.fixture
def secret_server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
"""
MARK = '@pytest.mark.usefixtures("_outside")\n'
START = "import os, pytest, socket, subprocess, threading\n\n"
RUN = '    subprocess.run(["true"], check=True)\n'
# what a test does, and what it is told
CASES = {
    "it stays inside": ("def test_it(tmp_path):\n    (tmp_path / 'file').write_text('')\n", ""),
    "its fixture says so": ("def test_it(server):\n    assert server\n", ""),
    "its mark says so": (f"{MARK}def test_it():\n{RUN}", ""),
    "a process": (f"def test_it():\n{RUN}", "subprocess.Popen true"),
    "a fork": ("def test_it():\n    os.fork() or os._exit(0)\n", "os.fork"),
    "a connection": ("def test_it():\n    socket.socket().connect(('127.0.0.1', 9))\n", "socket.connect"),
    "a name": ("def test_it():\n    socket.getaddrinfo('localhost', 80)\n", "socket.getaddrinfo"),
    "a server": ("def test_it():\n    socket.create_server(('127.0.0.1', 0))\n", "socket.bind"),
    "a fixture that does not say so": ("def test_it(secret_server):\n    pass\n", "socket.bind"),
    "refused, and the test goes on": (
        f"def test_it():\n    with pytest.raises(RuntimeError):\n    {RUN}",
        "subprocess.Popen true",
    ),
    "in a thread": (
        "def test_it():\n    one = threading.Thread(target=lambda: subprocess.run(['true']))\n"
        "    one.start()\n    one.join()\n",
        "subprocess.Popen true",
    ),
    "it says so and stays inside": (f"{MARK}def test_it():\n    pass\n", "it stays inside of its process"),
}


def outcomes(folder: Path, *arguments: str) -> dict[str, str]:
    """Each case as a test under the guard, all in one run: case -> how it failed, "" if it passed."""
    tests = {f"test_{number}": case for number, case in enumerate(CASES)}
    bodies = (CASES[case][0].replace("test_it", name) for name, case in tests.items())
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_one.py").write_text(START + "\n".join(bodies))
    record = folder / "record.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        f"--junitxml={record}",
        *arguments,
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    found = ElementTree.parse(record).iter("testcase")  # noqa: S314  pytest has just written it
    return {tests[one.attrib["name"]]: "".join(each.text or "" for each in one) for one in found}


@pytest.mark.usefixtures("_outside")
def test_a_quick_test_stays_inside(tmp_path: Path) -> None:
    for case, failure in outcomes(tmp_path).items():
        said = CASES[case][1]
        assert (said in failure) if said else failure == "", case


@pytest.mark.usefixtures("_outside")
def test_what_goes_outside_is_selected_by_its_mark(tmp_path: Path) -> None:
    marked = {case for case, (body, _) in CASES.items() if body.startswith(MARK) or "(server)" in body}

    assert outcomes(tmp_path, "-m", "outside").keys() == marked
    assert outcomes(tmp_path, "-m", "not outside").keys() == CASES.keys() - marked
