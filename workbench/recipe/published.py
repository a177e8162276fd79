"""The JSON Schema of recipes, for editors: made from the model, with the short forms added."""

from __future__ import annotations

from typing import Any

from workbench.recipe.durations import UNITS
from workbench.recipe.model import Document
from workbench.recipe.output_schema import TYPES
from workbench.recipe.short_forms import GATE_FORMS

TITLE = "A workbench recipe"
TEXT = {"type": "string"}


def recipe_schema() -> dict[str, Any]:
    """The schema; every file that loads is valid under it."""
    schema = Document.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    for section, name, forms in (
        ("inputs", "Input", [{"enum": definitions["Input"]["properties"]["type"]["enum"]}]),
        ("models", "Role", [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]),
        ("data", "Data", [TEXT]),
        (
            "tools",
            "Tool",
            [{"type": "string", "pattern": definitions["Tool"]["properties"]["python"]["pattern"]}],
        ),
    ):
        _values_of(schema["properties"][section], [{"$ref": f"#/$defs/{name}"}, *forms])
    schema["properties"]["session"]["anyOf"].append(TEXT)
    candidates = definitions["Role"]["properties"]["candidates"]
    definitions["Role"]["properties"]["candidates"] = {"anyOf": [candidates, TEXT]}
    for name in ("Step", "Branch"):
        _step(definitions[name])
    for name in ("Gate", "Guard"):
        for key in GATE_FORMS:
            definitions[name]["properties"][key] = {"anyOf": [definitions[name]["properties"][key], TEXT]}
    for definition in (schema, *definitions.values()):
        _quiet(definition)
    schema["title"] = TITLE
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _values_of(section: dict[str, Any], forms: list[dict[str, Any]]) -> None:
    """Let the named values of a section be written in any of several forms."""
    for key in ("patternProperties", "additionalProperties"):
        if isinstance(section.get(key), dict):
            values = section[key]
            if key == "patternProperties":
                section[key] = {pattern: {"anyOf": forms} for pattern in values}
            else:
                section[key] = {"anyOf": forms}


def _step(definition: dict[str, Any]) -> None:
    properties = definition["properties"]
    for key in ("needs", "attach", "tools"):
        properties[key] = {"anyOf": [properties[key], TEXT]}
    properties["guard"] = {"anyOf": [{"$ref": "#/$defs/Guard"}, properties["guard"]]}
    for key in {"if", "when"} & properties.keys():
        properties[key] = {"anyOf": [properties[key], {"type": "boolean"}]}
    units = "|".join(unit for unit in UNITS if unit)
    duration = {
        "type": "string",
        "pattern": rf"^\\s*[0-9]+(\\.[0-9]+)?\\s*({units})?\\s*$".replace("\\\\", "\\"),
    }
    properties["timeout"] = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, duration, {"type": "null"}]}
    properties["output"]["description"] = f"A JSON Schema, or fields with their types: {', '.join(TYPES)}."


def _quiet(definition: dict[str, Any]) -> None:
    """Leave out titles, which only repeat the names."""
    definition.pop("title", None)
    for value in definition.get("properties", {}).values():
        if isinstance(value, dict):
            value.pop("title", None)
