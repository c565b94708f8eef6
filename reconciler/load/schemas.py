"""The JSON Schemas of the files, generated from their models. PURE."""

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
    """A schema as the text of its committed file, schemas/NAME.json."""
    model = SCHEMAS[name]
    # Krampus writes plans, with all their keys; people write the other files.
    schema = model.model_json_schema(mode="serialization" if model is Plan else "validation")
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_titles(schema)}, indent=1)
        + "\n"
    )


def _without_titles(value: Any) -> Any:
    """The schema without the titles that pydantic derives from the keys: an editor shows the key already."""
    if isinstance(value, dict):
        return {
            key: _without_titles(inner)
            for key, inner in value.items()
            if not (key == "title" and isinstance(inner, str))
        }
    return [_without_titles(inner) for inner in value] if isinstance(value, list) else value
