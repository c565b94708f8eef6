"""A repository full of traps: files that programs run, import or obey when they stand in it. Each leaves a mark."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

# What stands for a module of Python's own, of a package that Krampus needs, of Krampus itself, or of what starts them.
MODULES = sorted(
    {name for name in (*sys.stdlib_module_names, *packages_distributions()) if name.isidentifier() and name != "tests"}
    | {"pip", "setuptools", "wheel", "reconciler", "krampus", "sitecustomize", "usercustomize", "distutils-precedence"}
)
FOLDERS = ("pip", "venv", "ensurepip", "encodings", "importlib", "reconciler", "yaml", "git")  # with a __main__ as well
PROGRAMS = (
    *("krampus", "git", "python", "python3", "pip", "env", "sh", "bash", "sed", "dirname", "ssh", "gpg", "ssh-keygen"),
    *("git-remote-https", "git-upload-pack", "true", "activate", "bin/python", "bin/krampus", "Scripts/activate"),
)
HOOKS = (
    *("post-checkout", "pre-push", "reference-transaction", "post-index-change", "pre-auto-gc", "fsmonitor-watchman"),
    *("pre-commit", "commit-msg", "post-commit", "update", "pre-receive", "post-receive", "post-merge", "pre-rebase"),
)


def traps(marks: Path) -> dict[str, str]:
    """Path -> text of every file that is a trap; `marks`: the folder in which one that is run leaves a file."""
    files = {f"{name}.py": _python(marks, f"module-{name}") for name in MODULES if name not in FOLDERS}
    for name in FOLDERS:
        files |= {f"{name}/{part}.py": _python(marks, f"module-{name}") for part in ("__init__", "__main__")}
    files |= {name: script(marks, f"program-{Path(name).name}") for name in PROGRAMS if name not in FOLDERS}
    files |= {f".githooks/{name}": script(marks, f"hook-{name}") for name in HOOKS}
    python, shell = _python(marks, "python-file"), script(marks, "shell-file")
    files |= dict.fromkeys(("setup.py", "conftest.py", "manage.py", "noxfile.py", "__main__.py", ".pdbrc"), python)
    files |= dict.fromkeys((".env", ".envrc", ".bashrc", ".profile", ".bash_profile", ".bash_env"), shell)
    return files | _obeyed(marks)


def _obeyed(marks: Path) -> dict[str, str]:
    touch = f"touch {marks}"
    return {
        "krampus.pth": f"import pathlib; pathlib.Path({str(marks / 'pth')!r}).touch()\n",
        "trap-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: trap\nVersion: 1.0\n",
        "trap-1.0.dist-info/entry_points.txt": "[pydantic]\ntrap = setup:trap\n[keyring.backends]\ntrap = setup\n",
        "outcomes-trap.json": "not made by Krampus",
        "pyvenv.cfg": "home = /nowhere\ninclude-system-site-packages = true\n",
        ".python-version": "0.1\n",
        ".tool-versions": "python 0.1\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n',
        "setup.cfg": "[global]\ncommand_packages = setup\n[tool:pytest]\naddopts = -p setup\n",
        "pip.conf": "[global]\nno-index = true\n[install]\nrequirement = requirements.txt\n",
        "requirements.txt": "-e .\n",
        "requirements.lock": "-e .\n",
        ".netrc": "machine 127.0.0.1 login mallory password x\n",
        "Makefile": f"all:\n\t{touch}/make\n",
        ".gitattributes": "* filter=trap diff=trap merge=trap ident\ntasks/** filter=trap\n",
        ".gitmodules": f'[submodule "trap"]\n\tpath = trap\n\turl = ext::{touch}/sub\n\tupdate = !{touch}/update\n',
        ".gitconfig": hostile(marks, "home"),
        ".mailmap": "Mallory <mallory@example.org> <author@example.org>\n",
        ".lfsconfig": f'[lfs]\n\turl = ext::{touch}/lfs\n[lfs "customtransfer.x"]\n\tpath = {touch}/lfs\n',
        # What git takes for a bare repository, wherever below the top it stands.
        "vendor/HEAD": "ref: refs/heads/main\n",
        "vendor/config": f"[core]\n\trepositoryformatversion = 0\n\tbare = true\n{hostile(marks, 'vendor')}",
        "vendor/objects/keep": "",
        "vendor/refs/keep": "",
    }


def hostile(marks: Path, who: str) -> str:
    """A configuration for git of which every setting that names a program names a trap."""

    def trap(name: str) -> str:
        return f'"{marks.parent}/run-trap {who}-{name}"'

    return f"""
[core]
\thooksPath = "{marks.parent}/hooks-{who}"
\tfsmonitor = {trap("fsmonitor")}
\tpager = {trap("pager")}
\teditor = {trap("editor")}
\tsshCommand = {trap("ssh")}
\taskPass = {trap("askpass")}
\tgitProxy = {trap("proxy")}
\talternateRefsCommand = {trap("alternates")}
[filter "trap"]
\tclean = {trap("clean")}
\tsmudge = {trap("smudge")}
\tprocess = {trap("process")}
\trequired = true
[diff]
\texternal = {trap("diff")}
[diff "trap"]
\tcommand = {trap("diff-driver")}
\ttextconv = {trap("textconv")}
[merge "trap"]
\tdriver = {trap("merge")}
[gpg]
\tprogram = {trap("gpg")}
[gpg "ssh"]
\tprogram = {trap("gpg-ssh")}
\tdefaultKeyCommand = {trap("gpg-key")}
[log]
\tshowSignature = true
\tmailmap = true
\tfollow = true
[commit]
\tgpgSign = true
[push]
\tgpgSign = true
\trecurseSubmodules = on-demand
[pager]
\tlog = {trap("pager-log")}
\tdiff = {trap("pager-diff")}
[trailer "reviewed"]
\tkey = Reviewed-by
\tcmd = {trap("trailer")}
[remote "origin"]
\tuploadpack = {trap("upload-pack")}
\treceivepack = {trap("receive-pack")}
[uploadpack]
\tpackObjectsHook = {trap("pack-objects")}
[protocol]
\tallow = always
[protocol "ext"]
\tallow = always
[submodule "trap"]
\tactive = true
\tupdate = !{marks.parent}/run-trap {who}-submodule
[alias]
""" + "".join(f"\t{name} = !{marks.parent}/run-trap {who}-alias\n" for name in ("log", "fetch", "push", "rev-parse"))


def set_traps(marks: Path) -> None:
    """Put there what `hostile` names: a program that leaves a mark, and hooks that do."""
    marks.mkdir()
    runnable(marks.parent / "run-trap", f'#!/bin/sh\ntouch "{marks}/$1"\n')
    for who in ("home", "vendor", "own"):
        for name in HOOKS:
            runnable(marks.parent / f"hooks-{who}" / name, script(marks, f"{who}-hook-{name}"))


def left(marks: Path) -> list[str]:
    """The marks, sorted."""
    return sorted(path.name for path in marks.iterdir())


def runnable(path: Path, text: str) -> None:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def lay(root: Path, files: dict[str, str]) -> None:
    """Write the traps into a folder, each as a program that may be run; what stands there stays."""
    for name, text in files.items():
        if not (root / name).exists():
            runnable(root / name, text)


def _python(marks: Path, name: str) -> str:
    # Without an import, since what it would import may be a trap as well.
    return f"open({str(marks / name)!r}, 'w').close()\nraise SystemExit('a trap was run')\n"


def script(marks: Path, name: str) -> str:
    """A shell script that leaves a mark."""
    return f'#!/bin/sh\n: > "{marks}/{name}"\nexit 1\n'
