"""What a step may mention: inputs, steps that do not wait for it, lists among their values, conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.events import Json
from workbench.recipe.graph import dependencies
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe

LEAVES = {"classify": "label", "extract": "data", "tool": "result", "human": "answer", "judge": "score"}
"""What a step leaves behind by its verb; ``text`` where none is named."""
MOST_NAMES = 12
DEEPEST = 3


def may_mention(recipe: Recipe, own: str) -> dict[str, Step]:
    """The steps of the top level that a step may mention: not itself, and none that waits for it."""
    steps = recipe.document.steps
    waiting = dependencies(steps, recipe)
    later, found = {own}, True
    while found:
        found = False
        for name, others in waiting.items():
            if name not in later and later.intersection(others):
                later.add(name)
                found = True
    return {name: step for name, step in steps.items() if name not in later}


def names_to_mention(recipe: Recipe, own: str) -> list[str]:
    """Inputs and what earlier steps leave behind, as a template would mention them."""
    steps = may_mention(recipe, own).items()
    left = (f"{name}.{LEAVES.get(step.verb, 'text')}" for name, step in steps if step.each is None)
    return [*recipe.document.inputs, *left][:MOST_NAMES]


def lists_to_mention(recipe: Recipe, own: str, outputs: Mapping[str, Json]) -> dict[str, str]:
    """Expressions that give a list, each with a word about it; ``outputs`` are those of a past run."""
    found = {
        name: "an input" for name, each in recipe.document.inputs.items() if each.type == "list"
    }  # fmt: skip
    for name, step in may_mention(recipe, own).items():
        if step.each is not None:
            found[name] = "the results of its items"
        elif step.verb == "retrieve":
            found[f"{name}.documents"] = "what was found: each has id, text, score, source"
        elif step.verb == "extract":
            for key, spec in (step.output or {}).items():
                if spec == "list" or (isinstance(spec, Mapping) and spec.get("type") in ("list", "array")):
                    found[f"{name}.data.{key}"] = "a list that it reads"
        for path, length in _lists(outputs.get(name), name):
            found.setdefault(path, f"{length} items in the last run")
    return found


def _lists(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    if isinstance(value, list):
        yield path, len(value)
    elif isinstance(value, Mapping) and depth < DEEPEST:
        for name, inner in value.items():
            if name != "gates":
                yield from _lists(inner, f"{path}.{name}", depth + 1)


def conditions_to_choose(recipe: Recipe, own: str) -> dict[str, str]:
    """Conditions that a step could depend on, each with a word about it."""
    found: dict[str, str] = {}
    for name, step in may_mention(recipe, own).items():
        if step.verb == "classify" and step.each is None:
            for label in step.into or ():
                found[f"{name}.label == '{label}'"] = "by its label"
        if step.gate is not None:
            found[f"{name}.failed"] = "when its checks did not pass"
    for name, given in recipe.document.inputs.items():
        for choice in given.choices or ():
            found[f"{name} == '{choice}'"] = "by an input"
        if given.type == "boolean":
            found[name] = "by an input"
    return found
