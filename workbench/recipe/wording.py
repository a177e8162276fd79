"""Validation errors said in the words of the language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from workbench.errors import Problem
from workbench.recipe import model
from workbench.recipe.short_forms import copied
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
    "fallback": model.Fallback, "budget": model.Budget, "session": model.Session,
    "repeat": model.Repeat, "gate": model.Gate,
    "length": model.Bounds, "words": model.Bounds, "score": model.Bounds, "grounded": model.Grounded,
    "similar": model.Similar, "else": model.Step, "prompt": model.FileText, "agent": model.FileText,
    "system": model.FileText,
    "classify": model.FileText, "extract": model.FileText, "retrieve": model.FileText,
    "human": model.FileText, "judge": model.FileText, "at_least": model.Sure, "toxicity": model.Toxicity,
    "cost": model.Dollars, "latency": model.Latency, "rubric": model.Rubric, "python": model.Check,
}  # fmt: skip

ITEMS: dict[str, type[BaseModel]] = {
    "choose": model.Branch, "rules": model.Rule, "on_fail": model.Instead, "guard": model.Guard,
}  # fmt: skip

ROUNDS = 6


@dataclass
class Validated:
    """A written-out recipe as a Document.  What could not be read is left out of it, and reported."""

    document: model.Document | None
    problems: list[Problem] = field(default_factory=list)
    broken: frozenset[Path] = frozenset()


def validate(full: Any, source: Source) -> Validated:
    """Read a written-out recipe; parts of a wrong shape are reported and cut out: the rest is checked on."""
    if not isinstance(full, dict):
        what = "the file is empty" if full is None else f"the file holds {kind_of(full)}"
        message = f"{what}; a recipe has keys: schema, name, steps, …"
        return Validated(None, [Problem(message, source.file, 1, 1)])
    result = Validated(None)
    left: dict[str, Any] = copied(full)
    for _ in range(ROUNDS):
        try:
            result.document = model.Document.model_validate_json(json.dumps(left), strict=True)
            return result
        except ValidationError as error:
            found = problems_of(error, Part(left, source))
        result.problems += [problem for path, problem in found if not _hit(path, result.broken)]
        result.broken |= {path for path, _ in found if path}
        if not _cut(left, [path for path, _ in found]):
            break
    return result


def _hit(path: Path, broken: frozenset[Path]) -> bool:
    """Whether something inside ``path`` was cut out before: then that is what is wrong with it."""
    return any(place[: len(path)] == path for place in broken)


def _cut(left: dict[str, Any], paths: list[Path]) -> bool:
    """Cut broken values out; False when too little is left to go on."""
    for path in sorted(paths, key=lambda path: (len(path), str(path)), reverse=True):
        if not path:
            left.setdefault("schema", "workbench/v1")
            left.setdefault("name", "recipe")
            continue
        holder: Any = left
        for part in path[:-1]:
            holder = holder[part]
        if path == ("schema",) or path == ("name",):
            left[str(path[0])] = "workbench/v1" if path == ("schema",) else "recipe"
        elif isinstance(holder, list):
            holder[int(path[-1])] = _CUT
        else:
            holder.pop(path[-1], None)
    _drop(left)
    return bool(left.get("steps"))


_CUT = {"\x00cut": True}


def _drop(value: Any) -> None:
    """Take the list items out that were marked for it."""
    if isinstance(value, dict):
        for inner in value.values():
            _drop(inner)
    elif isinstance(value, list):
        value[:] = [inner for inner in value if inner is not _CUT]
        for inner in value:
            _drop(inner)


@dataclass(frozen=True)
class Part:
    """A part of a file that is validated: its data, where it stands, and which part of a recipe it is."""

    data: Any
    source: Source
    at: Path = ()
    shape: Path = ()

    def problem(self, path: Path, message: str, **more: Any) -> Problem:
        """A problem at ``path`` within the part."""
        return self.source.problem((*self.at, *path), message, **more)


def problems_of(error: ValidationError, part: Part) -> list[tuple[Path, Problem]]:
    """One problem for each place in the data, whatever many ways it failed."""
    groups: dict[Path, list[Mapping[str, Any]]] = {}
    for found in error.errors(include_url=False):
        groups.setdefault(_data_path(found["loc"], part.data), []).append(found)
    return [
        (path, _problem(path, found, part))
        for path, found in groups.items()
        if not _only_other_form(path, found, groups)
    ]


def _only_other_form(path: Path, found: list[Mapping[str, Any]], groups: Mapping[Path, Any]) -> bool:
    """Whether the value is one of several forms, wrong inside: that it is no other form is noise then."""
    if any(error["type"] in ("extra_forbidden", "missing") for error in found):
        return False
    return any(len(other) > len(path) and other[: len(path)] == path for other in groups)


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


def _problem(path: Path, found: list[Mapping[str, Any]], part: Part) -> Problem:
    value = part.data
    for step in path:
        value = value[step]
    kinds = {error["type"] for error in found}
    if "extra_forbidden" in kinds:
        return _unknown_key(path, part)
    if found[0]["loc"][-1:] == ("[key]",):
        return part.problem(path, f"{path[-1]} cannot be a name: {NAME_RULE}", key=True, text=str(path[-1]))
    whole = (*part.at, *path)
    if "missing" in kinds and isinstance(value, dict):
        names = [str(error["loc"][-1]) for error in found if error["type"] == "missing"]
        where = f" in {whole[-1]}" if whole else ""
        return part.problem(path, f"{' and '.join(names)} is missing{where}", key=True)
    label = str(whole[-1]) if whole else "the recipe"
    label = f"{whole[-2]}[{whole[-1]}]" if whole and isinstance(whole[-1], int) and len(whole) > 1 else label
    message, suggestion = _wrong_value(label, value, found)
    text = value if isinstance(value, str) else "" if value is None else shown(value)
    return part.problem(path, message, text=text, suggestion=suggestion)


def _unknown_key(path: Path, part: Part) -> Problem:
    key = str(path[-1])
    whole = (*part.shape, *path)
    known = keys_at(whole[:-1])
    inside = [part for part in whole[:-1] if isinstance(part, str)]
    where = f" in {inside[-1]}" if inside else ""
    suggestion = did_you_mean(key, known) or (f"what works here: {listing(known)}" if known else "")
    return part.problem(path, f"unknown key {key}{where}", key=True, text=key, suggestion=suggestion)


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
            return f"{label} must be {limit[0]} {context[limit[1]]:g}, not {value}", ""
        if error["type"] == "too_short":
            return f"{label} is empty; it needs at least one", ""
        if error["type"] == "string_pattern_mismatch":
            rule = 'write it as "tools.py:function"' if label in ("python", "call") else NAME_RULE
            return f"{label} cannot be {shown(value)}", rule
    expected = list(dict.fromkeys(filter(None, (_expected(error) for error in found))))
    if not expected:
        return f"{label} cannot be {kind_of(value)}", ""
    return f"{label} must be {' or '.join(expected)}, not {kind_of(value)}", _instead(label, value)


def _instead(label: str, value: Any) -> str:
    """What is likely meant by a value of the wrong kind."""
    if label == "each" and isinstance(value, list):
        return "each is an expression; write the list in quotes, as \"['a', 'b']\""
    if label == "labels" and isinstance(value, dict):
        return "labels say what data it is, as [personal]; what classify chooses from is into:"
    return ""


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
        return ITEMS.get(str(path[-2]))
    if len(path) == 2 and path[0] in SHAPES:
        return SHAPES[str(path[0])]
    if path[-2] == "steps" and (len(path) == 2 or len(path) >= 4):
        return model.Step
    return PARTS.get(str(path[-1]))
