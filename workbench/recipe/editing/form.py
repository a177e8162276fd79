"""The canonical form of a recipe: the order of keys, and what stands on one line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from workbench.recipe.editing.writing import flow_text, is_flat
from workbench.recipe.model import Data, Document, Gate, Input, Role, Tool
from workbench.recipe.source import Path

Kind = Literal[
    "document", "names", "input", "data", "role", "tool", "step", "branches", "gate", "other",
]  # fmt: skip
"""What a collection is, by its place."""

STEP_KEYS = (
    "about", "when", "if", "each", "as", "at_once", "repeat", "needs",
    "prompt", "agent", "classify", "extract", "retrieve", "tool", "human", "set", "recipe", "steps", "choose",
    "else", "system", "into", "from", "examples", "top", "with", "choices", "tools", "at_most", "model",
    "output", "timeout",
)  # fmt: skip
"""What a step is, when it is done, what it does and with what; what must hold of it stands last."""
LAST_STEP_KEYS = ("gate", "on_fail")
MODELS: dict[Kind, type[BaseModel]] = {
    "document": Document, "input": Input, "data": Data, "role": Role, "tool": Tool, "gate": Gate,
}  # fmt: skip
SECTIONS: dict[str, Kind] = {"inputs": "input", "data": "data", "models": "role", "tools": "tool"}
WIDTH = 110
"""Longer than this and a collection is not written in one line."""
DEEPEST = 3
"""Collections within collections that one line may hold."""


def kind_at(path: Path) -> Kind:
    """What the collection at ``path`` is."""
    if not path:
        return "document"
    if path[0] == "steps":
        return _in_steps(path)
    if len(path) == 1:
        return "names" if path[0] in SECTIONS or path[0] == "outputs" else "other"
    return SECTIONS.get(str(path[0]), "other") if len(path) == 2 else "other"


def _in_steps(path: Path) -> Kind:
    kind: Kind = "names"
    for part in path[1:]:
        if kind in ("names", "branches"):
            kind = "step"
        elif kind == "step" and part in ("steps", "choose", "else", "gate"):
            kind = {"steps": "names", "choose": "branches", "else": "step", "gate": "gate"}[str(part)]  # type: ignore[assignment]
        else:
            return "other"
    return kind


@cache
def key_order(kind: Kind) -> tuple[str, ...]:
    """The canonical order of the keys of such a mapping; empty when it has none."""
    if kind == "step":
        return (*STEP_KEYS, *LAST_STEP_KEYS)
    model = MODELS.get(kind)
    fields = model.model_fields.items() if model is not None else ()
    return tuple(field.alias or name for name, field in fields)


def has_order(kind: Kind) -> bool:
    """Whether the language names the keys of such a mapping: their order says nothing."""
    return bool(key_order(kind))


def in_order(kind: Kind, keys: Iterable[str]) -> list[str]:
    """Keys in their canonical order; those without one stay as they are, before what stands last."""
    order = key_order(kind)
    if not order:
        return list(keys)
    last = LAST_STEP_KEYS if kind == "step" else ()
    middle = len(order) - len(last)
    ranks = {key: number + (number >= middle) for number, key in enumerate(order)}
    return sorted(keys, key=lambda key: ranks.get(key, middle))


def on_one_line(path: Path, value: Any, taken: int) -> bool:
    """Whether a collection is written in brackets behind ``taken`` characters."""
    if not value:
        return True
    kind = kind_at(path)
    if kind in ("document", "names", "branches", "step"):
        return False
    if kind == "gate" and len(value) > 1:
        return False
    if path[-1] == "set" and isinstance(value, dict) and kind_at(path[:-1]) == "step":
        return False
    return is_flat(value, DEEPEST) and taken + len(flow_text(value)) <= WIDTH
