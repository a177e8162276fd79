"""``output:`` in both forms, lengths of time, and the schema that editors use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from tests.recipe.kit import HEAD
from tests.recipe.test_check import EXAMPLE
from workbench.recipe.durations import seconds
from workbench.recipe.output_schema import is_schema, json_schema
from workbench.recipe.published import recipe_schema
from workbench.recipe.schema_rules import output_problems
from workbench.recipe.source import read_text


def test_a_short_form_is_written_out() -> None:
    schema = json_schema(
        {"total": "money", "who": {"type": "string", "about": "payer", "choices": ["a", "b"]}}
    )
    assert schema == {
        "type": "object",
        "properties": {
            "total": {"type": ["number", "null"], "format": "money"},
            "who": {"type": ["string", "null"], "description": "payer", "enum": ["a", "b", None]},
        },
        "required": ["total", "who"],
        "additionalProperties": False,
    }
    check = fastjsonschema.compile(schema)
    check({"total": 1.5, "who": None})
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        check({"total": "1.5", "who": "a"})


@pytest.mark.parametrize(
    ("output", "schema"),
    [
        ({"type": "object", "properties": {}}, True),
        ({"type": "array", "items": {}}, True),
        ({"type": "string"}, True),
        ({"$ref": "#/$defs/a", "$defs": {"a": {}}}, True),
        ({"type": "string", "size": "integer"}, False),
        ({"name": "string"}, False),
    ],
)
def test_which_form_it_is(output: dict[str, Any], schema: bool) -> None:
    assert is_schema(output) is schema
    assert (json_schema(output) == output) is schema


@pytest.mark.parametrize(
    ("output", "path", "message"),
    [
        ({"type": "objekt", "properties": {}}, ("type",), "objekt is not a type of JSON"),
        (
            {"properties": {"a": {"type": "string", "pattern": "("}}},
            ("properties", "a", "pattern"),
            "not a regular",
        ),
        (
            {"properties": {"a": {"minLength": -1}}},
            ("properties", "a", "minLength"),
            "minLength must be a whole",
        ),
        ({"properties": {"a": {"minimum": 5, "maximum": 1}}}, ("properties", "a", "minimum"), "nothing fits"),
        ({"properties": {"a": {}}, "required": "a"}, ("required",), "required must be a list of names"),
        (
            {"properties": {"a": {}}, "required": ["b"], "additionalProperties": False},
            ("required",),
            "b is required",
        ),
        ({"items": [1]}, ("items",), "items must be a schema"),
        ({"anyOf": []}, ("anyOf",), "anyOf must be a list of schemas"),
        ({"$ref": "#/$defs/x"}, ("$ref",), "there is no schema #/$defs/x"),
        ({"enum": []}, ("enum",), "enum must be a list with at least one value"),
        ({}, (), "output is empty"),
        ({"a": 5}, ("a",), "a must be a type or keys"),
        ({"a": {"type": "string", "chioces": []}}, ("a",), "unknown key chioces in a"),
    ],
)
def test_what_is_wrong_with_it(output: dict[str, Any], path: tuple[str, ...], message: str) -> None:
    found = list(output_problems(output))
    assert [(place, said) for place, said, _ in found if place == path and message in said], found


def test_endless_schemas_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"items": deep}
    assert any("too deep" in message for _, message, _ in output_problems(deep))


@pytest.mark.parametrize(
    ("text", "length"), [("20s", 20), ("500ms", 0.5), ("2m", 120), ("20", 20), (1.5, 1.5), (" 1.5 h ", 5400)]
)
def test_lengths_of_time(text: float | str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize(
    "text", ["", "soon", "-5s", "0", 0, "5 days", "1e9", "9" * 400, float("nan"), float("inf")]
)
def test_what_is_no_length_of_time(text: float | str) -> None:
    with pytest.raises(ValueError, match="is not a length of time"):
        seconds(text)


VALID = [
    EXAMPLE,
    """
inputs: {a: string, b: {type: list, default: []}}
models: {m: local/compose, n: [a/b, c/d], o: {candidates: a/b, params: {temperature: 0.5}}}
data: {kb: kb, t: {file: t.csv}}
tools: {f: "tools.py:f", g: {python: "x/y.py:g", about: h}}
steps:
  one: {prompt: {file: p.md}, needs: two, timeout: 20s, on_fail: retry, output: {total: money}}
  two: {each: a, set: {x: 1, y: [a, {b: "{{ item }}"}]}, timeout: 3}
  three: {choose: [{when: one.failed, human: x}], else: {steps: {in1: {tool: f, with: {a: 1}}}}}
  four: {repeat: {until: "true", at_most: 2, keep: best}, classify: x, into: [a, b],
         gate: {contains: [a, b], pii: {block: [card]}, injection: {}, schema: {type: object}}}
outputs: {o: "{{ one.text }}", p: [1, 2]}
""",
]


@pytest.fixture(scope="module")
def check() -> Callable[[Any], Any]:
    """Refuses what the published schema does."""
    return fastjsonschema.compile({**recipe_schema(), "$schema": "http://json-schema.org/draft-07/schema#"})


@pytest.mark.parametrize("body", VALID)
def test_the_published_schema_takes_what_loads(check: Callable[[Any], Any], body: str) -> None:
    check(read_text(HEAD + body.lstrip("\n"), "f").data)


@pytest.mark.parametrize(
    "body",
    [
        "steps: {}",
        "stps: {a: {set: {x: 1}}}",
        "steps: {a: {sett: {x: 1}}}",
        "steps: {a: {set: {x: 1}, top: five}}",
        "models: {m: 5}\nsteps: {a: {set: {x: 1}}}",
        "inputs: {a: strin}\nsteps: {a: {set: {x: 1}}}",
        "steps: {a: {set: {x: 1}, gate: {taste: x}}}",
    ],
)
def test_the_published_schema_refuses_what_does_not(check: Callable[[Any], Any], body: str) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        check(read_text(HEAD + body, "f").data)


def test_the_published_schema_takes_the_recipes_of_the_project(check: Callable[[Any], Any]) -> None:
    root = Path(__file__).parent.parent.parent
    for path in sorted(root.glob("recipes/*/recipe.yaml")):
        check(read_text(path.read_text(encoding="utf-8"), str(path)).data)
    assert json.loads(json.dumps(recipe_schema())) == recipe_schema()
