"""What all parts of the Compose screen share: the draft, the values of its preview, one way to change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.errors import Problem, WorkbenchError
from workbench.recipe.editing.saving import Opened
from workbench.recipe.editing.text_edit import TextEdit, apply, between
from workbench.tui.composing.draft import Draft
from workbench.tui.composing.estimate import Estimate
from workbench.tui.composing.fields import FieldRow, fields_of
from workbench.tui.composing.outline import Item
from workbench.tui.composing.preview import Given, Preview
from workbench.tui.screens.base import WorkbenchScreen

Edits = Callable[[str], Sequence[TextEdit]]
"""What makes the edits of a change, given the text."""
STEPS, SOURCE, FORM, PREVIEW = 1, 2, 3, 4


class ComposeBase(WorkbenchScreen):
    """The draft and how it changes."""

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self.draft = Draft(opened)
        self.given = Given()
        self.estimate: Estimate | None = None
        self.preview: Preview | None = None
        self.fields: list[FieldRow] = []
        self.pane = STEPS

    # -- for the parts ------------------------------------------------------------------------------

    def changed(self, *, typed: bool = False) -> None:
        """The text changed: show it, and read it soon."""
        raise NotImplementedError

    def selected(self) -> None:
        """Another part was selected: let all panes agree."""
        raise NotImplementedError

    def select_part(self, path: Sequence[str | int]) -> None:
        """Select a part, and show it everywhere."""
        raise NotImplementedError

    def go(self, pane: int) -> None:
        """Go to a pane."""
        raise NotImplementedError

    @property
    def reference(self) -> str:
        """How the command line names the recipe."""
        path = self.draft.path
        own = path.parent == self.workbench.bench.folder
        return "." if own else path.parent.name

    def change(self, label: str, *making: Edits, select: Sequence[str | int] | None = None) -> bool:
        """Make changes as one; says why where that cannot be done, and changes nothing then."""
        text = self.draft.text
        try:
            for make in making:
                text = apply(text, make(text))
        except WorkbenchError as error:
            self.workbench.tell(f"{error.message}{': ' + error.hint if error.hint else ''}", "warning")
            return False
        if text == self.draft.text:
            return False
        self.draft.change(between(self.draft.text, text), label)
        if select is not None:
            self.draft.selected = tuple(select)
        self.changed()
        return True

    def step_item(self) -> Item | None:
        """The selected step; says so where something else is selected."""
        item = self.draft.item
        if item is None or item.kind != "step":
            self.workbench.tell("Select a step first: the rows with a dot.")
            return None
        return item

    def fill_form(self) -> None:
        """Work the form's fields out anew."""
        item = self.draft.item
        self.fields = fields_of(item, self.draft.value(item.path)) if item is not None else []

    def problem_here(self) -> Problem | None:
        """The first problem of the selected part, else of all."""
        item = self.draft.item
        found = self.draft.problems_of(item) if item is not None and item.kind != "section" else []
        return next(iter([*found, *self.draft.findings.problems]), None)
