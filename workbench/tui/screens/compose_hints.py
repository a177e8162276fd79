"""Which keys matter most on the Compose screen, by the pane that has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.tui.composing.compose_text import problem_at
from workbench.tui.screens.base import HELP
from workbench.tui.widgets.key_bar import Hint

if TYPE_CHECKING:
    from workbench.tui.screens.compose import ComposeScreen

ADD = Hint("a", "add", "add")
RUN = Hint("F5", "run", "run(False)")
TRY = Hint("t", "try step", "try_step")
STEPS, HOME = Hint("esc", "steps", "back"), Hint("esc", "home", "back")
TESTS = Hint("T", "tests", "tests")
NEXT = Hint("F6", "next pane", "next_pane")


def compose_hints(screen: ComposeScreen) -> Sequence[Hint]:
    """The hints for the screen as it is now."""
    fix = (Hint("f", "fix", "fix"),) if problem_at(screen.draft, None) is not None else ()
    save = (Hint("s", "save", "save"),) if screen.draft.unsaved else ()
    if screen.pane == 2:
        complete = Hint("^space", "complete", "complete")
        keys = (complete, Hint("^s", "save", "save"), Hint("^z", "undo", "undo"), RUN, NEXT)
        return (Hint("F1", "help", "app.help"), *keys, STEPS)
    if screen.pane == 3:
        return (HELP, *fix, *_form_keys(screen), *save, RUN, STEPS)
    if screen.pane == 4:
        return (HELP, Hint("I", "values", "given"), TRY, RUN, NEXT, STEPS)
    item = screen.draft.item
    if item is not None and item.kind == "step":
        edit = (Hint("e", "edit", "edit"),)
        return (HELP, ADD, *fix, *save, *edit, TRY, RUN, Hint("c", "check", "check"), TESTS, HOME)
    return (HELP, ADD, *fix, Hint("enter", "form", "pane(3)"), RUN, *save, TESTS, HOME)


def _form_keys(screen: ComposeScreen) -> tuple[Hint, ...]:
    """What can be done in the form of the selected part."""
    item = screen.draft.item
    if item is None or item.kind == "section":
        return (Hint("enter", "open", "edit_field"), ADD)
    check = (Hint("c", "check", "check"),) if item.kind == "step" else ()
    field = () if item.kind == "output" else (Hint("+", "field", "add_field"),)
    return (Hint("enter", "edit", "edit_field"), *field, *check, Hint("x", "clear", "delete"))
