"""A new recipe of one step: a folder with a recipe, and the files it needs."""

from __future__ import annotations

from pathlib import Path

from workbench.providers.registry import Providers
from workbench.recipe.editing.formatting import formatted
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.values import set_value
from workbench.recipe.recipe import FILE_NAME
from workbench.study.making import write
from workbench.tui.composing.beginnings import Spot, beginning
from workbench.tui.composing.preview import info_of

HEAD = "schema: workbench/v1\nname: {name}\n"


def make_recipe(folder: Path, verb: str, providers: Providers) -> Path:
    """Make ``folder`` with a recipe of one step of a verb; its file."""
    text = HEAD.format(name=folder.name)
    made = beginning(verb, Spot({}, ()), lambda model, task: able(model, task, providers))
    for path, value in made.sets:
        text = apply(text, set_value(text, path, value))
    text = apply(text, add_step(text, made.name, made.step))
    files = {path: words.encode() for path, words in made.files.items()}
    write(folder, {FILE_NAME: formatted(text).encode(), **files})
    return folder / FILE_NAME


def able(model: str, task: str, providers: Providers) -> bool:
    """Whether a model can do a task."""
    info = info_of(model, providers)
    return info is not None and task in info.tasks
