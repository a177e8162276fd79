"""What can be changed of a past run: a role's model, a step's text, an input; each a row to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.events import Json
from workbench.recipe.model import MODEL_VERBS, Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import TEXT_KEYS
from workbench.study.change import Change
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink
from workbench.tui.paths import node

Kind = Literal["nothing", "model", "text", "input", "output"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be different.  ``name`` is a role, an input, or a dotted path of the recipe."""

    kind: Kind
    name: str
    value: str = ""
    """What it is now."""

    def line(self) -> Line:
        """The row of a list."""
        return ink(
            (f"{WORDS[self.kind]:<8}", "dim"), (self.name, "bold"), ("  ", ""), (_short(self.value), "dim")
        )


WORDS: Mapping[Kind, str] = {
    "nothing": "as it is", "model": "model", "text": "text", "input": "input", "output": "output",
}  # fmt: skip


def _short(value: str) -> str:
    return show.one_line(value, 60)


def choices(
    recipe: Recipe, inputs: Mapping[str, Json], models: Mapping[str, str], path: str | None
) -> list[Choice]:
    """What can be changed, the texts of the step at ``path`` first."""
    found = texts_of(recipe, path) if path is not None else []
    for role, candidates in recipe.document.models.items():
        found.append(Choice("model", role, models.get(role) or ", ".join(candidates.candidates)))
    for name in recipe.document.inputs:
        found.append(Choice("input", name, show.value_text(inputs.get(name, ""))))
    return found


def texts_of(recipe: Recipe, path: str) -> list[Choice]:
    """The texts of a step: prompts and questions, by the dotted path they are set at."""
    return [
        Choice("text", f"{dotted}.{key}", recipe.text(getattr(step, key)))
        for dotted, step in _places("steps", recipe.document.steps, node(path).split("/"))
        for key in TEXT_KEYS
        if getattr(step, key) is not None
    ]


def role_of(recipe: Recipe, path: str) -> str | None:
    """The role that serves a step; None where it asks no model."""
    roles = list(recipe.document.models)
    for _, step in _places("steps", recipe.document.steps, node(path).split("/")):
        if step.verb in MODEL_VERBS:
            return step.model or (roles[0] if len(roles) == 1 else None)
    return None


def _places(at: str, steps: Mapping[str, Step], names: list[str]) -> list[tuple[str, Step]]:
    """Where a step stands: its dotted path and itself; several where it has branches."""
    step = steps.get(names[0])
    if step is None:
        return []
    found = []
    for dotted, each in _branches(f"{at}.{names[0]}", step):
        if len(names) == 1:
            found.append((dotted, each))
        else:
            found += _places(f"{dotted}.steps", each.steps or {}, names[1:])
    return found


def _branches(dotted: str, step: Step) -> list[tuple[str, Step]]:
    """A step, or its branches where it has some."""
    if step.choose is None:
        return [(dotted, step)]
    found = [
        place
        for index, each in enumerate(step.choose)
        for place in _branches(f"{dotted}.choose.{index}", each)
    ]
    return found + (_branches(f"{dotted}.else", step.else_) if step.else_ is not None else [])


def changed(choice: Choice, change: Change) -> str:
    """A change in words."""
    if choice.kind == "model":
        return (
            f"model of {choice.name}: {choice.value or 'as the recipe says'} → {change.models[choice.name]}"
        )
    return f"another {choice.kind}: {choice.name}"
