"""The inputs of a recipe as fields of a form: what a field shows at first, and what its text means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.events import Json
from workbench.recipe.model import Input
from workbench.tui import presentation as show

Control = Literal["text", "line", "choice", "json"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: its name, how it is edited, its first content, and a line about it."""

    name: str
    input: Input
    control: Control
    first: str
    choices: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """Type, whether it must be given, and what its author says of it."""
        kind = {"string": "text", "list": "list, as JSON", "object": "object, as JSON"}
        parts = [kind.get(self.input.type, self.input.type), "" if self.input.required else "optional"]
        return ", ".join(part for part in parts if part) + (
            f" · {self.input.about}" if self.input.about else ""
        )


def field_specs(inputs: Mapping[str, Input], last: Mapping[str, Json]) -> list[FieldSpec]:
    """The fields, filled with what was given last time, else with the defaults."""
    specs = []
    for name, each in inputs.items():
        value = last.get(name, None if each.required else each.default)
        choices = tuple(to_text(choice) for choice in each.choices)
        if each.type == "boolean" and not choices:
            choices = ("true", "false")
        first = "" if value is None else to_text(value)
        if choices and first not in choices:
            first = "" if each.required else to_text(each.default)
        specs.append(FieldSpec(name, each, _control(each), first, choices))
    return specs


def _control(each: Input) -> Control:
    if each.choices or each.type == "boolean":
        return "choice"
    if each.type in ("list", "object"):
        return "json"
    return "text" if each.type == "string" else "line"


def to_text(value: Json) -> str:
    """A value as a field shows it."""
    return value if isinstance(value, str) else show.json_text(value)


def parse(spec: FieldSpec, text: str) -> Json:
    """The value that ``text`` stands for; ValueError says what is wrong, for people.

    Raises KeyError where nothing was given and nothing needs to be.
    """
    bare = text.strip()
    if not bare:
        if spec.input.required:
            raise ValueError("must be given")
        raise KeyError(spec.name)
    if spec.input.type == "boolean":
        return bare == "true"
    if spec.control == "choice":
        return spec.input.choices[spec.choices.index(text)]
    match spec.input.type:
        case "string":
            return text
        case "integer":
            return _number(bare, int, "a whole number")
        case "number":
            return _number(bare, float, "a number")
        case _:
            return _json(bare, spec.input.type)


def _number(text: str, kind: type[int] | type[float], name: str) -> int | float:
    try:
        return kind(text.replace("_", ""))
    except ValueError:
        raise ValueError(f"must be {name}, not {text!r}") from None


def _json(text: str, kind: str) -> Json:
    example = '["a", "b"]' if kind == "list" else '{"name": "value"}'
    try:
        value = json.loads(text)
    except ValueError as error:
        detail = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)
        )
        raise ValueError(f"is no JSON ({detail}); a {kind} looks like {example}") from None
    if not isinstance(value, list if kind == "list" else dict):
        raise ValueError(f"must be {'a list' if kind == 'list' else 'an object'}, as {example}")
    return value
