"""The JSON Schemas of the files that people and programs write and read, made from the models. PURE."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.plan import Plan
from reconciler.model.task import Task

SCHEMAS: dict[str, type[BaseModel]] = {"krampus": Config, "task": Task, "exemption": Exemption, "plan": Plan}


def schema_text(name: str) -> str:
    """One schema as the text of its committed file, schemas/NAME.json."""
    model = SCHEMAS[name]
    # A plan is written by Krampus, so all of its keys are there; the others are written by people.
    schema = model.model_json_schema(mode="serialization" if model is Plan else "validation")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidied(schema)}, indent=1) + "\n"


def _tidied(value: Any) -> Any:
    """Without the titles that pydantic makes of the keys: an editor shows the key already."""
    if isinstance(value, dict):
        return {key: _tidied(inner) for key, inner in value.items() if not (key == "title" and isinstance(inner, str))}
    return [_tidied(inner) for inner in value] if isinstance(value, list) else value
