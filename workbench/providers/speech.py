"""How a request is said to a chat-completions server, and how it is said otherwise when refused for that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.port import ModelRequest

OWN_KEYS = frozenset({"model", "messages", "stream", "stream_options", "response_format", "n"})
"""Parameters that a recipe cannot set: they are what this module writes."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What one model of a server understands.  Starts with everything, and learns from refusals."""

    schema: str = "json_schema"
    """``json_schema``, then ``json_object``, then ``words``."""
    usage: bool = True
    """Ask for token counts in a stream."""
    limit: str = "max_tokens"


PLAIN = Speech()


def body_of(model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
    """The JSON to send."""
    reserved = OWN_KEYS & request.params.keys()
    if reserved:
        raise CallError("bad_request", f"params cannot set {', '.join(sorted(reserved))}", sent=False)
    messages = [{"role": each.role, "content": each.text} for each in request.messages]
    body: dict[str, Json] = {"model": model, "messages": messages, "stream": True}
    if speech.usage:
        body["stream_options"] = {"include_usage": True}
    for name, value in request.params.items():
        body[speech.limit if name == "max_tokens" else name] = value
    schema = schema_of(request)
    if schema is None:
        return body
    if speech.schema == "json_schema":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": _is_strict(schema)},
        }
        return body
    if speech.schema == "json_object":
        body["response_format"] = {"type": "json_object"}
    asked = "Answer with JSON only, one value that fits this JSON schema:\n" + json.dumps(schema)
    body["messages"] = [{"role": "system", "content": asked}, *messages]
    return body


def schema_of(request: ModelRequest) -> Mapping[str, Json] | None:
    """The schema an answer must satisfy; a classification is a choice among its labels."""
    if request.schema is None and request.task == "classify" and request.labels:
        label = {"type": "string", "enum": list(request.labels)}
        return {
            "type": "object", "properties": {"label": label}, "required": ["label"],
            "additionalProperties": False,
        }  # fmt: skip
    return request.schema


def adapted(speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
    """Another way to say what was refused with ``error``; None when the refusal was for something else."""
    said = error.message.lower()
    if "max_completion_tokens" in said and "max_tokens" in body:
        return replace(speech, limit="max_completion_tokens")
    if "stream_options" in said and "stream_options" in body:
        return replace(speech, usage=False)
    named = any(
        word in said for word in ("response_format", "json_schema", "json_object", "schema", "structured")
    )
    if named and "response_format" in body:
        return replace(speech, schema="json_object" if speech.schema == "json_schema" else "words")
    return None


def _is_strict(schema: Json) -> bool:
    """True when every object in ``schema`` is closed and requires all it names, as strict mode demands."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping) or schema.get("type") == "object":
        names = set(properties or ())
        if schema.get("additionalProperties") is not False or names != set(schema.get("required", ())):
            return False
    return all(_is_strict(each) for each in schema.values() if isinstance(each, Mapping | list))
