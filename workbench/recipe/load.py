"""Loading a recipe: from its folder, or from the record after its folder is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.errors import Problem, RecipeError, UsageError
from workbench.events import Json
from workbench.recipe.files import ChangedFiles, DiskFiles, FileError, Files, StoredFiles, content_hash
from workbench.recipe.findings import Findings
from workbench.recipe.identity import recipe_hash, used_files
from workbench.recipe.model import Document
from workbench.recipe.parts import attach, every_step, part_files, whole
from workbench.recipe.recipe import FILE_NAME, Recipe
from workbench.recipe.rules import rule_problems
from workbench.recipe.short_forms import NAMED, with_edits, written_out
from workbench.recipe.source import Source, read_bytes, read_shared, read_text
from workbench.recipe.suggest import did_you_mean_or_list
from workbench.recipe.wording import validate

RECIPES = "recipes"
MOST_STEPS = 5_000
"""Of a recipe with all its parts."""

Examined = tuple[Recipe | None, list[Problem]]
"""A recipe as far as it could be read, and everything wrong with it."""


def load(path: Path, *, edits: Mapping[str, Json] | None = None) -> Recipe:
    """Load and check a recipe; RecipeError holds every problem.  ``edits`` sets values by dotted path."""
    recipe, problems = examine(path, edits=edits)
    return _or_raise(recipe, problems)


def examine(path: Path, *, edits: Mapping[str, Json] | None = None) -> tuple[Recipe | None, list[Problem]]:
    """As ``load``, but hands back all problems, warnings too; the recipe is None when its shape is wrong."""
    path = path / FILE_NAME if path.is_dir() else path
    try:
        with path.open("rb") as opened:
            content = opened.read((1 << 20) + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return None, [Problem(f"the recipe cannot be read: {reason}", str(path))]
    try:
        source = read_bytes(content, str(path))
    except RecipeError as error:
        return None, error.problems
    return _build(source, path, DiskFiles(path.parent), edits or {})


def examine_text(
    text: str, path: Path, changed: Mapping[str, str] | None = None
) -> tuple[Recipe | None, list[Problem]]:
    """As ``examine``, for a text that is not saved yet; ``path`` is where its file would stand.

    ``changed`` are texts of files beside it, by name, that are not saved yet either.
    """
    try:
        source = read_shared(text.removeprefix("\ufeff"), str(path))
    except RecipeError as error:
        return None, error.problems
    files = ChangedFiles(path.parent, texts=changed) if changed else DiskFiles(path.parent)
    return _build(source, path, files, {})


def load_snapshot(
    name_path: str,
    files: Mapping[str, str | None],
    file_hashes: Mapping[str, str],
    edits: Mapping[str, Json] | None = None,
) -> Recipe:
    """Load a recipe out of the record; its folder may be gone.  ``name_path`` is where its file stood.

    A recipe is kept once, with its own file first, under the name it had when it was first seen.
    """
    path = Path(name_path)
    text = files.get(path.name) or next(iter(files.values()), None)
    if text is None:
        raise RecipeError([Problem("the record holds no text of this recipe", name_path)])
    source = read_text(text, name_path)
    recipe, problems = _build(source, path, StoredFiles(files, file_hashes), edits or {})
    return _or_raise(recipe, problems)


def find(reference: str, folder: Path) -> Path:
    """The recipe.yaml that a folder, a file or a name under ``recipes/`` means."""
    given = Path(reference)
    for candidate in (folder / given, folder / RECIPES / given):
        if _is_file(candidate):
            return candidate
        if _is_file(candidate / FILE_NAME):
            return candidate / FILE_NAME
    known = sorted(path.parent.name for path in (folder / RECIPES).glob(f"*/{FILE_NAME}"))
    there = _is_file(folder / given, Path.is_dir)
    what = f"{reference} holds no {FILE_NAME}" if there else f"there is no recipe {reference}"
    raise UsageError(
        what, hint=did_you_mean_or_list(given.name, known, f"no recipes under {folder / RECIPES}")
    )


def _is_file(path: Path, test: Callable[[Path], bool] = Path.is_file) -> bool:
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def _build(
    source: Source,
    path: Path,
    files: Files,
    edits: Mapping[str, Any],
    chain: tuple[str, ...] = (),
    read: dict[str, Examined] | None = None,
) -> Examined:
    """The recipe of a source; ``chain`` are those that run it, ``read`` the parts that were read already."""
    problems: list[Problem] = []
    full = source.data
    if isinstance(full, dict):
        full = written_out(full, files)
        problems += [replace(problem, file=source.file) for problem in with_edits(full, edits)]
        full = written_out(full, files) if edits else full
    validated = validate(full, source)
    problems += validated.problems
    if validated.document is None:
        return None, _sorted(problems)
    used = used_files(full, files)
    read = {} if read is None else read
    parts, found = _parts(validated.document, source, path, files, (*chain, path.name), read)
    problems += found
    attach(validated.document, parts)
    texts = {path.name: source.text, **used.texts}
    hashes = {path.name: content_hash(source.text.encode()), **used.hashes}
    for part in parts.values():
        texts.update(part.files)
        hashes.update(part.file_hashes)
    recipe = Recipe(
        document=validated.document,
        path=path,
        hash=recipe_hash(full, hashes, path.name),
        files=texts,
        file_hashes=hashes,
        source=source,
        edits=dict(edits),
    )
    known = {name: tuple(full[name]) for name in NAMED if isinstance(full.get(name), dict)}
    problems += rule_problems(Findings(recipe, files, used, known, parts, validated.broken))
    problems = _sorted(problems)
    warnings = tuple(problem for problem in problems if problem.severity == "warning")
    if not parts or any(problem.severity == "error" for problem in problems):
        return replace(recipe, warnings=warnings), problems
    document = whole(recipe.document, parts)
    if sum(1 for _ in islice(every_step(document.steps), MOST_STEPS + 1)) > MOST_STEPS:
        problems.append(source.problem(("steps",), f"with its parts it has more than {MOST_STEPS:,} steps"))
    return replace(recipe, warnings=warnings, document=document), problems


def _parts(
    document: Document,
    source: Source,
    path: Path,
    files: Files,
    chain: tuple[str, ...],
    read: dict[str, Examined],
) -> tuple[dict[str, Recipe], list[Problem]]:
    """The recipes that steps run, by their file; each is read and checked as one of its own."""
    parts: dict[str, Recipe] = {}
    problems: list[Problem] = []
    for name in part_files(document.steps):
        place = next((at for at in source.values if at[-1:] == ("recipe",) and at[:1] == ("steps",)
                      and at[-2:-1] and _text_at(source, at) == name), ())  # fmt: skip
        if name in chain:
            way = " → ".join((*chain[chain.index(name) :], name))
            problems.append(source.problem(place, f"these recipes run each other: {way}", text=name))
            continue
        try:
            part_source = read_text(files.text(name), str(path.parent / name))
        except FileError as error:
            problems.append(source.problem(place, str(error), text=name))
            continue
        except RecipeError as error:
            problems += error.problems
            continue
        if name not in read:
            read[name] = _build(part_source, path.parent / name, files, {}, chain, read)
        part, found = read[name]
        problems += found
        if part is not None:
            parts[name] = part
    return parts, problems


def _text_at(source: Source, place: tuple[str | int, ...]) -> object:
    value = source.data
    for part in place:
        value = value[part]
    return value


def _sorted(problems: list[Problem]) -> list[Problem]:
    unique = list(dict.fromkeys(problems))
    return sorted(unique, key=lambda problem: (problem.file != unique[0].file, problem.line, problem.column))


def _or_raise(recipe: Recipe | None, problems: list[Problem]) -> Recipe:
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or recipe is None:
        raise RecipeError(errors)
    return recipe
