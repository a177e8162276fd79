"""The sample recipes with one thing wrong: taking the first fix offered, until none is left, mends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.recipe.editing.kit import RECIPES, SAMPLES, done
from workbench.recipe.editing.fixes import fixes
from workbench.recipe.editing.reading import read
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.tree import draft
from workbench.recipe.editing.values import remove, set_value

SWAPPED = re.compile(r"(?m)^    ([a-z_]{4,}):|\{\{ ?([a-z_]{4,})|^    model: (\w+)")
"""Keys of steps and roles, names in templates, names of roles."""
MOST_FIXES = 5


def misspelt(text: str) -> Iterator[tuple[str, str]]:
    """Every fifth key or name with two letters turned around."""
    for match in list(SWAPPED.finditer(text))[::5]:
        word = match.group(match.lastindex or 0)
        start = match.start(match.lastindex or 0)
        slip = word[0] + word[2] + word[1] + word[3:] if word[1] != word[2] else word[:1] + word[2:]
        yield f"{slip} at {start}", text[:start] + slip + text[start + len(word) :]


def without(text: str) -> Iterator[tuple[str, str]]:
    """Without something that must be there, or should."""
    data: dict[str, Any] = draft(text).data
    yield "schema", done(text, remove(text, ("schema",)))
    yield from ((f"input {name}", done(text, remove(text, ("inputs", name)))) for name in data["inputs"])
    for name in data["models"]:
        yield f"candidates of {name}", done(text, set_value(text, ("models", name, "candidates"), []))
    for name, step in data["steps"].items():
        if "gate" in step and "on_fail" in step and "repeat" not in step:
            yield f"on_fail of {name}", done(text, remove(text, ("steps", name, "on_fail")))
        if "model" in step and len(data["models"]) > 1:
            yield f"model of {name}", done(text, remove(text, ("steps", name, "model")))


def with_more(text: str) -> Iterator[tuple[str, str]]:
    """With parts that nobody uses, and two steps that write at the same time."""
    data: dict[str, Any] = draft(text).data
    yield "a step nobody reads", done(text, add_step(text, "extra", {"set": {"x": 1}}))
    spare: dict[str, Any] = {
        "inputs": {"type": "string", "default": ""},
        "models": {"candidates": ["local/lead"]},
        "tools": next(iter(data["tools"].values())),
    }
    for section, value in spare.items():
        yield f"{section} unused", done(text, set_value(text, (section, "spare"), value))
    call = next(
        {k: v for k, v in step.items() if k != "on_fail"} for step in data["steps"].values() if "tool" in step
    )
    one = done(text, add_step(text, "send_one", {**call, "effects": True}))
    yield "two that write", done(one, add_step(one, "send_two", {**call, "effects": True}))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("slip", [misspelt, without, with_more])
def test_a_slip_in_a_sample_is_mended_by_the_fixes(name: str, slip: Any) -> None:
    text, folder = SAMPLES[name], RECIPES / name
    usual = {problem.message for problem in read(text, folder).problems}
    for what, wrong in slip(text):
        now, taken = wrong, []
        while found := [each for each in read(now, folder).problems if each.message not in usual]:
            ways = [ways[0] for each in found if (ways := fixes(now, each))]
            assert ways and len(taken) < MOST_FIXES, (what, taken, found[0].message)
            taken.append(ways[0].label)
            now = done(now, ways[0].edits)
        assert taken, f"nothing is said of {what}"
