"""Checks of a recipe that need to know the workbench it would run in: its models must have a provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import CallError, Problem
from workbench.guard.clearance import Clearances
from workbench.providers.port import ModelInfo
from workbench.providers.registry import Providers
from workbench.recipe.check import check
from workbench.recipe.labels import label_flow
from workbench.recipe.load import examine
from workbench.recipe.model import MODEL_VERBS, VERBS, Role, Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import inner_steps
from workbench.routing.ability import cannot
from workbench.study.by_meaning import left_out
from workbench.study.thresholds import all_steps
from workbench.study.usable import unusable

NO_CLEARANCES = Clearances()


def check_here(path: Path, providers: Providers, clearances: Clearances = NO_CLEARANCES) -> list[Problem]:
    """Every problem of a recipe, models that no provider serves and steps that nobody may serve included."""
    problems = check(path)
    recipe, _ = examine(path)
    if recipe is None:
        return problems
    found = [*problems, *problems_here(recipe, providers, clearances)]
    return sorted(found, key=lambda problem: (problem.file != str(path), problem.line, problem.column))


def problems_here(
    recipe: Recipe, providers: Providers, clearances: Clearances = NO_CLEARANCES
) -> list[Problem]:
    """What is wrong with a recipe in this workbench alone: models nobody serves, or that may not see it."""
    return [
        *unusable(recipe, providers), *_uncleared(recipe, clearances), *_unable(recipe, providers),
        *_not_compared(recipe),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelRow:
    """Where one label comes from, where it goes, and which models may see it."""

    label: str
    sources: tuple[str, ...]
    steps: tuple[str, ...]
    outputs: tuple[str, ...]
    models: Mapping[str, bool]
    """The candidates that steps with the label ask, and whether each is cleared."""
    is_free: bool
    """No clearance names it: any model may see it."""
    taken_off: tuple[str, ...] = ()
    """The steps whose results have it no longer."""


def label_rows(recipe: Recipe, clearances: Clearances) -> list[LabelRow]:
    """The label flow of a recipe, a row for each label."""
    flow = label_flow(recipe)
    asked = dict(_roles_of(recipe))
    rows = []
    for label in flow.labels:
        steps = [place for place, labels in flow.steps.items() if label in labels]
        models = [model for place in steps if place in asked for model in asked[place][1].candidates]
        rows.append(
            LabelRow(
                label, tuple(name for name, labels in flow.sources.items() if label in labels), tuple(steps),
                tuple(name for name, labels in flow.outputs.items() if label in labels),
                {model: clearances.is_cleared(model, label) for model in models},
                label not in clearances.models,
                tuple(place for place, labels in flow.taken_off.items() if label in labels),
            )
        )  # fmt: skip
    return rows


def _uncleared(recipe: Recipe, clearances: Clearances) -> Iterator[Problem]:
    """Steps that send what no candidate of their role may see, and shadows that never get anything."""
    flow = label_flow(recipe)
    for place, (where, role) in _roles_of(recipe):
        against = {model: clearances.against(model, flow.of(place)) for model in role.candidates}
        if all(against.values()):
            model, why = next(iter(against.items()))
            told = f"step {place} has no model that may see its text: {model} is {why}"
            hint = "clear one in workbench.toml: [clearances]"
            yield recipe.source.problem(where, told, suggestion=hint, severity="warning")


def _unable(recipe: Recipe, providers: Providers) -> Iterator[Problem]:
    """Steps that offer tools to a role none of whose candidates uses any."""
    steps = dict(all_steps(recipe.document.steps))
    for place, (where, role) in _roles_of(recipe):
        step = steps.get(place)
        if step is None or not step.tools:
            continue
        unable = [cannot(("tools",), _info(providers, model)) for model in role.candidates]
        if all(unable):
            told = f"step {place} offers tools, and {role.candidates[0]} {unable[0]}"
            yield recipe.source.problem((*where, "tools"), told, key=True, severity="warning",
                                        suggestion="give the role a model that does")  # fmt: skip


def _not_compared(recipe: Recipe) -> Iterator[Problem]:
    """Searches by meaning that leave out documents which share no word with the question."""
    for place, where, step in _steps_of(recipe):
        told = left_out(recipe, step)
        if told:
            yield recipe.source.problem(
                (*where, "from"), f"step {place}: {told}", severity="warning",
                suggestion="one without a word of it is not found: use smaller data, or usual words",
            )  # fmt: skip


def _info(providers: Providers, model: str) -> ModelInfo:
    try:
        provider, name = providers.provider(model)
    except CallError:
        return ModelInfo(model)
    return provider.info(name)


def _roles_of(recipe: Recipe) -> Iterator[tuple[str, tuple[tuple[str | int, ...], Role]]]:
    """For each step that asks a model: its place, where it stands, and its role."""
    roles = recipe.document.models
    for place, where, step in _steps_of(recipe):
        if step.verb in MODEL_VERBS:
            named = step.model or (next(iter(roles)) if len(roles) == 1 else "")
            role = roles.get(named) or (Role(candidates=(named,)) if "/" in named else None)
            if role is not None:
                yield place, (where, role)


def _steps_of(recipe: Recipe) -> Iterator[tuple[str, tuple[str | int, ...], Step]]:
    """Each step and those within it: its place, where it stands, and itself; not those without a verb."""
    for name, step in recipe.document.steps.items():
        yield from _within(step, name, ("steps", name))


def _within(
    step: Step, place: str, where: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...], Step]]:
    if any(getattr(step, verb) is not None for verb in VERBS):
        yield place, where, step
    for inner_path, inner, is_named in inner_steps(step):
        yield from _within(inner, f"{place}/{inner_path[-1]}" if is_named else place, (*where, *inner_path))
