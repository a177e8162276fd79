"""Gates over JSON: that it is some, and that it fits a schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from workbench.events import Json
from workbench.gates.verdict import Subject, Verdict
from workbench.providers.structured import NotJson, find_json, parse_json


def is_json(spec: Json, subject: Subject) -> Verdict:
    """The text is JSON.  A code fence or a preamble around it is forgiven, and said so."""
    try:
        parse_json(subject.text.strip())
        return Verdict(True, 1.0, "valid JSON")
    except NotJson as error:
        reason = f"must be valid JSON and nothing else: {error}"
    try:
        find_json(subject.text)
        return Verdict(True, 0.9, "valid JSON, once what stands around it is left off")
    except NotJson:
        return Verdict(False, 0.0, reason)


def schema(spec: Mapping[str, Json], subject: Subject) -> Verdict:
    """The structured part of the output, or else the JSON in its text, fits a JSON Schema."""
    from fastjsonschema import JsonSchemaDefinitionException, JsonSchemaValueException

    data = subject.data
    if data is None:
        try:
            data = find_json(subject.text)
        except NotJson as error:
            return Verdict(False, 0.0, f"must be valid JSON: {error}")
    try:
        _validator(json.dumps(spec))(data)
    except JsonSchemaValueException as error:
        return Verdict(False, 0.0, _plain(str(error.message)))
    except (JsonSchemaDefinitionException, NotLocal) as error:
        return Verdict(False, None, f"the schema itself is wrong: {error}")
    return Verdict(True, 1.0, "fits the schema")


class NotLocal(ValueError):
    """A schema refers to another file or server; schemas are never fetched."""


def _never_fetch(address: str) -> Json:
    raise NotLocal(f"{address} is not part of it, and schemas are not fetched")


@lru_cache(maxsize=64)
def _validator(schema: str) -> Callable[[Json], Json]:
    import fastjsonschema

    handlers: Any = dict.fromkeys(("http", "https", "ftp", "file", ""), _never_fetch)
    compiled: Callable[[Json], Json] = fastjsonschema.compile(
        json.loads(schema), handlers=handlers, use_default=False
    )
    return compiled


def _plain(message: str) -> str:
    """``data.total must be number`` as ``total must be a number``."""
    place, _, rest = message.partition(" ")
    place = place.removeprefix("data").removeprefix(".") or "the JSON"
    for kind in ("object", "array", "integer"):
        rest = rest.replace(f"must be {kind}", f"must be an {kind}")
    for kind in ("number", "string", "boolean"):
        rest = rest.replace(f"must be {kind}", f"must be a {kind}")
    rest = rest.replace("properties in data", "properties in it")
    return f"{place} {rest}"
