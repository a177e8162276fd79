"""Every key of the screens, in one table: its id (to bind it elsewhere), what it does, and in which words."""

from __future__ import annotations

from textual.binding import Binding

MOVING = Binding.Group("Moving")
PANES = Binding.Group("Panes")
STEPPING = Binding.Group("Stepping")
RUNS = Binding.Group("Runs")
EVERYWHERE = Binding.Group("Everywhere")

EDITING = Binding.Group("Editing")

GROUPS = (EDITING, STEPPING, RUNS, PANES, MOVING, EVERYWHERE)
"""The order in which help shows them."""


def _key(id: str, key: str, action: str, label: str, tooltip: str, group: Binding.Group) -> Binding:
    return Binding(key, action, label, tooltip=tooltip, id=id, group=group, show=False)


APP_KEYS: list[Binding] = [
    _key("app.help", "question_mark,f1", "help", "Help", "Show what every key does here", EVERYWHERE),
    _key("app.copy", "y", "copy", "Copy", "Copy the text in view to the clipboard", EVERYWHERE),
    _key(
        "app.copy_command",
        "Y",
        "copy_command",
        "Copy command",
        "Copy the command line that does the same as this screen",
        EVERYWHERE,
    ),
    _key("app.theme", "f9", "change_theme", "Theme", "Choose the colours", EVERYWHERE),
    _key("app.quit", "ctrl+q", "quit", "Quit", "Leave; runs that still run are cancelled", EVERYWHERE),
]

BACK_KEYS: list[Binding] = [
    _key("screen.back", "escape", "back", "Back", "Go back to where you came from", EVERYWHERE),
]

LIST_KEYS: list[Binding] = [
    _key("list.up", "up,k", "move(-1)", "Up", "To the row above", MOVING),
    _key("list.down", "down,j", "move(1)", "Down", "To the row below", MOVING),
    _key("list.page_up", "pageup", "page(-1)", "Page up", "A page up", MOVING),
    _key("list.page_down", "pagedown", "page(1)", "Page down", "A page down", MOVING),
    _key("list.half_up", "ctrl+u", "page(-0.5)", "Half up", "Half a page up", MOVING),
    _key("list.half_down", "ctrl+d", "page(0.5)", "Half down", "Half a page down", MOVING),
    _key("list.first", "home,g", "first", "First", "To the first row", MOVING),
    _key("list.last", "end,G", "last", "Last", "To the last row", MOVING),
    _key("list.choose", "enter", "choose", "Open", "Open the row", MOVING),
]

DOCUMENT_KEYS: list[Binding] = [
    _key("text.up", "up,k", "scroll_by(-1)", "Up", "A line up", MOVING),
    _key("text.down", "down,j", "scroll_by(1)", "Down", "A line down", MOVING),
    _key("text.page_up", "pageup,ctrl+b", "scroll_page(-1)", "Page up", "A page up", MOVING),
    _key("text.page_down", "pagedown,ctrl+f", "scroll_page(1)", "Page down", "A page down", MOVING),
    _key("text.half_up", "ctrl+u", "scroll_page(-0.5)", "Half up", "Half a page up", MOVING),
    _key("text.half_down", "ctrl+d", "scroll_page(0.5)", "Half down", "Half a page down", MOVING),
    _key("text.first", "home,g", "first", "Top", "To the top", MOVING),
    _key("text.last", "end,G", "last", "End", "To the end", MOVING),
]

GRAPH_KEYS: list[Binding] = [
    _key("graph.up", "up,k", "go(0, -1)", "Up", "To the step above", MOVING),
    _key("graph.down", "down,j", "go(0, 1)", "Down", "To the step below", MOVING),
    _key("graph.left", "left", "go(-1, 0)", "Left", "To the step on the left", MOVING),
    _key("graph.right", "right", "go(1, 0)", "Right", "To the step on the right", MOVING),
    _key("graph.first", "home,g", "first", "First", "To the first step", MOVING),
    _key("graph.last", "end,G", "last", "Last", "To the last step", MOVING),
    _key("graph.choose", "enter", "choose", "Open", "Open the step's detail", MOVING),
]

HOME_KEYS: list[Binding] = [
    _key("home.new", "n", "new", "New run", "Run the chosen recipe: first its inputs", RUNS),
    _key("home.compose", "C", "compose_recipe", "Compose", "Change the chosen recipe, step by step", RUNS),
    _key("home.new_recipe", "N", "new_recipe", "New recipe", "Make a recipe from a pattern or a step", RUNS),
    _key("home.replay", "p", "replay", "Replay", "Replay the chosen run from its recording", RUNS),
    _key("home.resume", "R", "resume", "Resume", "Go on with a run that waits, failed or was cut off", RUNS),
    _key("home.batch", "b", "batch", "New batch", "Run the chosen recipe over a dataset", RUNS),
    _key("home.batches", "B", "batches", "Batches", "All batches: watch, compare, go on with them", RUNS),
    _key("home.filter", "slash", "filter", "Filter", "Show only runs that hold a text", RUNS),
    _key("home.search", "s,f3", "search", "Search", "Find words in all prompts, answers and errors", RUNS),
    _key("home.recipes", "1", "pane(1)", "Recipes", "To the recipes", PANES),
    _key("home.runs", "2", "pane(2)", "Runs", "To the runs", PANES),
    _key("home.models", "M", "models", "Models", "What models there are, and what the record says", PANES),
    _key("home.routes", "o", "routes", "Routes", "What each role's models did, and who rests now", PANES),
    _key("home.clear", "escape", "clear", "Clear", "Clear the filter", RUNS),
    _key("home.quit", "q", "app.quit", "Quit", "Leave the workbench", EVERYWHERE),
]

ROUTES_KEYS: list[Binding] = [
    _key("routes.again", "r", "again", "Read again", "Read the record and the models' health anew", RUNS),
    *BACK_KEYS,
]

SEARCH_KEYS: list[Binding] = [
    _key("search.field", "slash", "field", "Search", "Type other words to look for", PANES),
    _key("search.matches", "down", "matches", "Matches", "From the field to what was found", PANES),
    *BACK_KEYS,
]

MODELS_KEYS: list[Binding] = [
    _key("models.ping", "p", "ping", "Ping", "Make one small recorded call to this model", RUNS),
    _key("models.again", "r", "again", "Read again", "Read anew what is known of the models", RUNS),
    *BACK_KEYS,
]

RUN_KEYS: list[Binding] = [
    _key("step.step", "space", "step", "Step", "Go on to the next stop; while it runs: pause", STEPPING),
    _key("step.next", "n", "next", "Next", "Go on to the next step", STEPPING),
    _key("step.continue", "c", "continue", "Continue", "Go on to the next breakpoint, or the end", STEPPING),
    _key("step.breakpoint", "b", "breakpoint", "Breakpoint", "Stop at this step, or no longer", STEPPING),
    _key("step.edit", "e", "edit", "Edit", "Edit the prompt, or the answer, before it is used", STEPPING),
    _key("step.editor", "f4", "editor", "$EDITOR", "Edit the same in your own editor", STEPPING),
    _key("step.skip", "s", "skip", "Skip", "Do not ask; write the output yourself", STEPPING),
    _key("step.retry", "r", "retry", "Retry", "Ask the same again", STEPPING),
    _key("step.model", "m", "model", "Model", "Ask another model", STEPPING),
    _key("step.stop", "x", "stop", "Stop", "Stop the run", STEPPING),
    _key("run.answer", "a", "answer", "Answer", "Answer the question that the run waits with", STEPPING),
    _key("run.walk_back", "left_square_bracket", "walk(-1)", "Back a step", "Walk the record back", RUNS),
    _key("run.walk_on", "right_square_bracket", "walk(1)", "On a step", "Walk the record on", RUNS),
    _key("run.replay", "p", "replay(1)", "Replay 1x", "Replay this run at the speed it had", RUNS),
    _key("run.replay_fast", "P", "replay(0)", "Replay fast", "Replay this run at once", RUNS),
    _key("run.fast", "f", "fast", "Fast", "Finish this replay fast", RUNS),
    _key("run.resume", "R", "resume", "Resume", "Go on with a run that waits, failed or was cut off", RUNS),
    _key("run.pane_steps", "1", "pane(1)", "Steps", "To the graph or the list of steps", PANES),
    _key("run.pane_detail", "2", "pane(2)", "Detail", "To the selected step's detail", PANES),
    _key("run.view", "v", "view", "Graph/list", "Show the steps as a graph or as a list", PANES),
    _key("run.zoom", "z", "zoom", "Zoom", "Give the focused pane the whole screen, or no longer", PANES),
    _key("run.tab_left", "h,comma", "tab(-1)", "Tab left", "To the tab on the left", PANES),
    _key("run.tab_right", "l,full_stop", "tab(1)", "Tab right", "To the tab on the right", PANES),
    _key("run.good", "plus", "label('good')", "Good", "Say that the step, or the run, came out well", RUNS),
    _key("run.bad", "minus", "label('bad')", "Bad", "Say that the step, or the run, came out badly", RUNS),
    _key("run.right", "A", "right_answer", "Right answer", "Write what it should have come to", RUNS),
    _key("run.back", "escape,q", "back", "Back", "Back to all runs; what runs goes on running", EVERYWHERE),
]  # fmt: skip

BATCHES_KEYS: list[Binding] = [
    _key("batches.mark", "m", "mark", "Mark", "Mark this batch, or no longer; d compares the marked", RUNS),
    _key("batches.compare", "d", "compare", "Compare", "Compare the marked batches, or its variants", RUNS),
    _key("batches.back", "escape,q", "back", "Back", "Back to where you came from", EVERYWHERE),
]

BATCH_KEYS: list[Binding] = [
    _key("batch.cancel", "x", "cancel", "Stop", "Stop the batch where it is; it can go on later", RUNS),
    _key("batch.resume", "R", "resume", "Resume", "Go on with a batch that stopped", RUNS),
    _key("batch.failed", "f", "failed", "Failed", "Show only runs that failed or wait, or all", RUNS),
    _key("batch.compare", "d", "compare", "Compare", "Compare the variants of this batch", RUNS),
    _key("batch.good", "plus", "label('good')", "Good", "Say that the chosen run came out well", RUNS),
    _key("batch.bad", "minus", "label('bad')", "Bad", "Say that the chosen run came out badly", RUNS),
    _key("batch.answer", "e", "answer", "Right answer", "Write what it should have been", RUNS),
    _key(
        "batch.steps", "l", "steps", "Label steps", "Say of single steps of the run how they came out", RUNS
    ),
    _key("batch.pane_runs", "1", "pane(1)", "Runs", "To the runs", PANES),
    _key("batch.pane_figures", "2", "pane(2)", "Figures", "To the totals and charts", PANES),
    _key("batch.back", "escape,q", "back", "Back", "Back; what runs goes on running", EVERYWHERE),
]

STEP_LABEL_KEYS: list[Binding] = [
    _key("step_labels.good", "plus", "label('good')", "Good", "Say that the chosen step came out well", RUNS),
    _key("step_labels.bad", "minus", "label('bad')", "Bad", "Say that the chosen step came out badly", RUNS),
    _key("step_labels.answer", "e", "answer", "Right answer", "Write what it should have been", RUNS),
    *BACK_KEYS,
]

MANY_KEYS: list[Binding] = [
    _key("many.next", "n", "change(1)", "Next case", "To the next case that changed", RUNS),
    _key("many.pane_measures", "1", "pane(1)", "Measures", "To the measures and verdicts", PANES),
    _key("many.pane_cases", "2", "pane(2)", "Cases", "To the cases that changed, the worst first", PANES),
    _key("many.steps", "s", "steps", "Steps", "Show what each step cost and took too, or no longer", PANES),
    _key("many.margin", "m", "margin", "Margin", "Say which loss of a share does not matter", RUNS),
    _key("many.condition", "c", "condition", "Fail if", "Judge by a condition, as compare --fail-if", RUNS),
    _key("many.pareto", "p", "pareto", "Quality/cost", "To the picture of quality against cost", PANES),
    _key("many.back", "escape,q", "back", "Back", "Back to where you came from", EVERYWHERE),
]

BATCH_FORM_KEYS: list[Binding] = [
    _key("batch_form.run", "f5", "begin", "Run", "Run the batch", RUNS),
    _key("batch_form.preview", "f8", "preview", "Preview", "Check all rows; show the mapping", RUNS),
    *BACK_KEYS,
]

FORM_KEYS: list[Binding] = [
    _key("form.run", "f5", "submit(False)", "Run", "Run with these inputs", RUNS),
    _key("form.step", "f10", "submit(True)", "Step through", "Run, and stop before every call", RUNS),
    *BACK_KEYS,
]

EDIT_KEYS: list[Binding] = [
    _key("edit.use", "ctrl+s,f5", "use", "Use it", "Go on with this text", STEPPING),
    _key("edit.editor", "f4", "editor", "$EDITOR", "Edit in your own editor", STEPPING),
    *BACK_KEYS,
]
