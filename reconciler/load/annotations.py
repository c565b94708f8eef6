"""The keys or the choices that a pydantic model allows at a path of its data. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """What pydantic puts into a path beside keys and indexes, such as the name of a union's member, is skipped."""
    annotation: Any = model
    for part in path:
        annotation = next(_inside(annotation, str(part)), annotation)
    return annotation


def _inside(annotation: Any, part: str) -> Iterator[Any]:
    """The annotations that a part of a path leads to: a field of a model; any value of a list or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from (field for name, field in _fields(annotation).items() if name == part)
    elif get_origin(annotation) in (dict, Mapping, list, tuple, Sequence):
        # A free key may well be called as a field of what stands below it.
        yield next(inner for inner in reversed(get_args(annotation)) if inner is not Ellipsis)
    else:
        for inner in get_args(annotation):
            yield from _inside(inner, part)


def _fields(annotation: Any) -> dict[str, Any]:
    """The keys of the first model in an annotation, such as `dict[str, Account] | None`, with their annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
    return next((found for inner in get_args(annotation) if (found := _fields(inner))), {})


def _literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(choice for inner in get_args(annotation) for choice in _literals(inner))
