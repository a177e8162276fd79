"""Composing in the form: each field of the part under the cursor, edited by what it may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on, work

from workbench.recipe.editing.values import remove, set_value
from workbench.recipe.model import FileText
from workbench.tui.composing.fields import (
    ABOUT,
    CHOICE_ABOUT,
    GATE_ABOUT,
    MORE,
    MORE_PARTS,
    FieldRow,
    fields_of,
    gate_names,
)
from workbench.tui.composing.form_rows import FormLine, draw_line, form_lines, label_room
from workbench.tui.composing.gate_values import gate_value, gate_words, read_gate
from workbench.tui.composing.mentions import names_to_mention
from workbench.tui.composing.preview import model_rows, role_name
from workbench.tui.composing.step_places import step_of
from workbench.tui.composing.values import parse_value, yaml_text
from workbench.tui.ink import Line, ink
from workbench.tui.screens.compose_base import FORM, ComposeBase
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.picking import AskDialog, Pick, PickDialog
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.source_editor import SourceEditor
from workbench.tui.widgets.virtual_list import VirtualList

ONE_A_LINE = {
    "into": "one a line, as  label: what it means",
    "output": "one a line, as  field: its type",
    "weights": "one a line, as  provider/model: its share",
}


class ComposeFields(ComposeBase):
    """The form."""

    lines: list[FormLine]

    def draw_form(self) -> None:
        """The fields of the selected part."""
        self.fill_form()
        self.lines = form_lines(self.draft, self.fields)
        rows = self.query_one("#form-rows", VirtualList)
        with rows.prevent(VirtualList.Moved):
            rows.set_count(len(self.lines))
        item = self.draft.item
        rows.border_title = title(ink(f"3 Form{' · ' + item.name if item is not None else ''}"))

    def form_row(self, index: int, width: int) -> Line:
        """One row of the form."""
        return draw_line(self.lines[index], label_room(self.lines, width), width)

    @property
    def field(self) -> FieldRow | None:
        """The field at the cursor of the form."""
        rows = self.query_one("#form-rows", VirtualList)
        return self.lines[rows.cursor].field if self.lines and rows.cursor < len(self.lines) else None

    @on(VirtualList.Moved, "#form-rows")
    def _field_moved(self) -> None:
        """The source follows the form."""
        field = self.field
        if field is not None and field.given and self.draft.source is not None and self.draft.settled:
            place = self.draft.source.key_place(field.path)
            self.query_one("#source", SourceEditor).go_to(place.line, place.column)

    # -- editing a field ----------------------------------------------------------------------------

    @on(VirtualList.Chosen, "#outline")
    def _open_form(self) -> None:
        self.go(FORM)

    @on(VirtualList.Chosen, "#form-rows")
    def action_edit_field(self) -> None:
        """Edit the field at the cursor."""
        rows = self.query_one("#form-rows", VirtualList)
        if not self.lines or rows.cursor >= len(self.lines):
            return
        line = self.lines[rows.cursor]
        if line.action:
            self.run_worker(self.run_action(line.action))
        elif line.part:
            self.select_part(line.part)
        elif line.field is not None:
            self.edit_value(line.field)

    def action_edit(self) -> None:
        """Edit what the selected step asks, or the first field of another part."""
        texts = [row for row in self.fields if row.control == "text" and row.given]
        target = next(iter([*texts, *self.fields]), None)
        if target is not None:
            self.edit_value(target)

    @work(exclusive=True, group="dialog")
    async def edit_value(self, row: FieldRow) -> None:
        """Ask for a field's value in the way that fits it, and set it."""
        if row.path == ("name",):
            row = FieldRow("name", row.path, "line", row.value)
        ask = {
            "text": self._ask_text, "choice": self._ask_choice, "many": self._ask_choice,
            "toggle": self._toggle, "role": self._ask_role, "models": self._ask_models,
            "step": self._ask_steps, "data": self._ask_named, "tool": self._ask_named,
            "gate": self._ask_gate, "value": self._ask_yaml,
        }.get(row.control, self._ask_line)  # fmt: skip
        value = await ask(row)
        if value is not None:
            self.set_field(row, value)

    def set_field(self, row: FieldRow, value: Any) -> None:
        """Set a field; an empty text takes it away."""
        if value == "" and row.control not in ("gate",) and row.given:
            self.change(f"clear {row.label}", lambda text: remove(text, row.path))
        elif value != "" or row.control == "gate":
            self.change(f"set {row.label}", lambda text: set_value(text, row.path, value))

    def clear_field(self) -> None:
        """Take the field at the cursor away."""
        row = self.field
        if row is not None and row.given:
            self.change(f"clear {row.label}", lambda text: remove(text, row.path))

    async def _ask_text(self, row: FieldRow) -> Any:
        text = row.value if isinstance(row.value, str) else ""
        if isinstance(row.value, dict) and self.draft.recipe is not None and "file" in row.value:
            text = self.draft.recipe.text(FileText(file=str(row.value["file"])))
            self.workbench.tell(
                f"It stands in {row.value['file']}: what is changed here moves into the recipe."
            )
        names = ", ".join(f"{{{{ {name} }}}}" for name in self.names_here())
        told = f"{row.about}\nnames: {names}" if names else row.about
        heading = f"{row.label} of {self.draft.item.name}" if self.draft.item else row.label
        edited = await self.workbench.push_screen_wait(EditDialog(heading, [(row.label, text)], told))
        if not edited or edited[0] == text:
            return None
        several = "\n" in edited[0].strip()
        return edited[0].rstrip() + "\n" if several and edited[0].strip() else edited[0].strip()

    def names_here(self) -> list[str]:
        """What a template of the selected step may mention: inputs and other steps' results."""
        recipe, item = self.draft.recipe, self.draft.item
        if recipe is None:
            return []
        return names_to_mention(recipe, item.step.split("/")[0] if item is not None else "")

    async def _ask_line(self, row: FieldRow) -> Any:
        number = row.control == "number"
        value = "" if row.value is None else row.text

        def check(text: str) -> str | None:
            return parse_value(text, number=True)[1] if number and text.strip() else None

        text = await self.workbench.push_screen_wait(AskDialog(row.label, value, row.about, check))
        if text is None or (not text.strip() and not row.given):
            return None
        if number and text.strip():
            return parse_value(text, number=True)[0]
        if row.control == "names" and text.strip():
            return [part.strip() for part in text.split(",") if part.strip()]
        return text.strip()

    async def _ask_yaml(self, row: FieldRow) -> Any:
        """Labels, fields of an output, defaults: one a line as ``name: value``."""
        before = text = yaml_text(row.value) if row.given else ""
        how = ONE_A_LINE.get(row.label, "as YAML")
        while True:  # until it can be read: what was typed is not thrown away
            edited = await self.workbench.push_screen_wait(
                EditDialog(row.label, [(row.label, text)], f"{row.about}\n{how}")
            )
            if not edited or edited[0] == before:
                return None
            text = edited[0]
            value, wrong = parse_value(text)
            if not wrong:
                return value
            self.workbench.tell(wrong, "warning")

    async def _ask_choice(self, row: FieldRow) -> Any:
        many = row.control == "many"
        marked = row.value if isinstance(row.value, list) else [row.value] if row.given else []
        told = CHOICE_ABOUT.get(row.label, {})
        room = max(map(len, row.choices), default=0)
        picks = [
            Pick(name, ink((f"{name:<{room}}", "key"), f"  {told[name]}") if name in told else ink(name))
            for name in row.choices
        ]
        marks = [str(each) for each in marked]
        chosen = await self.workbench.push_screen_wait(
            PickDialog(f"{row.label}: {row.about}", picks, many=many, marked=marks)
        )
        return None if not chosen else chosen if many else chosen[0]

    async def _toggle(self, row: FieldRow) -> Any:
        return not bool(row.value)

    async def _ask_named(self, row: FieldRow) -> Any:
        section = "tools" if row.control == "tool" else "data"
        return await self._pick_one(
            row, [item.name for item in self.draft.items if item.path[:-1] == (section,)]
        )

    async def _ask_steps(self, row: FieldRow) -> Any:
        own = self.draft.item.name if self.draft.item else ""
        names = [item.name for item in self.draft.items if item.kind == "step" and item.name != own]
        marked = [str(each) for each in row.value] if isinstance(row.value, list) else []
        picks = [Pick(name, ink(name)) for name in names]
        return await self.workbench.push_screen_wait(PickDialog(row.label, picks, many=True, marked=marked))

    async def _pick_one(self, row: FieldRow, names: Sequence[str]) -> Any:
        picks = [Pick(name, ink(name)) for name in names]
        marked = [str(row.value)] if row.given else []
        chosen = await self.workbench.push_screen_wait(
            PickDialog(row.label, picks, marked=marked, free="as typed")
        )
        return chosen[0] if chosen else None

    # -- models -------------------------------------------------------------------------------------

    async def _ask_role(self, row: FieldRow) -> Any:
        picks = [
            Pick(
                item.name,
                ink((f"{item.name:<14}", "bold"), ("  role: " + self._candidates(item.name), "dim")),
            )
            for item in self.draft.items
            if item.kind == "role"
        ]
        known = self._models()
        picks += [
            Pick(name, line, "model") for name, line in zip(known, self._model_lines(known), strict=True)
        ]
        marked = [str(row.value)] if row.given else []
        chosen = await self.workbench.push_screen_wait(
            PickDialog("Who answers: a role, or one model", picks, marked=marked)
        )
        return chosen[0] if chosen else None

    def _candidates(self, role: str) -> str:
        recipe = self.draft.recipe
        found = recipe.document.models.get(role) if recipe is not None else None
        return ", ".join(found.candidates) if found is not None else ""

    async def _ask_models(self, row: FieldRow) -> Any:
        marked = [row.value] if isinstance(row.value, str) else [str(each) for each in row.value or ()]
        known = list(dict.fromkeys([*marked, *self._models()]))
        lines = self._model_lines(known)
        picks = [Pick(name, line) for name, line in zip(known, lines, strict=True)]
        told = "tab marks them in the order they are asked; type any provider/model"
        return await self.workbench.push_screen_wait(
            PickDialog("Candidates of the role", picks, many=True, marked=marked, free="as typed", text=told)
        )

    def _models(self) -> list[str]:
        return [info.name for info in self.workbench.bench.providers.models()]

    def _model_lines(self, names: Sequence[str]) -> list[Line]:
        bench = self.workbench.bench
        figures = {each.model: each for each in bench.reader.models()}
        return model_rows(names, bench.providers, figures)

    def action_model(self) -> None:
        """The candidates of the role that serves the selected step."""
        item, recipe = self.draft.item, self.draft.recipe
        if item is not None and item.kind == "role":
            role = item.name
        else:
            step = step_of(recipe, item.step) if item is not None and recipe is not None else None
            role = role_name(recipe, step) if recipe is not None and step is not None else ""
        target = self.draft.find(("models", role))
        if target is None:
            self.workbench.tell("This step asks no role.")
            return
        row = next(
            each for each in fields_of(target, self.draft.value(target.path)) if each.label == "candidates"
        )
        self.edit_value(row)

    # -- gates and more fields ----------------------------------------------------------------------

    @work(exclusive=True, group="dialog")
    async def action_check(self) -> None:
        """Add a gate to the selected step."""
        item = self.step_item()
        if item is None:
            return
        have = self.draft.value((*item.path, "gate"))
        names = [name for name in gate_names() if not isinstance(have, Mapping) or name not in have]
        names.sort(key=[*GATE_ABOUT, *names].index)
        picks = [Pick(name, ink((f"{name:<13}", "key"), f"  {GATE_ABOUT.get(name, '')}")) for name in names]
        chosen = await self.workbench.push_screen_wait(PickDialog(f"Check of {item.name}", picks))
        if not chosen:
            return
        value = gate_value(chosen[0], self.draft, item)
        path = (*item.path, "gate", chosen[0])
        if value is None:
            value = await self._ask_gate(FieldRow(f"gate.{chosen[0]}", path, "gate", None, False))
        if value is not None:
            self.change(f"check {chosen[0]}", lambda text: set_value(text, path, value))

    async def _ask_gate(self, row: FieldRow) -> Any:
        name = row.label.split(".", 1)[1]
        before = gate_words(row.value) if row.given else ""

        def check(text: str) -> str | None:
            return read_gate(name, text)[1] if text.strip() else None

        about = GATE_ABOUT.get(name, "")
        text = await self.workbench.push_screen_wait(AskDialog(f"gate {name}", before, about, check))
        if text is None or text.strip() == before:
            return None
        return read_gate(name, text)[0]

    @work(exclusive=True, group="dialog")
    async def action_add_field(self) -> None:
        """Add a field that the form does not show yet."""
        item = self.draft.item
        if item is None or item.kind == "section":
            return
        shown = {row.label for row in self.fields}
        labels = [
            label
            for label in (MORE if item.kind == "step" else MORE_PARTS.get(item.kind, ()))
            if label not in shown
        ]
        picks = [Pick(label, ink((f"{label:<16}", "key"), f"  {ABOUT.get(label, '')}")) for label in labels]
        if item.kind == "step":
            picks.append(Pick("gate", ink(("gate            ", "key"), "  a check of what the step answers")))
        if not picks:
            self.workbench.tell("The form shows all its fields already.")
            return
        chosen = await self.workbench.push_screen_wait(PickDialog(f"Add to {item.name}", picks))
        if not chosen:
            return
        if chosen[0] == "gate":
            self.call_later(self.action_check)
            return
        row = next(each for each in fields_of(item, _nested(chosen[0])) if each.label == chosen[0])
        self.call_later(self.edit_value, FieldRow(row.label, row.path, row.control, None, False, row.choices))


def _nested(label: str) -> Any:
    """A value in which only ``label`` is set, to learn how it is edited."""
    value: Any = ""
    for part in reversed(label.split(".")):
        value = {part: value}
    return value
