"""The inputs of a run: defaults filled in, texts read as the declared types, all mistakes named at once."""

from __future__ import annotations

import json
from collections.abc import Mapping

from workbench.errors import Problem, RecipeError
from workbench.events import Json
from workbench.recipe.model import Input
from workbench.recipe.recipe import Recipe
from workbench.recipe.suggest import did_you_mean_or_list

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})
WORDS = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "list": "a list", "object": "an object with keys",
}  # fmt: skip


def read_inputs(recipe: Recipe, given: Mapping[str, Json]) -> dict[str, Json]:
    """The inputs to run with; RecipeError lists every wrong, missing or unknown one."""
    return read_declared(recipe.document.inputs, given, recipe.name)


def read_declared(declared: Mapping[str, Input], given: Mapping[str, Json], recipe: str) -> dict[str, Json]:
    """The values of declared inputs; RecipeError lists every wrong, missing or unknown one."""
    problems = [
        Problem(
            f"the recipe {recipe} has no input {name}",
            text=name,
            suggestion=did_you_mean_or_list(name, declared, "it takes none"),
        )
        for name in given
        if name not in declared
    ]
    values: dict[str, Json] = {}
    for name, spec in declared.items():
        if name not in given:
            if spec.required:
                problems.append(
                    Problem(f"the input {name} is missing", text=name, suggestion=_about(name, spec))
                )
            values[name] = None if spec.required else spec.default
            continue
        try:
            values[name] = read_input(spec, given[name])
        except ValueError as error:
            problems.append(Problem(f"the input {name} {error}", text=_shown(given[name])))
    if problems:
        raise RecipeError(problems)
    return values


def read_input(spec: Input, value: Json) -> Json:
    """A value as the declared type; ValueError says what it must be."""
    result = _typed(spec.type, value)
    if spec.choices and result not in spec.choices:
        raise ValueError(f"must be one of {', '.join(map(str, spec.choices))}, not {_shown(value)}")
    return result


def _typed(kind: str, value: Json) -> Json:
    if fits(kind, value):
        return value
    read: Json = None
    if isinstance(value, str) and kind != "string":
        read = _from_text(kind, value.strip())
    elif kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        read = str(value)
    elif kind == "integer" and isinstance(value, float) and value.is_integer():
        read = int(value)
    if read is None:
        raise ValueError(f"must be {WORDS[kind]}, not {_shown(value)}")
    return read


def fits(kind: str, value: Json) -> bool:
    """Whether a value is of an input's type as it stands."""
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and value - value != 0:
        return False
    types: dict[str, type | tuple[type, ...]] = {
        "string": str, "number": (int, float), "integer": int, "list": list, "object": dict,
    }  # fmt: skip
    return isinstance(value, types.get(kind, ()))


def _from_text(kind: str, text: str) -> Json:
    """What a text given on a command line or in a form means; None when it is not of that type."""
    if kind == "boolean":
        return True if text.lower() in TRUE else False if text.lower() in FALSE else None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    if fits(kind, value):
        return value
    if kind == "list" and text and text[0] not in "[{":
        return [part.strip() for part in text.split(",")]
    return None


def _about(name: str, spec: Input) -> str:
    about = f": {spec.about.strip().removesuffix('.')}" if spec.about else ""
    return f"{WORDS[spec.type]}{about}; give it as {name}=…"


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f'"{text[:60]}"' if isinstance(value, str) else text[:60]
