"""What a run says of its end: which steps its outputs came from, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from workbench.engine.recording import root_of
from workbench.engine.scope import Scope
from workbench.events import Json, Missing
from workbench.recipe.expressions import ExpressionError, mentions
from workbench.recipe.graph import dependencies
from workbench.recipe.recipe import Recipe

BY = {"fallback": "its fallback value", "person": "a person", "by hand": "by hand"}
"""Names in place of a model that say how a step came to its result."""


def came_from(recipe: Recipe, scope: Scope) -> dict[str, Sequence[Mapping[str, Json]]]:
    """By output: the steps that it rests on, in the order of the recipe, and which models gave them."""
    document = recipe.document
    before = dependencies(document.steps, recipe)
    found: dict[str, Sequence[Mapping[str, Json]]] = {}
    told: dict[str, Mapping[str, Json] | None] = {}
    for name, value in document.outputs.items():
        wanted = [root for root in _roots(value) if root in before]
        rests: set[str] = set()
        while wanted:
            step = wanted.pop()
            if step not in rests:
                rests.add(step)
                wanted += before[step]
        for step in rests - told.keys():
            told[step] = _way(step, scope.values.get(step))
        ways = [told[step] for step in document.steps if step in rests]
        found[name] = [way for way in ways if way is not None]
    return found


def not_done(recipe: Recipe, scope: Scope, failed: str | None) -> list[Missing]:
    """The steps that a run which stopped did not come to."""
    return [
        Missing(name, "not done")
        for name in recipe.document.steps
        if name not in scope.values and name != failed
    ]


def in_the_recipes_order(recipe: Recipe, lost: Iterable[Missing]) -> tuple[Missing, ...]:
    """What is missing, as it stands in the recipe and not as it came to fail; items by their number."""
    places = {name: number for number, name in enumerate(recipe.document.steps)}

    def at(each: Missing) -> tuple[int, list[tuple[int, str]]]:
        parts = re.findall(r"\d+|\D+", each.path)
        numbered = [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
        return places.get(root_of(each.path), len(places)), numbered

    return tuple(sorted(lost, key=at))


def _roots(value: Json) -> set[str]:
    if isinstance(value, str):
        try:
            return {mention.split(".", 1)[0] for mention in mentions(value)}
        except ExpressionError:
            return set()
    if isinstance(value, Mapping):
        return {root for each in value.values() for root in _roots(each)}
    if isinstance(value, list | tuple):
        return {root for each in value for root in _roots(each)}
    return set()


def _way(step: str, result: Json) -> Mapping[str, Json] | None:
    """How a step came to its result; None where it was skipped or gave nothing to say."""
    if result is None or (isinstance(result, Mapping) and result.get("skipped")):
        return None
    named = list(dict.fromkeys(_models(result)))
    way: dict[str, Json] = {"step": step, "models": [each for each in named if each not in BY]}
    others = [BY[each] for each in named if each in BY]
    if isinstance(result, Mapping) and result.get("failed"):
        others.append("failed")
    if others:
        way["by"] = ", ".join(others)
    return way


def _models(result: Json) -> Iterator[str]:
    """The models of a result, of a list of them, or of a group."""
    if isinstance(result, list):
        for each in result:
            yield from _models(each)
    elif isinstance(result, dict) and "status" in result:
        if isinstance(result.get("model"), str):
            yield result["model"]
        for key, inner in result.items():
            if isinstance(inner, (dict, list)) and key not in ("gates", "data", "result"):
                yield from _models(inner)
