"""The keys or the choices that a pydantic model allows at a path of its data. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

Path = Sequence[str | int]


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the mapping at a path may have."""
    return [*_fields(_annotation_at(model, path))]


def choices_at(model: type[BaseModel], path: Path) -> list[str]:
    """The choices of the `Literal` at a path."""
    return [str(choice) for choice in _literals(_annotation_at(model, path))]


def _annotation_at(model: type[BaseModel], path: Path) -> Any:
    """Indexes and free keys are skipped: all values of a list or a mapping have the same annotation."""
    annotation: Any = model
    for part in path:
        annotation = _fields(annotation).get(str(part), annotation)
    return annotation


def _fields(annotation: Any) -> dict[str, Any]:
    """The keys of the first model in an annotation, such as `dict[str, Account] | None`, with their annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
    return next((found for inner in get_args(annotation) if (found := _fields(inner))), {})


def _literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(choice for inner in get_args(annotation) for choice in _literals(inner))
