"""What a function takes, as the JSON schema by which a model is told of it."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from workbench.events import Json

_PLAIN: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


def parameters_of(function: Callable[..., Any]) -> dict[str, Json]:
    """The schema of a function's keyword arguments, by its annotations; without one anything goes."""
    try:
        hints = get_type_hints(function)
    except Exception:  # annotations may name what is not there; the names of the arguments are
        hints = {}
    properties: dict[str, Json] = {}
    required: list[Json] = []
    open_ended = False
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_KEYWORD:
            open_ended = True
        elif each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY):
            properties[each.name] = schema_of(hints.get(each.name, Any))
            if each.default is each.empty:
                required.append(each.name)
    return {
        "type": "object", "properties": properties, "required": required, "additionalProperties": open_ended
    }  # fmt: skip


def about_of(function: Callable[..., Any]) -> str:
    """The first paragraph of a function's own description."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def schema_of(annotation: Any) -> dict[str, Json]:
    """The JSON schema of a type; empty, which is anything, for what JSON has no type for."""
    if annotation in _PLAIN:
        return {"type": _PLAIN[annotation]}
    origin, inner = get_origin(annotation) or annotation, get_args(annotation)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        kinds = [schema_of(each) for each in inner if each is not type(None)]
        return {"anyOf": [*kinds, {"type": "null"}]} if len(kinds) < len(inner) else {"anyOf": kinds}
    if origin in (list, tuple, set, frozenset):
        return {"type": "array", "items": schema_of(inner[0])} if inner else {"type": "array", "items": {}}
    if origin in (dict, Mapping):
        return {"type": "object"}
    return {}
