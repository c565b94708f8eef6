"""What AWS has really answered leads every kind to calls that the SDK accepts, to Refused, or to Underway."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kind, Refused, Underway, Verb
from tests.aws import seen_by
from tests.resources.examples import CASES
from tests.resources.recorded_answers import Answers, NotRecordedError, Recorded, scenes
from tests.sdk import offline

FOLDER = os.environ.get("KRAMPUS_RECORDED_ANSWERS", "")
SERVICES = ("autoscaling", "cloudfront", "ec2", "iam", "kms", "lambda", "rds", "s3", "sqs")
SCENES = scenes(Path(FOLDER), SERVICES) if FOLDER else {}
TRIED: tuple[dict[str, Any], ...] = ({}, {"skip_backup": True}, {"force": True}, {"force": True, "skip_backup": True})

# What AWS always sends, by its API's pages, and some recordings lack since they were cut by hand.
CUT = {"DBInstanceStatus", "Engine", "LaunchTime", "State"}

pytestmark = pytest.mark.skipif(not FOLDER, reason="KRAMPUS_RECORDED_ANSWERS names no folder of recorded answers")


def concerns(kind: Kind, answers: Answers) -> bool:
    """Whether a scene has an answer to one of the kind's own looks."""
    named = {(one.service, one.name.replace("_", "")) for one in (*kind.reads, *kind.lists)}
    return any((service, operation.lower()) in named for service, operation in answers)


@pytest.mark.parametrize("name", KINDS)
def test_every_scene_ends_in_calls_that_the_sdk_accepts_or_is_refused(name: str) -> None:
    kind = KINDS[name]
    tried = 0
    for scene, answers in SCENES.items():
        if concerns(kind, answers):
            tried += played(kind, scene, answers)

    if not tried:
        pytest.skip("no scene has all that a look at this kind asks for")


def played(kind: Kind, scene: str, answers: Answers) -> int:
    """How many resources the scene shows."""
    found = seen_in(kind, answers)
    for resource in found:
        for action, verb in kind.verbs.items():
            for seen in seen_in(kind, answers, (action, resource.name)):
                for options in options_of(verb):
                    judged(verb, seen, options, scene)
    return len(found)


def seen_in(kind: Kind, answers: Answers, closely: tuple[Action, str] | None = None) -> list[Resource]:
    """What an action sees of a name, or what there is; nothing where AWS refused it, or where an answer is missing."""
    try:
        place = Recorded(answers, kind.operations, CASES[kind.name].unrecorded)
        return seen_by(kind, closely[0], place, closely[1:]) if closely else list(kind.find(place))
    except (ClientError, NotRecordedError):
        return []
    except KeyError as missing:
        if missing.args[0] not in CUT:
            raise
        return []


def options_of(verb: Verb) -> Iterator[Any]:
    """The safest, and those that allow more, as far as the verb knows them."""
    for given in TRIED:
        if set(given) <= set(verb.options.model_fields):
            try:
                yield verb.options.model_validate(given)
            except ValueError:
                continue  # `force` may be for something that must be named


def judged(verb: Verb, resource: Resource, options: Any, scene: str) -> None:
    """The verb's calls are such as the SDK would send."""
    try:
        calls = verb.needed(resource, options)
    except (Refused, Underway):
        return
    for call in calls:
        for one in (call, call.undo):
            if one:
                client = offline(one.service, "us-east-1")
                shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[one.operation])
                report = ParamValidator().validate(one.arguments, shape.input_shape)
                assert not report.has_errors(), (scene, resource.name, report.generate_report())
