"""How a request is said to a server, and what it asks for; said otherwise when it was refused for that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.events import Json
from workbench.providers.port import ModelRequest


@dataclass(frozen=True, slots=True)
class Speech:
    """What one model of a server understands.  Starts with everything, and learns from refusals."""

    schema: str = "json_schema"
    """``json_schema``, then ``json_object``, then ``words``."""
    usage: bool = True
    """Ask for token counts in a stream."""
    limit: str = "max_tokens"
    """What the limit of an answer's length is called."""
    most: int | None = None
    """The highest limit the model takes, once it has said so."""
    stream: bool = True


PLAIN = Speech()


def asking_for_json(schema: Mapping[str, Json]) -> str:
    """In words what a server without structured output cannot be told otherwise."""
    return "Answer with JSON only, one value that fits this JSON schema:\n" + json.dumps(schema)


def schema_of(request: ModelRequest) -> Mapping[str, Json] | None:
    """The schema an answer must satisfy; a classification is a choice among its labels."""
    if request.schema is None and request.task == "classify" and request.labels:
        label = {"type": "string", "enum": list(request.labels)}
        return {
            "type": "object", "properties": {"label": label}, "required": ["label"],
            "additionalProperties": False,
        }  # fmt: skip
    return request.schema


def is_strict(schema: Json) -> bool:
    """True when every object in ``schema`` is closed and requires all it names, as strict mode demands."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping) or schema.get("type") == "object":
        names = set(properties or ())
        if schema.get("additionalProperties") is not False or names != set(schema.get("required", ())):
            return False
    return all(is_strict(each) for each in schema.values() if isinstance(each, Mapping | list))
