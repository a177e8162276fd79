"""Composing by gestures: one key adds, moves, renames, wraps or deletes a step; nothing is typed as YAML."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from textual import work

from workbench.errors import WorkbenchError
from workbench.recipe.editing.extracting import extract_recipe
from workbench.recipe.editing.patterns import insert_pattern, pattern, patterns
from workbench.recipe.editing.places import document_path
from workbench.recipe.editing.renaming import (
    Renaming,
    rename_entry,
    rename_input,
    rename_output,
    rename_step,
)
from workbench.recipe.editing.saving import save
from workbench.recipe.editing.steps import add_step, delete_step, dependants, duplicate_step, move_step
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.editing.tree import EditError
from workbench.recipe.editing.values import remove, set_value
from workbench.recipe.editing.wrapping import switch_off, switch_on
from workbench.recipe.source import Path
from workbench.tui.composing.beginnings import EXAMPLE_DOCUMENT, VERBS, Spot, beginning
from workbench.tui.composing.naming import name_problem
from workbench.tui.composing.outline import Item
from workbench.tui.composing.preview import info_of
from workbench.tui.ink import ink
from workbench.tui.screens.compose_base import FORM, Edits
from workbench.tui.screens.compose_wrapping import ComposeWrapping
from workbench.tui.screens.dialogs import ConfirmDialog
from workbench.tui.screens.picking import AskDialog, Pick, PickDialog


class ComposeGestures(ComposeWrapping):
    """Adding, moving, renaming, wrapping, deleting; undo and redo."""

    # -- adding -------------------------------------------------------------------------------------

    def action_add(self) -> None:
        """Add a step, a pattern or another part after the selected one."""
        item = self.draft.item
        kind = item.path[0] if item is not None and item.path else "steps"
        if item is not None and kind in ("inputs", "outputs", "models", "data"):
            self.add_part(str(kind))
        else:
            self._add(None)

    def action_insert(self) -> None:
        """Insert a step before the selected one."""
        item = self.draft.item
        self._add(item.step if item is not None and item.kind == "step" else None)

    @work(exclusive=True, group="dialog")
    async def _add(self, before: str | None) -> None:
        picks = [Pick(verb, ink((f"{verb:<10}", "key"), f"  {about}")) for verb, (about, _) in VERBS.items()]
        for each in patterns():
            line = ink((f"{each.name:<22}", "accent"), f"  {each.about}")
            picks.append(Pick(f"pattern {each.name}", line, each.words))
        where = f"before {before}" if before else f"after {self._step()}" if self._step() else ""
        chosen = await self.workbench.push_screen_wait(PickDialog(f"Add {where}".strip(), picks))
        if not chosen:
            return
        kind, _, name = chosen[0].partition(" ")
        if kind == "pattern":
            self._add_pattern(name)
        else:
            self._add_step(kind, before)

    def _step(self) -> str | None:
        item = self.draft.item
        return item.step if item is not None and item.kind == "step" else None

    def _add_pattern(self, name: str) -> None:
        after = self._step()
        before = {item.path for item in self.draft.items}
        if self.change(f"add {name}", lambda text: insert_pattern(text, name, after=after)):
            self._make_files(pattern(name).files())
            self.select_new(before)

    def _add_step(self, verb: str, before: str | None) -> None:
        here = self._step()
        inside = (before or here or "").rpartition("/")[0]
        spot = Spot(self.draft.value(()) or {}, self._earlier(before))
        made = beginning(verb, spot, self._able)
        after = here if before is None else None
        place: dict[str, Any] = {"before": before, "after": after}
        if inside and before is None and after is None:
            place["inside"] = inside
        making: list[Edits] = [partial(_setting, path, value) for path, value in made.sets]
        making.append(lambda text: add_step(text, made.name, made.step, **place))
        whole = f"{inside}/{made.name}" if inside else made.name
        if self.change(f"add {made.name}", *making, select=document_path(whole)):
            self._make_files({path: words.encode() for path, words in made.files.items()})
            if made.remark:
                self.workbench.tell(made.remark)

    def _earlier(self, before: str | None) -> list[str]:
        """The steps of the top level before the place of a new one, nearest first."""
        names = [row.item.name for row in self.draft.rows if row.item.kind == "step" and not row.item.depth]
        here = (before or self._step() or "").split("/")[0]
        if here in names:
            names = names[: names.index(here) + (0 if before else 1)]
        return names[::-1]

    def _able(self, model: str, task: str) -> bool:
        info = info_of(model, self.workbench.bench.providers)
        return info is not None and task in info.tasks

    def _make_files(self, files: Mapping[str, bytes]) -> None:
        """Files that a new step needs; what is there already stays as it is."""
        for name, content in files.items():
            path = self.draft.folder / name
            folder = FilePath(name).parent
            if path.exists() or (folder != FilePath() and (self.draft.folder / folder).exists()):
                continue
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                self.workbench.tell(f"Made {name}: an example, put your own there.")
            except OSError as error:
                self.workbench.tell(f"{name} cannot be made: {error.strerror}", "error")

    def select_new(self, before: set[tuple[str | int, ...]]) -> None:
        """Select the first step that was not there before, once the text has been read."""
        self.call_after_refresh(self._select_new, before)

    @work(group="selecting")
    async def _select_new(self, before: set[tuple[str | int, ...]]) -> None:
        await self.read_text().wait()  # type: ignore[attr-defined]
        new = next(
            (each for each in self.draft.items if each.path not in before and each.kind == "step"), None
        )
        if new is not None:
            self.draft.selected = new.path
            self.selected()

    # -- changing -----------------------------------------------------------------------------------

    @work(exclusive=True, group="dialog")
    async def action_rename(self) -> None:
        """Rename the selected part; whatever mentions it follows."""
        item = self.draft.item
        if item is None or item.kind in ("recipe", "section"):
            self.workbench.tell("Select the part to rename.")
            return
        taken = {each.name for each in self.draft.items if each.path[:-1] == item.path[:-1]} - {item.name}
        name = await self.workbench.push_screen_wait(
            AskDialog(f"Rename {item.name}", item.name, "letters, digits and _; all mentions follow",
                      lambda text: name_problem(text, taken))
        )  # fmt: skip
        if name and name != item.name:
            self._rename(item, name)

    def _rename(self, item: Item, name: str) -> None:
        """Rename a part here and in the files beside the recipe, as one change."""
        text, files = self.draft.text, self.draft.files()
        try:
            if item.kind == "step":
                made = rename_step(text, item.step, name, files)
            elif item.kind == "input":
                made = rename_input(text, item.name, name, files)
            elif item.kind == "output":
                made = rename_output(text, item.name, name, files)
            else:
                made = Renaming(rename_entry(text, str(item.path[0]), item.name, name))
        except WorkbenchError as error:
            self.workbench.tell(f"{error.message}{': ' + error.hint if error.hint else ''}", "warning")
            return
        if self.draft.change(made.edits, f"rename {item.name}", made.files):
            self.draft.selected = (*item.path[:-1], name)
            self.changed()
        if made.files:
            self.workbench.tell(f"{', '.join(made.files)} follow{'s' if len(made.files) == 1 else ''}")

    def action_duplicate(self) -> None:
        """The selected step once more, after it."""
        item = self.step_item()
        if item is not None:
            before = {each.path for each in self.draft.items}
            if self.change(f"duplicate {item.name}", lambda text: duplicate_step(text, item.step)):
                self.select_new(before)

    @work(exclusive=True, group="dialog")
    async def action_delete(self) -> None:
        """Delete the selected part; in the form, take the field away."""
        if self.pane == FORM:
            self.clear_field()  # type: ignore[attr-defined]
            return
        item = self.draft.item
        if item is None or item.kind in ("recipe", "section"):
            self.workbench.tell("Select the part to delete.")
            return
        if item.kind != "step":
            self.change(f"delete {item.name}", lambda text: remove(text, item.path))
            return
        try:
            others = dependants(self.draft.text, item.step, self.draft.files())
        except WorkbenchError as error:
            self.workbench.tell(error.message, "warning")
            return
        if others:
            mention = "mention" if len(others) > 1 else "mentions"
            question = f"{', '.join(others)} {mention} {item.name}. Delete it all the same?"
            if not await self.workbench.push_screen_wait(ConfirmDialog(question, "delete")):
                return
        if self.change(f"delete {item.name}", lambda text: delete_step(text, item.step)):
            self.workbench.tell(f"{item.name} is deleted  (u takes it back)")

    def action_move_step(self, by: int) -> None:
        """Move the selected step up or down among its siblings."""
        item = self.step_item()
        if item is None:
            return
        siblings = [each for each in self.draft.items if each.path[:-1] == item.path[:-1]]
        siblings.sort(key=lambda each: each.first)
        place = siblings.index(item) + by
        if not 0 <= place < len(siblings):
            return
        other = siblings[place].step
        if by < 0:
            self.change("move up", lambda text: move_step(text, item.step, before=other))
        else:
            self.change("move down", lambda text: move_step(text, item.step, after=other))

    @work(exclusive=True, group="dialog")
    async def action_extract(self) -> None:
        """Make a recipe of its own of the selected step."""
        item = self.step_item()
        if item is None:
            return
        asked = AskDialog("Extract to a recipe of its own", f"{item.name}_part", "NAME.yaml beside this one")
        name = await self.workbench.push_screen_wait(asked)
        if name:
            await self._extract(item, name)

    async def _extract(self, item: Item, name: str) -> None:
        """The step's recipe becomes a file at once; taking the change back leaves it there."""
        try:
            made = extract_recipe(self.draft.text, [item.step], name, self.draft.files())
            path = self.draft.path.parent / made.file
            if path.exists():
                raise EditError(f"{made.file} is there already: choose another name")
            path.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(save, path, made.text, None)
        except WorkbenchError as error:
            self.workbench.tell(f"{error.message}{': ' + error.hint if error.hint else ''}", "error")
            return
        if self.draft.change(made.edits, "extract", made.files):
            self.draft.selected = (*item.path[:-1], name)
            self.changed()
            followed = f"; {', '.join(made.files)} follow" if made.files else ""
            self.workbench.tell(f"{made.file} is written; undo leaves it there{followed}")

    def action_off(self) -> None:
        """Switch the selected step off, or on again."""
        item = self.step_item()
        if item is None:
            return
        switch = switch_on if item.off else switch_off
        word = "on" if item.off else "off"
        self.change(f"switch {word}", lambda text: switch(text, item.step))

    def action_undo(self) -> None:
        """Take the last change back."""
        label = self.draft.undo()
        self._after_history(label, "Undone", "There is nothing to undo.")

    def action_redo(self) -> None:
        """Make the change again."""
        label = self.draft.redo()
        self._after_history(label, "Redone", "There is nothing to redo.")

    def _after_history(self, label: str | None, done: str, nothing: str) -> None:
        if label is None:
            self.workbench.tell(nothing)
            return
        self.changed()
        if label != "typing":
            self.workbench.tell(f"{done}: {label}")

    # -- other parts --------------------------------------------------------------------------------

    @work(exclusive=True, group="dialog")
    async def add_part(self, section: str) -> None:
        """Add an input, an output, a role or a data source."""
        one = {"inputs": "input", "outputs": "output", "models": "role", "data": "data source"}[section]
        taken = {
            str(each.path[1]) for each in self.draft.items if each.path[:1] == (section,) and each.path[1:]
        }
        name = await self.workbench.push_screen_wait(
            AskDialog(f"New {one}", "", "its name", lambda text: name_problem(text, taken))
        )
        if not name:
            return
        value: Any = {
            "inputs": {"type": "string"}, "outputs": f"{{{{ {self._last_text()} }}}}",
            "models": {"candidates": ["local/extract"]}, "data": {"folder": f"data/{name}"},
        }[section]  # fmt: skip
        if section == "data":
            self._make_files({f"data/{name}/opening-hours.md": EXAMPLE_DOCUMENT.encode()})
        self.change(
            f"add {name}", lambda text: set_value(text, (section, name), value), select=(section, name)
        )

    def _last_text(self) -> str:
        steps = [row.item for row in self.draft.rows if row.item.kind == "step"]
        return f"{steps[-1].name}.text" if steps else "''"


def _setting(path: Path, value: Any, text: str) -> Sequence[TextEdit]:
    return set_value(text, path, value)
