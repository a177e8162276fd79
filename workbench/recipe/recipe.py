"""A loaded recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import Problem
from workbench.recipe.files import checked_name
from workbench.recipe.model import Document, FileText, Text
from workbench.recipe.source import Source

FILE_NAME = "recipe.yaml"


@dataclass(frozen=True)
class Recipe:
    """A recipe that was read and checked: it can run.

    ``files`` is its snapshot: the texts of the recipe, its prompt files and its tools by relative name, None
    for data, of which only ``file_hashes`` knows the content.  ``hash`` identifies all of it.
    """

    document: Document
    path: Path
    hash: str
    files: Mapping[str, str | None]
    file_hashes: Mapping[str, str]
    source: Source = field(repr=False, compare=False)
    edits: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The recipe's own name."""
        return self.document.name

    @property
    def folder(self) -> Path:
        """Where its files stand; may be gone when the recipe comes from the record."""
        return self.path.parent

    def text(self, text: Text | None) -> str:
        """The template text of a ``Text``: what is written there, or what its file holds."""
        if isinstance(text, FileText):
            return self.files.get(checked_name(text.file)) or ""
        return text or ""

    def names(self) -> tuple[str, ...]:
        """The names that any template of the recipe's top level may mention: inputs, then steps."""
        return (*self.document.inputs, *self.document.steps)
