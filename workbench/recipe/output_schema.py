"""``output:``: a JSON Schema, or a short form that is written out to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.events import Json

TYPES: dict[str, dict[str, Json]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "money": {"type": "number", "format": "money"},
    "email": {"type": "string", "format": "email"},
    "list": {"type": "array"},
}
SCHEMA_KEYS = frozenset(
    {"$schema", "$ref", "$defs", "properties", "anyOf", "oneOf", "allOf", "items", "enum"}
)
JSON_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
FIELD_KEYS = ("type", "about", "choices")


def is_schema(output: Mapping[str, Any]) -> bool:
    """Whether ``output`` is a JSON Schema already; a short form has field names for keys."""
    if SCHEMA_KEYS & output.keys():
        return True
    return output.get("type") in JSON_TYPES and set(output) <= {"type", "description", "title", "format"}


def json_schema(output: Mapping[str, Json]) -> dict[str, Json]:
    """The JSON Schema that ``output`` means; ValueError when a short form cannot be read.

    Fields of a short form must all be there; a value that is not known is null.
    """
    if is_schema(output):
        return dict(output)
    properties = {name: field_schema(name, field) for name, field in output.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def field_schema(name: str, field: Json) -> dict[str, Json]:
    """The schema of one field of a short form."""
    spec = {"type": field} if isinstance(field, str) else field
    if not isinstance(spec, Mapping):
        raise ValueError(f"{name} must be a type or keys: type, about, choices")
    unknown = [key for key in spec if key not in FIELD_KEYS]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]} in {name}; what works here: type, about, choices")
    kind = spec.get("type", "string")
    if kind not in TYPES:
        raise ValueError(f"{name} cannot be of type {kind}; what works: {', '.join(TYPES)}")
    schema = dict(TYPES[str(kind)])
    if spec.get("about"):
        schema["description"] = spec["about"]
    choices = spec.get("choices")
    if choices is not None:
        if not isinstance(choices, list | tuple) or not choices:
            raise ValueError(f"the choices of {name} must be a list")
        schema["enum"] = [*choices]
    return nullable(schema)


def nullable(schema: dict[str, Json]) -> dict[str, Json]:
    """The schema, with null allowed."""
    result = {**schema, "type": [schema["type"], "null"]}
    if "enum" in result:
        result["enum"] = [*result["enum"], None]
    return result
