"""Recipes within recipes: the verb ``recipe`` becomes a group that sees its own inputs and nothing else.

The roles, data and tools of a part stand in the whole under the part's name: ``answer.writer``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.recipe.inside import Inside
from workbench.recipe.model import MODEL_VERBS, Document, Gate, Role, Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import inner_steps


def part_files(steps: Mapping[str, Step]) -> list[str]:
    """The files that steps name by ``recipe:``, each once, in the order written."""
    return list(dict.fromkeys(step.recipe for step in every_step(steps) if step.recipe))


def every_step(steps: Mapping[str, Step]) -> Iterator[Step]:
    """All steps, those inside others too."""
    for step in steps.values():
        yield from _with_inner(step)


def _with_inner(step: Step) -> Iterator[Step]:
    yield step
    for _, inner, _ in inner_steps(step):
        yield from _with_inner(inner)


def attach(document: Document, parts: Mapping[str, Recipe]) -> None:
    """Tell the steps that run a recipe what it takes and gives."""
    for step in every_step(document.steps):
        if step.recipe in parts:
            part = parts[str(step.recipe)].document
            step._inside = Inside(part.inputs, part.outputs)


def whole(document: Document, parts: Mapping[str, Recipe]) -> Document:
    """The recipe with its parts in it."""
    if not parts:
        return document
    names = _Names("", document)
    sections: dict[str, dict[str, Any]] = {
        "models": dict(document.models), "data": dict(document.data), "tools": dict(document.tools),
    }  # fmt: skip
    inside: dict[str, Mapping[str, Step]] = {}
    for file, recipe in parts.items():
        own = _Names(f"{file.rpartition('.')[0]}.", recipe.document)
        for section, found in sections.items():
            given = getattr(recipe.document, section).items()
            found |= {own.prefix + name: own.named(each) for name, each in given}
        inside[file] = own.steps(recipe.document.steps, {})
    steps = names.steps(document.steps, {file: (parts[file], inside[file]) for file in parts})
    return document.model_copy(update={**sections, "steps": steps})


Parts = Mapping[str, tuple[Recipe, Mapping[str, Step]]]


@dataclass
class _Names:
    """Gives the steps of one recipe the names that its roles, data and tools have in the whole."""

    prefix: str
    document: Document
    only: str | None = field(init=False)
    """The role of steps that name none."""

    def __post_init__(self) -> None:
        self.only = next(iter(self.document.models)) if len(self.document.models) == 1 else None

    def named(self, part: Any) -> Any:
        """A role whose summaries another role of the recipe makes; all else as it is."""
        if not isinstance(part, Role) or part.summarise_by not in self.document.models:
            return part
        return part.model_copy(update={"summarise_by": f"{self.prefix}{part.summarise_by}"})

    def steps(self, steps: Mapping[str, Step], parts: Parts) -> dict[str, Step]:
        return {name: self.step(step, parts) for name, step in steps.items()}

    def step(self, step: Step, parts: Parts, inherits: bool = False) -> Step:
        update: dict[str, Any] = {}
        model = step.model
        if model is None and step.verb in MODEL_VERBS and not inherits:
            model = self.only
        if model is not None:
            update["model"] = self.prefix + model if model in self.document.models else model
        for key in ("from_", "examples", "tool"):
            if getattr(step, key) is not None:
                update[key] = self.prefix + getattr(step, key)
        if step.tools:
            update["tools"] = tuple(self.prefix + name for name in step.tools)
        if step.gate is not None:
            update["gate"] = self.gate(step.gate)
        if step.guard:
            update["guard"] = tuple(self.gate(guard) for guard in step.guard)
        if step.steps is not None:
            update["steps"] = self.steps(step.steps, parts)
        below = inherits or step.model is not None
        if step.choose is not None:
            update["choose"] = tuple(self.step(branch, parts, below) for branch in step.choose)
        if step.else_ is not None:
            update["else_"] = self.step(step.else_, parts, below)
        if step.recipe in parts:
            recipe, inner = parts[str(step.recipe)]
            labels = [label for given in recipe.document.inputs.values() for label in given.labels]
            update["steps"] = dict(inner)
            update["labels"] = tuple(dict.fromkeys((*step.labels, *labels)))
        return step.model_copy(update=update) if update else step

    def gate(self, gate: Gate) -> Gate:
        """A gate whose models are roles of the recipe."""
        near = gate.similar
        if near is not None and near.model in self.document.models:
            named = near.model_copy(update={"model": f"{self.prefix}{near.model}"})
            gate = gate.model_copy(update={"similar": named})
        rubric = gate.rubric
        if rubric is None:
            return gate
        model = rubric.model or self.only
        if model not in self.document.models:
            return gate
        return gate.model_copy(
            update={"rubric": rubric.model_copy(update={"model": f"{self.prefix}{model}"})}
        )
