"""Rules about ``output:`` and the ``schema`` gate: what is written there must be a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.recipe.output_schema import JSON_TYPES, field_schema, is_schema
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean, listing

Found = tuple[Path, str, str]
"""Where in the schema, what is wrong, and what would be right."""
SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
           "additionalItems")  # fmt: skip
SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SIZES = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
LIMITS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"))
MAX_DEPTH = 30


def output_problems(output: Mapping[str, Any]) -> Iterator[Found]:
    """What is wrong with an ``output:``, in either form."""
    if is_schema(output):
        yield from schema_problems(output)
        return
    if not output:
        yield (), "output is empty", "write the fields with their types, as {total: money}"
    for name, field in output.items():
        try:
            field_schema(name, field)
        except ValueError as error:
            yield (name,), str(error), ""


def schema_problems(schema: Any) -> Iterator[Found]:
    """What is wrong with a JSON Schema."""
    yield from _problems(schema, (), schema, 0)


def _problems(schema: Any, path: Path, whole: Any, depth: int) -> Iterator[Found]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield path, "a schema must be keys with values", ""
        return
    if depth > MAX_DEPTH:
        yield path, "the schema is nested too deep", ""
        return
    yield from _type_problems(schema, path)
    for check in (_value_problems, _limit_problems):
        yield from check(schema, path)
    yield from _reference_problems(schema, path, whole)
    for inner, value in _inner(schema):
        if inner and isinstance(value, str):
            yield (*path, *inner), value, ""
        else:
            yield from _problems(value, (*path, *inner), whole, depth + 1)


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The schemas inside a schema; a text in place of one says what is wrong there."""
    for key in SCHEMAS:
        if key in schema:
            value = schema[key]
            yield (key,), value if isinstance(value, Mapping | bool) else f"{key} must be a schema"
    for key in SCHEMA_MAPS:
        if key in schema and not isinstance(schema[key], Mapping):
            yield (key,), f"{key} must be names with schemas"
        elif key in schema:
            for name, value in schema[key].items():
                wrong = f"{name} must be a schema, as {{type: string}}"
                yield (key, name), value if isinstance(value, Mapping | bool) else wrong
    for key in SCHEMA_LISTS:
        if key in schema and (not isinstance(schema[key], list | tuple) or not schema[key]):
            yield (key,), f"{key} must be a list of schemas"
        elif key in schema:
            for number, value in enumerate(schema[key]):
                yield (key, number), value if isinstance(value, Mapping | bool) else "a schema is expected"


def _type_problems(schema: Mapping[str, Any], path: Path) -> Iterator[Found]:
    kinds = schema.get("type", "object")
    for kind in kinds if isinstance(kinds, list | tuple) else [kinds]:
        if kind not in JSON_TYPES:
            hint = did_you_mean(str(kind), JSON_TYPES) or f"what works: {listing(sorted(JSON_TYPES))}"
            yield (*path, "type"), f"{kind} is not a type of JSON", hint


def _value_problems(schema: Mapping[str, Any], path: Path) -> Iterator[Found]:
    checks: list[tuple[tuple[str, ...], Callable[[Any], bool], str]] = [
        (("required",), _is_names, "a list of names"),
        (
            ("enum",),
            lambda value: isinstance(value, list | tuple) and bool(value),
            "a list with at least one value",
        ),
        (
            SIZES,
            lambda value: _is_number(value) and value >= 0 and value == int(value),
            "a whole number from 0 on",
        ),
        (NUMBERS, _is_number, "a number"),
        (
            ("pattern", "format", "description", "title", "$ref"),
            lambda value: isinstance(value, str),
            "a text",
        ),
        (("uniqueItems",), lambda value: isinstance(value, bool), "true or false"),
    ]
    for keys, fits, expected in checks:
        for key in keys:
            if key in schema and not fits(schema[key]):
                yield (*path, key), f"{key} must be {expected}", ""
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and (wrong := regex_problem(pattern)):
        yield (*path, "pattern"), wrong, ""


def _limit_problems(schema: Mapping[str, Any], path: Path) -> Iterator[Found]:
    for low, high in LIMITS:
        if _is_number(schema.get(low)) and _is_number(schema.get(high)) and schema[low] > schema[high]:
            yield (*path, low), f"{low} is larger than {high}: nothing fits", ""
    required, properties = schema.get("required"), schema.get("properties")
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    if _is_names(required) and isinstance(properties, Mapping) and closed:
        for name in required:  # type: ignore[union-attr]
            if name not in properties:
                yield (
                    (*path, "required"),
                    f"{name} is required but not allowed",
                    did_you_mean(name, properties),
                )


def _reference_problems(schema: Mapping[str, Any], path: Path, whole: Any) -> Iterator[Found]:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return
    if not reference.startswith("#"):
        yield (*path, "$ref"), "only schemas in this file can be referred to", "write it as #/$defs/name"
        return
    at = whole
    for part in reference[1:].strip("/").split("/") if reference.strip("#/") else []:
        name = part.replace("~1", "/").replace("~0", "~")
        at = at.get(name) if isinstance(at, Mapping) else None
    if at is None:
        yield (*path, "$ref"), f"there is no schema {reference}", ""


def regex_problem(pattern: str) -> str:
    """Why a regular expression cannot be used, or an empty text."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    return ""


def _is_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
