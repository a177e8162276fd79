"""The recipe being composed: its text with all changes, what was read of it, what the file holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import Problem
from workbench.recipe.editing.beside import beside
from workbench.recipe.editing.history import History
from workbench.recipe.editing.saving import Opened
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.recipe import Recipe
from workbench.recipe.source import Source
from workbench.tui.composing.lines import Lines
from workbench.tui.composing.outline import Item, item_at, moved
from workbench.tui.composing.outline_rows import OutlineRow, outline_rows


@dataclass(frozen=True, slots=True)
class Findings:
    """What was read of a text: the recipe where it has the shape of one, its problems, its parts."""

    text: str
    recipe: Recipe | None = None
    problems: tuple[Problem, ...] = ()
    items: tuple[Item, ...] = ()
    source: Source | None = None
    rows: tuple[OutlineRow, ...] = ()
    """The outline's rows, where there is a recipe."""

    @property
    def errors(self) -> int:
        """How many problems keep it from running."""
        return sum(problem.severity == "error" for problem in self.problems)


class Draft:
    """One recipe file being edited.  The text is the document; all else is read from it."""

    def __init__(self, opened: Opened) -> None:
        self.path = opened.path
        self.history = History(opened.text)
        self.opened = opened
        """The file as it was last read or written."""
        self.beside: dict[str, Opened] = {}
        """Files beside it that a change touched, as they were last read or written."""
        self.findings = Findings("")
        self.recipe: Recipe | None = None
        """The last recipe that could be read; its text may have changed since."""
        self.source: Source | None = None
        """The last document that was good YAML."""
        self.items: tuple[Item, ...] = ()
        self.rows: list[OutlineRow] = []
        self.selected: tuple[str | int, ...] = ("steps", "")
        """Where the cursor stands: the path of a part."""
        self.own: list[Problem] = []
        """The problems that stand in the recipe's own file."""
        self.wrong_lines: dict[int, str] = {}
        """The worst severity of each line that has a problem."""

    @property
    def text(self) -> str:
        """The document."""
        return self.history.text

    @property
    def saved(self) -> str:
        """The text of the file, as far as we know."""
        return self.opened.text

    @property
    def folder(self) -> Path:
        """Where the recipe stands."""
        return self.path.parent

    @property
    def unsaved(self) -> bool:
        """True while the text is not the file's, or that of a file beside it."""
        return self.text != self.saved or bool(self.unsaved_beside)

    @property
    def unsaved_beside(self) -> dict[str, str]:
        """The texts of files beside it that are not saved."""
        return {name: text for name, text in self.history.files.items() if text != self.beside[name].text}

    def files(self) -> dict[str, str]:
        """The texts of the files beside it that mention its names, as they are here."""
        found, unsaved = beside(self.text, self.folder), self.unsaved_beside
        self.beside |= {name: opened for name, opened in found.items() if name not in unsaved}
        return {name: unsaved.get(name, opened.text) for name, opened in found.items()}

    @property
    def settled(self) -> bool:
        """True when what was read is of the present text."""
        return self.findings.text == self.text

    @property
    def valid(self) -> bool:
        """True when the present text can run."""
        return self.settled and self.recipe is not None and not self.findings.errors

    @property
    def item(self) -> Item | None:
        """The part under the cursor."""
        return self.find(self.selected)

    def find(self, path: Sequence[str | int]) -> Item | None:
        """The part at a path."""
        wanted = tuple(path)
        return next((each for each in self.items if each.path == wanted), None)

    def row_of(self, path: Sequence[str | int]) -> int | None:
        """The outline's row of a part."""
        wanted = tuple(path)
        return next((number for number, row in enumerate(self.rows) if row.item.path == wanted), None)

    # -- changing -----------------------------------------------------------------------------------

    def type(self, start: int, end: int, words: str) -> None:
        """Take what was typed; the parts below move with their lines at once."""
        self._move(start, end, words)
        self.history.change([TextEdit(start, end, words)], "typing", typing=True)

    def change(
        self, edits: Sequence[TextEdit], label: str, files: Mapping[str, Sequence[TextEdit]] | None = None
    ) -> bool:
        """Make a change, also of files beside it; False when it changes nothing."""
        before, known = self.text, self.files() if files else {}
        changes = {name: (known[name], apply(known[name], each)) for name, each in (files or {}).items()}
        self.history.change(edits, label, files=changes)
        return self.text != before or bool(changes)

    def undo(self) -> str | None:
        """Take the last change back; its label."""
        return self.history.undo()

    def redo(self) -> str | None:
        """Make the change again; its label."""
        return self.history.redo()

    def _move(self, start: int, end: int, words: str) -> None:
        gone, come = self.text.count("\n", start, end), words.count("\n")
        if gone != come:
            row = self.text.count("\n", 0, start) + 1
            self.items = moved(self.items, row, come - gone)
            places = {item.path: item for item in self.items}
            self.rows = [_with(row, places) for row in self.rows]

    # -- reading ------------------------------------------------------------------------------------

    def take(self, findings: Findings) -> None:
        """Take what was read of the present text; what could not be read stays as it last was."""
        self.findings = findings
        self.own = [each for each in findings.problems if each.file in ("", str(self.path))]
        self.wrong_lines = {each.line: each.severity for each in self.own if each.severity == "warning"}
        self.wrong_lines |= {each.line: each.severity for each in self.own if each.severity == "error"}
        if findings.recipe is not None:
            self.recipe = findings.recipe
        if findings.source is not None:
            self.source = findings.source
        before, place = {row.item.path for row in self.rows}, self.row_of(self.selected)
        if findings.source is not None or not self.items:
            self.items = findings.items
            self.rows = list(findings.rows) or outline_rows(self.items, self.recipe)
        if self.item is None:
            self.selected = self._nearest(before, place)

    def _nearest(self, before: set[tuple[str | int, ...]], place: int | None) -> tuple[str | int, ...]:
        """What stands where the part stood that went: what came for it, a neighbour, what held it.

        ``before`` are the parts there were, ``place`` is the row that it had.
        """
        path = self.selected
        rows = [(number, each.item.path) for number, each in enumerate(self.rows)]
        beside = [(number, each) for number, each in rows if each[:-1] == path[:-1]]
        if beside and place is not None:
            come = [(number, each) for number, each in beside if each not in before]
            return min(come or beside, key=lambda row: abs(row[0] - place))[1]
        while len(path) > 2:
            path = path[:-1]
            if self.find(path) is not None:
                return path
        steps = [each for each in self.rows if each.item.kind == "step"]
        return steps[0].item.path if steps else ()

    def select_line(self, line: int) -> bool:
        """Select the part that a line of the text belongs to; True when it is another."""
        item = item_at(self.items, line)
        if item is None or item.path == self.selected:
            return False
        self.selected = item.path
        return True

    def value(self, path: Sequence[str | int]) -> Any:
        """The value at a path of the last good document; None where there is none."""
        value: Any = self.source.data if self.source is not None else None
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def problems_of(self, item: Item) -> list[Problem]:
        """The problems in the lines of a part."""
        return [each for each in self.findings.problems if item.first <= each.line <= item.last]

    def lines(self) -> Lines:
        """The text by lines."""
        return Lines.of(self.text)


def _with(row: OutlineRow, places: dict[tuple[str | int, ...], Item]) -> OutlineRow:
    item = places.get(row.item.path, row.item)
    return replace(row, item=item)
