"""A new recipe: a folder with a recipe of one step or one pattern, and the files it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.errors import UsageError
from workbench.providers.registry import Providers
from workbench.recipe.editing.patterns import insert_pattern, pattern
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.values import set_value
from workbench.recipe.recipe import FILE_NAME
from workbench.tui.composing.beginnings import Spot, beginning
from workbench.tui.composing.preview import info_of

HEAD = "schema: workbench/v1\nname: {name}\n"


def make_recipe(folder: Path, chosen: str, providers: Providers) -> Path:
    """Make ``folder`` with a recipe that begins with a verb, or with ``pattern NAME``; its file."""
    text = HEAD.format(name=folder.name)
    kind, _, name = chosen.partition(" ")
    if kind == "pattern":
        text = apply(text, insert_pattern(text, name))
        files = pattern(name).files()
    else:
        made = beginning(kind, Spot({}, ()), lambda model, task: able(model, task, providers))
        for path, value in made.sets:
            text = apply(text, set_value(text, path, value))
        text = apply(text, add_step(text, made.name, made.step))
        files = {path: words.encode() for path, words in made.files.items()}
    return _write(folder, {FILE_NAME: text.encode(), **files})


def able(model: str, task: str, providers: Providers) -> bool:
    """Whether a model can do a task."""
    info = info_of(model, providers)
    return info is not None and task in info.tasks


def _write(folder: Path, files: Mapping[str, bytes]) -> Path:
    try:
        folder.mkdir(parents=True)
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except FileExistsError:
        raise UsageError(
            f"{folder} is there already", hint="take another name; nothing was changed"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot make {folder}: {error.strerror}") from error
    return folder / FILE_NAME
