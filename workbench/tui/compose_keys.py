"""The keys of the Compose screen: single letters where nothing is typed, function keys everywhere."""

from __future__ import annotations

from textual.binding import Binding

from workbench.tui.keys import EDITING, EVERYWHERE, MOVING, PANES, RUNS


def _key(id: str, key: str, action: str, label: str, tooltip: str, group: Binding.Group) -> Binding:
    return Binding(key, action, label, tooltip=tooltip, id=id, group=group, show=False)


def _everywhere(id: str, key: str, action: str, label: str, tooltip: str, group: Binding.Group) -> Binding:
    """A key that works while one types, too."""
    return Binding(
        key, action, label, tooltip=tooltip, id=id, group=group, show=False, priority=True
    )  # fmt: skip


COMPOSE_KEYS: list[Binding] = [
    _everywhere("compose.save", "ctrl+s", "save", "Save", "Write the recipe to its file", EDITING),
    _everywhere("compose.undo", "ctrl+z", "undo", "Undo", "Take the last change back, without end", EDITING),
    _everywhere("compose.redo", "ctrl+y", "redo", "Redo", "Make the change again", EDITING),
    _everywhere("compose.add_here", "f2", "add", "Add a step", "Add a step or pattern after it", EDITING),
    _everywhere("compose.problems", "f3", "problems", "Problems", "All problems, with their fixes", EDITING),
    _everywhere("compose.editor", "f4", "editor", "$EDITOR", "Edit the file in your own editor", EDITING),
    _everywhere("compose.run", "f5", "run(False)", "Run", "Run it as it stands here, saved or not", RUNS),
    _everywhere("compose.next_pane", "f6", "next_pane", "Next pane", "To the next pane", PANES),
    _everywhere("compose.try", "f7", "try_step", "Try step", "Run this step alone, once more", RUNS),
    _everywhere("compose.plan", "f8", "plan", "Plan", "What a run would do and cost, without running", RUNS),
    _everywhere("compose.step", "f10", "run(True)", "Step through", "Run, and stop before every call", RUNS),
    _key("compose.add", "a", "add", "Add after", "Add a step or a pattern after this one", EDITING),
    _key("compose.insert", "i", "insert", "Insert before", "Insert a step before this one", EDITING),
    _key("compose.edit", "e", "edit", "Edit text", "Edit what the step asks", EDITING),
    _key("compose.model", "m", "model", "Models", "Choose the models of this step's role", EDITING),
    _key("compose.check", "c", "check", "Check", "Add a check (gate) of what the step answers", EDITING),
    _key("compose.rename", "r", "rename", "Rename", "Rename it here and wherever it is mentioned", EDITING),
    _key("compose.duplicate", "D", "duplicate", "Duplicate", "The same step once more, after it", EDITING),
    _key("compose.delete", "x,delete", "delete", "Delete", "Delete it; says what depends on it", EDITING),
    _key("compose.move_up", "K,shift+up", "move_step(-1)", "Move up", "Move the step up", EDITING),
    _key("compose.move_down", "J,shift+down", "move_step(1)", "Move down", "Move the step down", EDITING),
    _key("compose.wrap", "w", "wrap", "Wrap", "For each item, repeated, or one of several ways", EDITING),
    _key("compose.extract", "E", "extract", "Extract", "Make a recipe of its own of the step", EDITING),
    _key("compose.off", "o", "off", "Off/on", "Switch the step off, or on again", EDITING),
    _key("compose.undo_key", "u", "undo", "Undo", "Take the last change back, without end", EDITING),
    _key("compose.redo_key", "U", "redo", "Redo", "Make the change again", EDITING),
    _key("compose.save_key", "s", "save", "Save", "Write the recipe to its file", EDITING),
    _key("compose.fix", "f", "fix", "Fix", "Mend the problem shown below", EDITING),
    _key("compose.problem_list", "p", "problems", "Problems", "All problems, with their fixes", EDITING),
    _key("compose.diff", "d", "diff", "Changes", "What is different from the saved file, or a run", EDITING),
    _key("compose.try_key", "t", "try_step", "Try step", "Run this step alone, beside its last answer", RUNS),
    _key("compose.here", "h", "run_to_here", "Run to here", "Run, and stop before this step's call", RUNS),
    _key("compose.given", "I", "given", "Values", "Choose the run or test case of the preview", RUNS),
    _key("compose.tests", "T", "tests", "Tests", "The recipe's test cases: run, keep one", RUNS),
    _key("compose.pane_steps", "1", "pane(1)", "Steps", "To the outline", PANES),
    _key("compose.pane_source", "2", "pane(2)", "Source", "To the YAML source", PANES),
    _key("compose.pane_form", "3", "pane(3)", "Form", "To the form of this step", PANES),
    _key("compose.pane_preview", "4", "pane(4)", "Preview", "To what the step would be asked", PANES),
    _key("compose.tab", "tab", "next_pane", "Next pane", "To the next pane", PANES),
    _key("compose.back_tab", "shift+tab", "next_pane(-1)", "Pane before", "To the pane before", PANES),
    _key("compose.previous", "left_square_bracket", "part(-1)", "Part before", "To the part before", PANES),
    _key("compose.next", "right_square_bracket", "part(1)", "Next part", "To the next part", PANES),
    _key("compose.add_field", "plus", "add_field", "Add a field", "Add a field to the form", EDITING),
    _key("compose.view", "v", "view", "Graph/outline", "Show the steps as a graph or as an outline", PANES),
    _key("compose.zoom", "z", "zoom", "Zoom", "Give this pane the whole screen, or no longer", PANES),
    _key("compose.back", "escape,q", "back", "Back", "To the outline; from there back home", EVERYWHERE),
]  # fmt: skip

SOURCE_KEYS: list[Binding] = [
    _key(
        "source.complete",
        "ctrl+@,ctrl+space",
        "screen.complete",
        "Complete",
        "What could stand here",
        EDITING,
    ),
    _key("source.fix", "alt+enter,ctrl+f", "screen.fix", "Fix", "Mend the problem shown below", EDITING),
    _key("source.outdent", "shift+tab", "outdent", "Outdent", "Take one level of indent away", EDITING),
    _key("source.pane", "f6", "screen.next_pane", "Next pane", "To the next pane", PANES),
    _key("source.try", "f7", "screen.try_step", "Try step", "Run this step alone", RUNS),
    _key("source.page_down", "ctrl+d", "cursor_page_down", "Page down", "A page down", MOVING),
]

PICK_KEYS: list[Binding] = [
    _key("pick.up", "up", "move(-1)", "Up", "To the row above", MOVING),
    _key("pick.down", "down", "move(1)", "Down", "To the row below", MOVING),
    _key("pick.mark", "tab", "mark", "Mark", "Mark the row, or no longer", MOVING),
]

TEST_KEYS: list[Binding] = [
    _key("tests.run_one", "enter", "run_one", "Run it", "Run the chosen case", RUNS),
    _key("tests.run", "r,f5", "run_all", "Run all", "Run all cases", RUNS),
    _key("tests.repeat", "R", "repeat", "Repeat", "Run all cases several times: what is flaky", RUNS),
    _key("tests.stop", "x", "stop", "Stop", "Run no further case", RUNS),
    _key("tests.keep", "a", "keep", "Keep a run", "Make a case of a run of the recipe", RUNS),
    _key("tests.open", "o", "open_run", "Open run", "Open the run of the chosen case", RUNS),
    _key("tests.back", "escape,q", "back", "Back", "Back to composing", EVERYWHERE),
]
