"""The sample recipes: where they are, and the inputs that the demo gives them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import workbench
from workbench.cli.blocks import flat
from workbench.cli.output import tell
from workbench.cli.values import parse_json, read_text
from workbench.errors import UsageError
from workbench.events import Json

INPUTS_FILE = "demo.jsonl"
MADE_BY_TOOLS = shutil.ignore_patterns("__pycache__", "*.pyc")


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of the demo: a recipe and its inputs."""

    recipe: Path
    name: str
    inputs: Mapping[str, Json]


def sample_recipes(folder: Path) -> list[Sample]:
    """Every line of every ``recipes/*/demo.jsonl``; without recipes here, the samples are copied first."""
    if not (folder / "recipes").is_dir():
        _copy(folder / "recipes")
    found = [
        sample
        for file in sorted((folder / "recipes").glob(f"*/{INPUTS_FILE}"))
        for sample in samples_of(file)
    ]
    if not found:
        raise UsageError(f"no recipe under {folder / 'recipes'} has a {INPUTS_FILE}")
    return found


def samples_of(file: Path) -> list[Sample]:
    """The samples in one file: a line is a JSON object of inputs, or ``{"name": …, "inputs": {…}}``."""
    found = []
    for number, text in enumerate(read_text(file).split("\n"), 1):
        if not text.strip():
            continue
        value = parse_json(text, f"{file}:{number}")
        if not isinstance(value, dict):
            raise UsageError(f"{file}:{number}: a line must hold one JSON object")
        inputs = value["inputs"] if isinstance(value.get("inputs"), dict) else value
        name = value["name"] if inputs is not value and isinstance(value.get("name"), str) else ""
        found.append(Sample(file.parent / "recipe.yaml", name, inputs))
    return found


def _copy(target: Path) -> None:
    source = installed_samples()
    if source is None:
        raise UsageError("there are no recipes here, and none came with the installation")
    tell(flat(f"no recipes here: copying the samples from {source} to {target}"))
    shutil.copytree(source, target, ignore=MADE_BY_TOOLS)


def installed_samples() -> Path | None:
    """The samples beside the installed package, or inside it."""
    package = Path(workbench.__file__).parent
    places = (package.parent / "recipes", package / "recipes")
    return next((place for place in places if any(place.glob(f"*/{INPUTS_FILE}"))), None)
