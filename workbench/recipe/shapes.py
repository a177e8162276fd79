"""What is known, before a run, of the values behind names: which attributes they have, and of what type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from workbench.events import StepStatus
from workbench.recipe.model import Input, Step
from workbench.recipe.output_schema import json_schema
from workbench.recipe.template_syntax import read_template
from workbench.recipe.tokens import ExpressionSyntaxError

Kind = Literal["any", "text", "number", "boolean", "list", "object"]
WORDS: dict[Kind, str] = {
    "any": "a value", "text": "a text", "number": "a number", "boolean": "true or false", "list": "a list",
    "object": "an object",
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """What a value is: its kind, the attributes of an object (None: any), the items of a list."""

    kind: Kind = "any"
    fields: Mapping[str, Shape] | None = None
    item: Shape | None = None
    why: str = ""
    """Why it is so, where that is a surprise."""
    choices: tuple[str, ...] = ()
    """The only texts it can be, where that is known."""


ANY = Shape()
TEXT = Shape("text")
NUMBER = Shape("number")
BOOLEAN = Shape("boolean")
ANY_LIST = Shape("list", item=ANY)
ANY_OBJECT = Shape("object")
HIDDEN = Shape(why="hidden")
"""In place of a name that cannot be seen from where one stands."""
LOOP = Shape("object", {"index": NUMBER})
COMMON: dict[str, Shape] = {
    "status": Shape("text", choices=get_args(StepStatus)), "failed": BOOLEAN, "skipped": BOOLEAN,
    "cost": NUMBER, "model": TEXT, "gates": ANY_OBJECT,
}  # fmt: skip
PASSAGE = Shape("object", {"id": TEXT, "title": TEXT, "text": TEXT, "score": NUMBER, "source": TEXT})
CALL = Shape("object", {"id": TEXT, "name": TEXT, "with": ANY, "arguments": TEXT})
"""A call of a tool that a model asks for."""
MADE_CALL = Shape("object", {**(CALL.fields or {}), "result": ANY, "error": TEXT})
"""One that an agent made."""
RESULTS: dict[str, dict[str, Shape]] = {
    "prompt": {"text": TEXT},
    "agent": {"text": TEXT},
    "classify": {"label": TEXT, "confidence": NUMBER, "scores": ANY_OBJECT, "text": TEXT},
    "extract": {"data": ANY, "text": TEXT},
    "judge": {"score": NUMBER, "reason": TEXT, "text": TEXT},
    "retrieve": {"documents": Shape("list", item=PASSAGE), "text": TEXT},
    "tool": {"result": ANY, "text": TEXT},
    "human": {"answer": TEXT, "text": TEXT},
}
OF_TYPE: dict[str, Shape] = {
    "string": TEXT, "number": NUMBER, "integer": NUMBER, "boolean": BOOLEAN, "list": ANY_LIST,
    "array": ANY_LIST, "object": ANY_OBJECT,
}  # fmt: skip


@dataclass(frozen=True)
class Walked:
    """How far a path could be followed: the shape there, and the first part that is not."""

    shape: Shape
    missing: int | None = None
    """Position in the path of the part that does not exist."""
    holder: Shape = field(default=ANY)
    """What was asked for that part."""


def walk(shape: Shape, path: Iterable[str | int]) -> Walked:
    """Follow attributes (texts) and items (numbers) from ``shape`` on."""
    for number, part in enumerate(path):
        after = _after(shape, part)
        if after is None:
            return Walked(ANY, number, shape)
        shape = after
    return Walked(shape)


def _after(shape: Shape, part: str | int) -> Shape | None:
    if shape.kind == "any":
        return ANY
    if isinstance(part, int):
        if shape.kind == "list":
            return shape.item or ANY
        return {"text": TEXT, "object": TEXT}.get(shape.kind)
    if shape.kind != "object":
        return None
    return ANY if shape.fields is None else shape.fields.get(part)


def input_shape(spec: Input) -> Shape:
    """The shape of an input's value."""
    if spec.type == "string" and spec.choices:
        return Shape("text", choices=tuple(map(str, spec.choices)))
    return OF_TYPE.get(spec.type, ANY)


def result_shape(step: Step, inherited: Mapping[str, Any] | None = None) -> Shape:
    """The shape of a step's result as others see it."""
    shape = _one_result(step, inherited)
    return Shape("list", item=shape, why="of each") if step.each is not None else shape


def _one_result(step: Step, inherited: Mapping[str, Any] | None) -> Shape:
    if step.recipe is not None:
        given = dict.fromkeys(step.inside.outputs, ANY) if step.inside is not None else None
        return Shape("object", {"outputs": Shape("object", given), **COMMON})
    if step.set is not None:
        return Shape("object", {**{name: value_shape(value) for name, value in step.set.items()}, **COMMON})
    if step.steps is not None:
        return Shape(
            "object", {**{name: result_shape(inner) for name, inner in step.steps.items()}, **COMMON}
        )
    if step.choose is not None:
        branches = [*step.choose, *((step.else_,) if step.else_ is not None else ())]
        return _either([result_shape(branch, step.output) for branch in branches])
    fields = dict(RESULTS.get(_verb(step), {}))
    if step.into:
        fields["label"] = fields["text"] = Shape("text", choices=tuple(step.into))
    if step.human is not None and step.choices:
        fields["answer"] = fields["text"] = Shape("text", choices=step.choices)
    if step.tools:
        fields["calls"] = Shape("list", item=MADE_CALL if step.agent is not None else CALL)
    output = step.output or inherited
    if "data" in fields or (output is not None and (step.prompt or step.agent) is not None):
        fields["data"] = output_shape(output) if output is not None else ANY
    return Shape("object", {**fields, **COMMON})


def _verb(step: Step) -> str:
    return next((verb for verb in RESULTS if getattr(step, verb) is not None), "")


def _either(shapes: list[Shape]) -> Shape:
    """What one of several shapes may have: every attribute that any of them has."""
    if not shapes or any(shape.kind != "object" or shape.fields is None for shape in shapes):
        return ANY
    merged: dict[str, Shape] = {}
    for shape in shapes:
        for name, inner in (shape.fields or {}).items():
            merged[name] = inner if merged.get(name, inner) == inner else ANY
    return Shape("object", merged)


def value_shape(value: Any) -> Shape:
    """The shape of a value in ``set``: a template that is one ``{{ }}`` may be anything."""
    if isinstance(value, str):
        return _text_shape(value)
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float):
        return NUMBER
    if isinstance(value, Mapping):
        return Shape("object", {str(key): value_shape(item) for key, item in value.items()})
    return ANY_LIST if isinstance(value, list | tuple) else ANY


def _text_shape(value: str) -> Shape:
    try:
        return ANY if "{" in value and read_template(value).only else TEXT
    except ExpressionSyntaxError:
        return ANY


def output_shape(output: Mapping[str, Any]) -> Shape:
    """The shape that an ``output:`` promises."""
    try:
        return schema_shape(json_schema(output))
    except ValueError:
        return ANY


def schema_shape(schema: Any, depth: int = 0) -> Shape:
    """The shape that a JSON Schema promises, as far as it is plain to see."""
    if not isinstance(schema, Mapping) or depth > 20 or {"$ref", "anyOf", "oneOf", "allOf"} & schema.keys():
        return ANY
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [each for each in kind if each != "null"]
        kind = kinds[0] if len(kinds) == 1 else None
    if kind == "array":
        return Shape("list", item=schema_shape(schema.get("items"), depth + 1))
    properties = schema.get("properties")
    if (kind == "object" or kind is None) and isinstance(properties, Mapping):
        if schema.get("additionalProperties") not in (None, False) or "patternProperties" in schema:
            return ANY_OBJECT
        return Shape(
            "object", {str(key): schema_shape(value, depth + 1) for key, value in properties.items()}
        )
    return OF_TYPE.get(kind, ANY) if isinstance(kind, str) else ANY
