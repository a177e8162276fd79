"""Where the texts of a recipe mention a step or an input, also where other names hide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.recipe.editing.tree import Draft
from workbench.recipe.files import StoredFiles, checked_name
from workbench.recipe.mentions import Mention
from workbench.recipe.model import Document, Step
from workbench.recipe.role_rules import rule_texts
from workbench.recipe.short_forms import written_out
from workbench.recipe.source import Path
from workbench.recipe.step_texts import StepText, inner_steps, own_names, step_texts, value_texts
from workbench.recipe.wording import validate


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One mention of a name: the text it stands in, and at which character of that text."""

    owner: Path
    """The step (or the output) whose text it is."""
    path: Path
    """The text, in the document."""
    offset: int
    file: str = ""
    """The prompt file that holds the text, when it is not in the recipe."""


@dataclass(frozen=True)
class _Level:
    """Names that a text can see: of one level of steps, or of a step's items and passes."""

    container: Path
    names: frozenset[str]
    hides: bool = False


def document_of(draft: Draft) -> Document | None:
    """The recipe, with what is too wrong to read left out."""
    if not isinstance(draft.data, dict):
        return None
    full = written_out(draft.data, StoredFiles({}, {}))
    return validate(full, draft.source).document


def occurrences(draft: Draft, target: Path, files: Mapping[str, str] | None = None) -> list[Occurrence]:
    """Every mention of the step (or the input) at ``target``; ``files`` are texts of prompt files."""
    document = document_of(draft)
    if document is None:
        return []
    walk = _Walk(draft, document, target, files or {})
    return list(dict.fromkeys(walk.all()))


def readers_of(draft: Draft, file: str) -> list[Path]:
    """The steps whose prompt stands in a file."""
    document = document_of(draft)
    found: dict[Path, None] = {}
    every: list[tuple[Path, Step]] = [
        (("steps", name), step) for name, step in (document.steps if document is not None else {}).items()
    ]
    for path, step in every:  # it grows by the steps inside
        if any(text.file and checked_name(text.file) == file for text in step_texts(step, {})):
            found[path] = None
        every += [((*path, *inner_path), inner) for inner_path, inner, _ in inner_steps(step)]
    return list(found)


class _Walk:
    """Goes through the texts of a recipe and follows each mention to what it means."""

    def __init__(self, draft: Draft, document: Document, target: Path, files: Mapping[str, str]) -> None:
        self.draft, self.document, self.target, self.files = draft, document, target, files
        self.top = _Level(("steps",), frozenset(document.steps))

    def all(self) -> Iterator[Occurrence]:
        for name, step in self.document.steps.items():
            yield from self.step(("steps", name), name, step, (self.top,))
        for name, value in self.document.outputs.items():
            for text in value_texts(value, (name,)):
                yield from self.text(("outputs", name), ("outputs",), text, (self.top,))
        for name, role in self.document.models.items():
            for text in rule_texts(role):
                yield from self.text(("models", name), ("models", name), text, ())

    def step(self, path: Path, name: str, step: Step, levels: tuple[_Level, ...]) -> Iterator[Occurrence]:
        for text in step_texts(step, dict(self.files)):
            own = _Level((), own_names(step, text.when), hides=True)
            yield from self.text(path, path, text, (*levels, own))
        inside = (*levels, _Level((), own_names(step), hides=True))
        for inner_path, inner, named in inner_steps(step):
            at = (*path, *inner_path)
            if named:
                level = _Level((*path, "steps"), frozenset(step.steps or {}))
                yield from self.step(at, str(inner_path[-1]), inner, (*inside, level))
            else:
                yield from self.step(at, name, inner, inside)

    def text(
        self, owner: Path, base: Path, text: StepText, levels: tuple[_Level, ...]
    ) -> Iterator[Occurrence]:
        for mention in text.mentions():
            offset = self.offset(mention, levels)
            if offset is not None:
                path = self.written((*base, *text.path))
                yield Occurrence(owner, path, offset, checked_name(text.file) if text.file else "")

    def offset(self, mention: Mention, levels: tuple[_Level, ...]) -> int | None:
        """Where the mention names the target, when it does."""
        root = str(mention.path[0])
        if len(mention.offsets) > 1 and mention.offsets[0] == mention.offsets[1]:
            return None  # a loop's own name: what it loops over is a mention of its own
        level = next((level for level in reversed(levels) if root in level.names), None)
        if level is None:
            return mention.offsets[0] if self.target == ("inputs", root) else None
        if level.hides:
            return None
        at: Path = (*level.container, root)
        if at == self.target:
            return mention.offsets[0]
        for part, offset in zip(mention.path[1:], mention.offsets[1:], strict=False):
            if isinstance(part, int):
                continue
            at = (*at, "steps", part)
            if at == self.target:
                return offset
            if at not in self.draft.nodes:
                return None
        return None

    def written(self, path: Path) -> Path:
        """The path in the document of a text that may stand in a short form: ``needs: search``."""
        while path and path not in self.draft.nodes and path[-1] == 0:
            path = path[:-1]
        return path


def value_at(data: Any, path: Path) -> Any:
    """The value at a path that is there."""
    for part in path:
        data = data[part]
    return data
