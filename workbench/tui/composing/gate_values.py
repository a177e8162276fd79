"""Gates in the form: what a new one is set to, how one reads on a line, and what a typed line means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.recipe.editing.writing import flow_text
from workbench.tui.composing.draft import Draft
from workbench.tui.composing.fields import GATE_DEFAULTS
from workbench.tui.composing.outline import Item
from workbench.tui.composing.values import parse_value

TEXTS = frozenset({"contains", "starts_with", "regex", "equals", "expr"})


def gate_value(name: str, draft: Draft, item: Item) -> Any:
    """What a new gate of a step is set to; None where a person must say it."""
    if name == "grounded":
        source = grounds(draft, item)
        return {"in": source, "at_least": 0.6} if source else None
    value = GATE_DEFAULTS.get(name)
    return None if value in ("", [""]) else value


def grounds(draft: Draft, item: Item) -> str:
    """What a grounded answer must stand in: the nearest retrieval before it, else the first input."""
    steps = draft.value(("steps",)) or {}
    names = list(steps)
    place = names.index(item.name) if item.name in names else len(names)
    found = [name for name in names[:place] if isinstance(steps[name], Mapping) and "retrieve" in steps[name]]
    if found:
        return str(found[-1])
    return str(next(iter(draft.value(("inputs",)) or {}), ""))


def gate_words(value: Any) -> str:
    """A gate's value on a line, as it may be typed: ``in: search, at_least: 0.6``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {flow_text(inner)}" for name, inner in value.items())
    return value if isinstance(value, str) else flow_text(value)


def read_gate(name: str, text: str) -> tuple[Any, str | None]:
    """The value of a gate that a line stands for, and what is wrong with it."""
    if name in TEXTS:
        return text.strip(), None
    bare = text.strip()
    whole = bare if bare.startswith(("{", "[")) else f"{{{bare}}}" if ":" in bare or not bare else bare
    return parse_value(whole)
