"""What stands beside a part that is no step: its documents, its models, its value, and who uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.errors import WorkbenchError
from workbench.guard.clearance import Clearances
from workbench.ledger.rows import ModelFigures
from workbench.providers.registry import Providers
from workbench.recipe.data import documents
from workbench.recipe.expressions import render_value
from workbench.recipe.graph import step_mentions
from workbench.recipe.labels import label_flow
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import inner_steps
from workbench.study.check import label_rows
from workbench.tui import presentation as show
from workbench.tui.composing.outline import Item
from workbench.tui.composing.preview import Given, model_rows, role_name, scope_of
from workbench.tui.ink import Line, ink, paragraphs

MOST_DOCUMENTS = 200


def part_lines(
    recipe: Recipe,
    item: Item,
    given: Given,
    known: tuple[Providers, Clearances, Mapping[str, ModelFigures]],
) -> list[Line]:
    """What is to be said of a part; ``known`` is what this workbench knows of models."""
    providers, clearances, figures = known
    if item.kind == "data":
        return [*_documents(recipe, item.name), (), *_used(recipe, item)]
    if item.kind == "role":
        role = recipe.document.models.get(item.name)
        rows = model_rows(role.candidates, providers, figures) if role is not None else []
        return [*(ink(("◦ ", "dim"), *row) for row in rows), (), *_used(recipe, item)]
    if item.kind == "input":
        lines = _value("value", given.inputs.get(item.name), given) if item.name in given.inputs else []
        return [*lines, *_labels(recipe, item.name, clearances), *_used(recipe, item)]
    if item.kind == "output":
        return _output(recipe, item.name, given)
    if item.kind == "tool":
        return _used(recipe, item)
    if item.path == ("outputs",) and given.run is not None:
        return [line for name in recipe.document.outputs for line in _output(recipe, name, given)]
    return _whole(recipe, clearances)


def _documents(recipe: Recipe, name: str) -> list[Line]:
    """The documents of a source, and where to put more."""
    source = recipe.document.data.get(name)
    if source is None:
        return []
    where = recipe.folder / str(source.folder or source.file)
    try:
        found = documents(source, recipe.folder)
    except WorkbenchError as error:
        return [*paragraphs(error.message, "bad"), (), *_own(str(where))]
    lines = [ink((show.count(len(found), "document"), "bold")), *_own(str(where)), ()]
    for each in found[:MOST_DOCUMENTS]:
        size = f"  {show.count(len(each.text.split()), 'word')}"
        lines.append(ink(("▪ ", "dim"), each.title or each.id, (size, "dim")))
    if len(found) > MOST_DOCUMENTS:
        lines.append(ink((f"… and {len(found) - MOST_DOCUMENTS:,} more", "dim")))
    return lines


def _own(where: str) -> list[Line]:
    return [ink(("your own files go to ", "dim"), where)]


def _used(recipe: Recipe, item: Item) -> list[Line]:
    """The steps that use a part."""
    users = [name for name, step in recipe.document.steps.items() if _uses(recipe, step, item)]
    told = ", ".join(users) if users else "no step"
    return [ink(("used by ", "dim"), (told, "" if users else "warn"))]


def _uses(recipe: Recipe, step: Step, item: Item) -> bool:
    if item.kind == "input":
        return item.name in step_mentions(step, recipe)
    if item.kind == "role":
        own = role_name(recipe, step) == item.name
    else:
        own = item.name in (step.from_, step.examples, step.tool)
    return own or any(_uses(recipe, inner, item) for _, inner, _ in inner_steps(step))


def _value(label: str, value: object, given: Given) -> list[Line]:
    return [ink((label, "bold"), (f"  {given.told}", "dim")), *paragraphs(show.value_text(value)), ()]


def _output(recipe: Recipe, name: str, given: Given) -> list[Line]:
    """An output with the values of the last run."""
    if given.run is None:
        return [ink(("A run gives it a value (F5).", "dim"))]
    try:
        value = render_value(recipe.document.outputs.get(name), dict(scope_of(recipe, "", given).values))
    except WorkbenchError as error:
        return paragraphs(error.message, "warn")
    return _value(name, value, given)


def _labels(recipe: Recipe, name: str, clearances: Clearances) -> list[Line]:
    """The labels of an input, and where they may go."""
    own = label_flow(recipe).sources.get(name, frozenset())
    lines: list[Line] = []
    for row in label_rows(recipe, clearances):
        if row.label in own:
            lines += [ink(("label ", "dim"), (row.label, "accent"), (" goes to ", "dim"), _to(row.steps))]
            lines += _models(row.models, free=row.is_free)
    return [*lines, ()] if lines else []


def _to(steps: Sequence[str]) -> str:
    return ", ".join(steps) or "no step"


def _models(models: Mapping[str, bool], *, free: bool) -> list[Line]:
    if free:
        return [ink(("  no clearance names it: any model may see it", "dim"))]
    return [
        ink(("  ✓ " if cleared else "  ✗ ", "good" if cleared else "bad"), model)
        for model, cleared in models.items()
    ]


def _whole(recipe: Recipe, clearances: Clearances) -> list[Line]:
    """The recipe as a whole: what it is for, and which labels go where."""
    lines = paragraphs(recipe.document.about) if recipe.document.about else []
    for row in label_rows(recipe, clearances):
        lines += [
            (),
            ink(("label ", "dim"), (row.label, "accent"), (f"  from {', '.join(row.sources)}", "dim")),
        ]
        lines += [ink(("  goes to ", "dim"), _to(row.steps)), *_models(row.models, free=row.is_free)]
    return lines or [ink(("Select a step: what it would be asked stands here.", "dim"))]
