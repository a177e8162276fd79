"""Gates over JSON."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gates.kit import verdict

PERSON = {
    "type": "object",
    "properties": {"age": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}},
                   "born": {"type": ["string", "null"], "format": "date"}},
    "required": ["age"],
    "additionalProperties": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "passed", "reason"),
    [
        ('{"a": 1}', True, "valid JSON"),
        ('Sure!\n```json\n{"a": 1}\n```', True, "valid JSON, once what stands around it is left off"),
        ("{'a': 1}", False, "must be valid JSON and nothing else"),
        ('{"a": NaN}', False, "must be valid JSON and nothing else"),
        ("", False, "must be valid JSON and nothing else"),
    ],
)
def test_is_json(text: str, passed: bool, reason: str) -> None:
    found = verdict({"is_json": True}, text)
    assert found.passed is passed
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"age": "x"}, "age must be an integer"),
        ({"age": 1, "tags": ["a", 2]}, "tags[1] must be a string"),
        ({}, "the JSON must contain ['age'] properties"),
        ({"age": 1, "x": 2}, "the JSON must not contain {'x'} properties"),
        ({"age": 1, "born": "soon"}, "born must be date"),
        ([], "the JSON must be an object"),
    ],
)
def test_schema_says_where_and_what(data: Any, reason: str) -> None:
    found = verdict({"schema": PERSON}, data=data)
    assert not found.passed
    assert found.reason == reason


def test_schema_takes_the_text_when_there_is_no_data() -> None:
    assert verdict({"schema": PERSON}, '```\n{"age": 3}\n```').passed
    assert verdict({"schema": PERSON}, "no").reason.startswith("must be valid JSON")


def test_schemas_are_never_fetched() -> None:
    for address in ("http://127.0.0.1:9/x.json", "file:///etc/passwd"):
        found = verdict({"schema": {"$ref": address}}, data={})
        assert not found.passed
        assert "not fetched" in found.reason or "wrong" in found.reason


def test_a_wrong_schema_is_the_schemas_fault() -> None:
    found = verdict({"schema": {"type": "nonsense"}}, data={})
    assert not found.passed
    assert found.reason.startswith("the schema itself is wrong")
