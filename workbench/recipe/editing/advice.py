"""What is right by the rules and still worth a thought: steps nobody reads, checks that stop the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.errors import Problem
from workbench.recipe.graph import dependencies, mentioned
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.source import Path
from workbench.recipe.step_texts import inner_steps, value_texts

ACTS = ("human", "tool")
"""Verbs that may be there for what they do, not for what they leave behind."""


def advice(recipe: Recipe) -> list[Problem]:
    """Warnings on a recipe that loads, in the order of the file."""
    found = [
        *_unused(recipe),
        *_without_on_fail(recipe, ("steps",), recipe.document.steps),
        *_both_write(recipe, ("steps",), recipe.document.steps),
    ]
    return sorted(found, key=lambda problem: (problem.line, problem.column))


def _warning(recipe: Recipe, path: Path, message: str, suggestion: str) -> Problem:
    return recipe.source.problem(
        path, message, key=True, text=str(path[-1]), suggestion=suggestion, severity="warning"
    )


def _unused(recipe: Recipe) -> Iterator[Problem]:
    """Steps whose result nobody reads and that do nothing else."""
    document, files = recipe.document, recipe.files
    used: set[str] = set()
    for name, step in document.steps.items():
        used |= mentioned(step, files) - {name}
    for name, value in document.outputs.items():
        for text in value_texts(value, (name,)):
            used |= {str(mention.path[0]) for mention in text.mentions()}
    if not document.outputs:
        return
    for name, step in document.steps.items():
        if name not in used and not _acts(step):
            yield _warning(recipe, ("steps", name), f"nobody reads {name}", "mention it, or delete the step")


def _acts(step: Step) -> bool:
    return step.verb in ACTS or step.effects or any(_acts(inner) for _, inner, _ in inner_steps(step))


def _without_on_fail(recipe: Recipe, path: Path, steps: Mapping[str, Step]) -> Iterator[Problem]:
    for name, step in steps.items():
        here = (*path, name)
        if step.gate is not None and "on_fail" not in step.model_fields_set and step.repeat is None:
            message = f"{name} has a gate and no on_fail: when it does not pass, the run fails"
            yield _warning(recipe, (*here, "gate"), message, "say what then: on_fail: [revise, human]")
        if step.steps:
            yield from _without_on_fail(recipe, (*here, "steps"), step.steps)


def _both_write(recipe: Recipe, path: Path, steps: Mapping[str, Step]) -> Iterator[Problem]:
    """Pairs of steps with effects that may run at the same time."""
    waits = dependencies(steps, recipe)
    before: dict[str, set[str]] = {}

    def all_before(name: str, trail: frozenset[str] = frozenset()) -> set[str]:
        if name not in before:
            direct = [other for other in waits.get(name, ()) if other not in trail]
            before[name] = set(direct).union(*(all_before(other, trail | {name}) for other in direct))
        return before[name]

    writing = [name for name, step in steps.items() if _writes(step)]
    for number, name in enumerate(writing):
        for other in writing[:number]:
            if other not in all_before(name) and name not in all_before(other):
                message = f"{name} and {other} both have effects and may run at the same time"
                yield _warning(recipe, (*path, name), message, f"add needs: {other}, if the order matters")
    for name, step in steps.items():
        if step.steps:
            yield from _both_write(recipe, (*path, name, "steps"), step.steps)


def _writes(step: Step) -> bool:
    return step.effects or any(_writes(inner) for _, inner, _ in inner_steps(step))
