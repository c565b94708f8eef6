"""GitHub Actions, small: runs a workflow's jobs as the file says, and refuses what it does not know."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.actions import USES
from tests.workflows.expressions import WHOLE, Scope, Unknown
from tests.workflows.world import ROOT, World

WORKFLOW = {"name", True, "permissions", "concurrency", "jobs", "env"}
JOB = {
    "name",
    "needs",
    "if",
    "runs-on",
    "timeout-minutes",
    "permissions",
    "outputs",
    "steps",
    "environment",
    "strategy",
}
STEP = {"uses", "with", "run", "env", "if", "id", "name", "shell", "continue-on-error"}
# What an event says of it; one of the schedule says nothing: https://github.com/docker/metadata-action/issues/184
REPOSITORY = {"default_branch": "main"}
ACTION = "acme/krampus"  # where a repository made by `krampus init` finds the action; here it is this very project


@dataclass(frozen=True)
class Event:
    """What starts a workflow: its name, the commit and the ref that it is about, and what comes with it."""

    name: str
    sha: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"


@dataclass
class Job:
    """How one job (of a matrix: one of its instances) went: its name, result, outputs, and all that it printed."""

    name: str
    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class _Place:
    """One job at work. `lost`: its runner is gone, so that nothing more of it happens."""

    world: World
    event: Event
    folder: Path
    environment: dict[str, str]
    contexts: dict[str, Any]
    job: Job
    steps: dict[str, Any] = field(default_factory=dict)
    lost: bool = False

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def artifacts(self) -> Path:
        return self.folder.parent / "artifacts"

    def scope(self) -> Scope:
        return Scope({**self.contexts, "steps": self.steps}, _status(self.job.result == "success"))


def run(world: World, workflow: str, event: Event, lose: Mapping[str, str] | None = None) -> dict[str, Job]:
    """Each job, by name (of a matrix: name and shard). `lose`: job -> `before` its steps, or `after` Krampus ran."""
    said = yaml.safe_load(world.git("show", f"{event.sha}:.github/workflows/{workflow}.yml", at=world.desk.remote))
    _known(said, WORKFLOW)
    world.runs += 1
    return _Run(world, said, event, world.folder / f"run-{world.runs}", lose or {}).jobs()


@dataclass
class _Run:
    world: World
    said: Mapping[Any, Any]
    event: Event
    folder: Path
    lose: Mapping[str, str]

    def jobs(self) -> dict[str, Job]:
        """All, in the order of the file, which must be one in which they can run."""
        needs: dict[str, dict[str, Any]] = {}
        good: dict[str, bool] = {}  # whether it and all before it went well: one that was skipped did not
        jobs: dict[str, Job] = {}
        for name, body in self.said["jobs"].items():
            _known(body, JOB)
            asked = body.get("needs", [])
            before = {one: needs[one] for one in ([asked] if isinstance(asked, str) else asked)}
            contexts = {**self._contexts(body), "needs": before}
            well = all(good[one] for one in before)
            good[name] = False
            if not Scope(contexts, _status(well)).holds(body.get("if")):
                needs[name] = {"result": "skipped", "outputs": {}}
                jobs[name] = Job(name, "skipped")
                continue
            done = [self._one(name, body, {**contexts, **own}) for own in _matrix(body, contexts)]
            result = "success" if all(one.result == "success" for one in done) else "failure"
            needs[name] = {"result": result, "outputs": done[-1].outputs}
            good[name] = well and result == "success"
            jobs |= {one.name: one for one in done}
        return jobs

    def _one(self, name: str, body: Mapping[str, Any], contexts: dict[str, Any]) -> Job:
        job = Job(" ".join([name, *contexts["matrix"].values()]))
        folder = self.folder / job.name.replace("/", "-of-")
        environment = self._environment(body, contexts, folder)
        contexts = {**contexts, "runner": {"temp": environment["RUNNER_TEMP"]}}
        place = _Place(self.world, self.event, folder, environment, contexts, job)
        place.artifacts.mkdir(exist_ok=True)
        _steps(place, body["steps"], self.lose.get(job.name, ""))
        if not place.lost:
            job.outputs = {key: place.scope().fill(text) for key, text in body.get("outputs", {}).items()}
        return job

    def _environment(self, body: Mapping[str, Any], contexts: Mapping[str, Any], folder: Path) -> dict[str, str]:
        said = {
            "ACTIONS": "true",
            "ACTOR": "ada",
            "TRIGGERING_ACTOR": "ada",
            "API_URL": self.world.hub.url,
            "SERVER_URL": self.world.hub.url,
            "REPOSITORY": self.world.name,
            "EVENT_NAME": self.event.name,
            "SHA": self.event.sha,
            "RUN_ID": str(1000 + self.world.runs),
            "RUN_ATTEMPT": "1",
        }
        own = {key: Scope(contexts).fill(str(value)) for key, value in self.said.get("env", {}).items()}
        context = "pull_request" if self.event.name == "pull_request" else f"ref:{self.event.ref}"
        context = f"environment:{body['environment']}" if "environment" in body else context
        machine = self.world.machine(folder, body["permissions"], context)
        self.world.identity.claims = self._claims(body)
        return {**machine, **{f"GITHUB_{key}": value for key, value in said.items()}, **own}

    def _claims(self, body: Mapping[str, Any]) -> dict[str, str]:
        """What GitHub writes into the job's token beside its `sub`."""
        ref = "refs/pull/7/merge" if self.event.name == "pull_request" else self.event.ref
        workflow = f"{self.world.name}/.github/workflows/{self.said['name']}.yml@{ref}"
        environment = {"environment": body["environment"]} if "environment" in body else {}
        return {"repository_id": "2002", "ref": ref, "job_workflow_ref": workflow, **environment}

    def _contexts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        github = {
            "event_name": self.event.name,
            "event": {"repository": {} if self.event.name == "schedule" else REPOSITORY, **self.event.payload},
            "ref": self.event.ref,
            "repository": self.world.name,
            "server_url": self.world.hub.url,
            "run_attempt": 1,
            "sha": self.event.sha,
            "token": self.world.token(body["permissions"]),
        }
        secrets = self.world.secrets.get(body.get("environment", ""), {})
        return {"github": github, "inputs": self.event.inputs, "vars": self.world.variables, "secrets": secrets}


def _matrix(body: Mapping[str, Any], contexts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is different for each instance of a job."""
    values: list[dict[str, str]] = [{}]
    for key, listed in body.get("strategy", {}).get("matrix", {}).items():
        match = WHOLE.fullmatch(listed) if isinstance(listed, str) else None
        found = Scope(contexts).value(match[1]) if match else listed
        if not found:
            raise Unknown("a matrix of nothing fails on GitHub")
        values = [{**one, key: each} for one in values for each in found]
    return [{"matrix": one, "strategy": {"job-index": index}} for index, one in enumerate(values)]


def _status(good: bool) -> dict[str, bool]:
    return {"always": True, "success": good, "failure": not good, "cancelled": False}


def _steps(place: _Place, steps: Sequence[Mapping[str, Any]], lose: str) -> None:
    place.workspace.mkdir(parents=True)
    for step in steps:
        if lose == "before" or (lose == "after" and place.lost):
            place.job.result, place.lost = "failure", True
            return
        _known(step, STEP)
        if place.scope().holds(step.get("if")):
            good = _step(place, step, place.environment)
            if not good and not step.get("continue-on-error"):
                place.job.result = "failure"
            place.lost = lose == "after" and "krampus" in step.get("run", "")


def _step(place: _Place, step: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Run one step; whether it went well."""
    if "run" in step:
        return _shell(place, step, environment)
    given = {key: _filled(place, value) for key, value in step.get("with", {}).items()}
    name, _, commit = step["uses"].partition("@")
    if name == ACTION and len(commit) == 40:
        return _action(place, given)
    if name not in USES:
        raise Unknown(f"uses: {name}")
    try:
        USES[name](place, given)
    except FileNotFoundError as missing:
        place.job.log += f"{missing}\n"
        return False
    return True


def _action(place: _Place, given: Mapping[str, str]) -> bool:
    """This project's own action, from its own file."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    inputs = {key: given.get(key, one.get("default", "")) for key, one in action["inputs"].items()}
    inner = _Place(
        place.world,
        place.event,
        place.folder,
        place.environment,
        {**place.contexts, "inputs": inputs},
        Job("action"),
    )
    for step in action["runs"]["steps"]:
        _known(step, STEP)
        if inner.scope().holds(step.get("if")) and not _step(
            inner, step, {**place.environment, "GITHUB_ACTION_PATH": str(ROOT)}
        ):
            inner.job.result = "failure"
    place.job.log += inner.job.log
    return inner.job.result == "success"


def _shell(place: _Place, step: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    if WHOLE.search(step["run"]):
        raise Unknown("an expression inside of `run`")
    output, summary = place.folder / "output", place.folder / "summary"
    output.write_text("")
    own = {key: _filled(place, value) for key, value in step.get("env", {}).items()}
    flags = {"bash": ["--noprofile", "--norc", "-eo", "pipefail"], None: ["-e"]}[step.get("shell")]
    done = subprocess.run(
        ["bash", *flags, "-c", step["run"]],
        cwd=place.workspace,
        env={**environment, "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), **own},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    place.job.log += f"$ {step['run'].strip()}\n{done.stdout}{done.stderr}exit {done.returncode}\n"
    place.job.summary = summary.read_text(encoding="utf-8") if summary.exists() else ""
    if "id" in step:
        place.steps[step["id"]] = {"outputs": _outputs(output.read_text(encoding="utf-8"))}
    return done.returncode == 0


def _outputs(text: str) -> dict[str, str]:
    """name<<END, the lines of the value, END; nothing else, since anything else could be made by a value."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, end = line.partition("<<")
        if not sign or len(end) < 32:
            raise Unknown(f"the output {line}")
        value = []
        for inner in lines:
            if inner == end:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


def _filled(place: _Place, value: Any) -> str:
    return place.scope().fill(value if isinstance(value, str) else str(value).lower())


def _known(body: Mapping[Any, Any], keys: set[Any]) -> None:
    if unknown := set(body) - keys:
        raise Unknown(f"the keys {unknown}")
