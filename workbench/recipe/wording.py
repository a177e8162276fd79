"""Validation errors said in the words of the language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from workbench.errors import Problem
from workbench.recipe import model
from workbench.recipe.source import Path, Source
from workbench.recipe.suggest import did_you_mean, listing

EXPECTED = {
    "string_type": "a text", "string_sub_type": "a text", "int_type": "a whole number",
    "int_parsing": "a whole number", "int_from_float": "a whole number", "float_type": "a number",
    "float_parsing": "a number", "bool_type": "true or false", "bool_parsing": "true or false",
    "list_type": "a list", "tuple_type": "a list", "dict_type": "keys with values",
    "model_type": "keys with values", "model_attributes_type": "keys with values",
    "mapping_type": "keys with values",
}  # fmt: skip
NAME_RULE = "a name is letters, digits and _, begins with a letter and has at most 64 of them"
SHAPES: dict[str, type[BaseModel]] = {
    "inputs": model.Input, "data": model.Data, "models": model.Role, "tools": model.Tool, "steps": model.Step,
}  # fmt: skip
PARTS: dict[str, type[BaseModel]] = {
    "fallback": model.Fallback, "budget": model.Budget, "repeat": model.Repeat, "gate": model.Gate,
    "length": model.Bounds, "words": model.Bounds, "score": model.Bounds, "grounded": model.Grounded,
    "similar": model.Similar, "else": model.Step, "prompt": model.FileText, "system": model.FileText,
    "classify": model.FileText, "extract": model.FileText, "retrieve": model.FileText,
    "human": model.FileText,
}  # fmt: skip


def validate(full: Any, source: Source) -> tuple[model.Document | None, list[Problem]]:
    """A written-out recipe as a Document, or everything that is wrong with its shape."""
    if not isinstance(full, dict):
        what = "the file is empty" if full is None else f"the file holds {kind_of(full)}"
        return None, [Problem(f"{what}; a recipe has keys: schema, name, steps, …", source.file, 1, 1)]
    try:
        return model.Document.model_validate_json(json.dumps(full), strict=True), []
    except ValidationError as error:
        return None, problems_of(error, full, source)


def problems_of(error: ValidationError, full: Any, source: Source) -> list[Problem]:
    """One problem for each place in the data, whatever many ways it failed."""
    groups: dict[Path, list[Mapping[str, Any]]] = {}
    for found in error.errors(include_url=False):
        groups.setdefault(_data_path(found["loc"], full), []).append(found)
    return [_problem(path, found, full, source) for path, found in groups.items()]


def kind_of(value: Any) -> str:
    """What a value is, for a message: ``a text``, ``a number`` …"""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list | tuple) else "keys with values"


def shown(value: Any) -> str:
    """A value cut to what fits into a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _data_path(loc: tuple[Any, ...], full: Any) -> Path:
    """The part of a validation error's place that stands in the data: branches of unions do not."""
    path: list[str | int] = []
    at = full
    for part in loc:
        inside = (isinstance(at, dict) and part in at) or (
            isinstance(at, list) and isinstance(part, int) and part < len(at)
        )
        if inside:
            path.append(part)
            at = at[part]
    return tuple(path)


def _problem(path: Path, found: list[Mapping[str, Any]], full: Any, source: Source) -> Problem:
    value = full
    for part in path:
        value = value[part]
    kinds = {error["type"] for error in found}
    if "extra_forbidden" in kinds:
        return _unknown_key(path, source)
    if found[0]["loc"][-1:] == ("[key]",):
        return source.problem(path, f"{path[-1]} cannot be a name: {NAME_RULE}", key=True, text=str(path[-1]))
    if "missing" in kinds and isinstance(value, dict):
        names = [str(error["loc"][-1]) for error in found if error["type"] == "missing"]
        where = f" in {path[-1]}" if path else ""
        return source.problem(path, f"{' and '.join(names)} is missing{where}", key=True)
    label = str(path[-1]) if path else "the recipe"
    label = f"{path[-2]}[{path[-1]}]" if isinstance(path[-1], int) and len(path) > 1 else label
    message, suggestion = _wrong_value(label, value, found)
    return source.problem(path, message, text="" if value is None else shown(value), suggestion=suggestion)


def _unknown_key(path: Path, source: Source) -> Problem:
    key = str(path[-1])
    known = keys_at(path[:-1])
    where = f" in {path[-2]}" if len(path) > 1 else ""
    suggestion = did_you_mean(key, known) or f"what works here: {listing(known)}" if known else ""
    return source.problem(path, f"unknown key {key}{where}", key=True, text=key, suggestion=suggestion)


def _wrong_value(label: str, value: Any, found: list[Mapping[str, Any]]) -> tuple[str, str]:
    for error in found:
        context = error.get("ctx", {})
        if error["type"] == "literal_error" and isinstance(value, str):
            known = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
            suggestion = did_you_mean(value, known) or f"what works: {', '.join(known)}"
            return f"{label} cannot be {shown(value)}", suggestion
        limit = {"greater_than_equal": ("at least", "ge"), "greater_than": ("more than", "gt"),
                 "less_than_equal": ("at most", "le")}.get(error["type"])  # fmt: skip
        if limit:
            return f"{label} must be {limit[0]} {context[limit[1]]}, not {value}", ""
        if error["type"] == "too_short":
            return f"{label} is empty; it needs at least one", ""
        if error["type"] == "string_pattern_mismatch":
            rule = 'write it as "tools.py:function"' if label == "python" else NAME_RULE
            return f"{label} cannot be {shown(value)}", rule
    expected = list(dict.fromkeys(filter(None, (_expected(error) for error in found))))
    if not expected:
        return f"{label} cannot be {kind_of(value)}", ""
    return f"{label} must be {' or '.join(expected)}, not {kind_of(value)}", ""


def _expected(error: Mapping[str, Any]) -> str:
    if error["type"] == "literal_error":
        return f"one of {error['ctx']['expected']}"
    if error["type"] in ("model_type", "model_attributes_type") and "FileText" in error["loc"]:
        return "{file: …}"
    return EXPECTED.get(error["type"], "")


def keys_at(path: Path) -> list[str]:
    """The keys that work in the mapping at ``path`` of a recipe."""
    shape = _shape_at(path)
    if shape is None:
        return []
    return [field.alias or name for name, field in shape.model_fields.items()]


def _shape_at(path: Path) -> type[BaseModel] | None:
    if not path:
        return model.Document
    if len(path) == 1:
        return PARTS.get(str(path[0]))
    if isinstance(path[-1], int):
        return model.Branch if path[-2] == "choose" else None
    if len(path) == 2 and path[0] in SHAPES:
        return SHAPES[str(path[0])]
    if path[-2] == "steps" and (len(path) == 2 or len(path) >= 4):
        return model.Step
    return PARTS.get(str(path[-1]))
