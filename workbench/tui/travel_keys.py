"""The keys of going back and forth in time: plans, forks, branches, conditions, comparing."""

from __future__ import annotations

from textual.binding import Binding

from workbench.tui.keys import BACK_KEYS, EVERYWHERE, PANES, RUNS, STEPPING


def _key(id: str, key: str, action: str, label: str, tooltip: str, group: Binding.Group) -> Binding:
    return Binding(key, action, label, tooltip=tooltip, id=id, group=group, show=False)


MARK_KEYS: list[Binding] = [
    _key("home.mark", "m", "mark", "Mark", "Mark this run, or no longer; d compares two marked runs", RUNS),
    _key("home.compare", "d", "compare", "Compare", "Compare the two marked runs, or run and parent", RUNS),
    _key("home.family", "F", "family", "Family", "Show all runs that came of the same one", RUNS),
]

COMPARE_KEYS: list[Binding] = [
    _key("compare.next", "n", "difference(1)", "Next ≠", "To the next step that differs", RUNS),
    _key("compare.previous", "p", "difference(-1)", "Previous ≠", "To the previous one that differs", RUNS),
    _key("compare.totals", "t", "totals", "Totals", "To the totals, or back to the step", PANES),
    _key("compare.unified", "u", "unified", "Unified", "Texts beneath each other, or side by side", PANES),
    _key("compare.open_left", "a", "open_run(0)", "Open A", "Open the left run", RUNS),
    _key("compare.open_right", "b", "open_run(1)", "Open B", "Open the right run", RUNS),
    _key("compare.steps", "1", "pane(1)", "Steps", "To the list of steps", PANES),
    _key("compare.detail", "2", "pane(2)", "Detail", "To the chosen step's detail", PANES),
    _key("compare.back", "escape,q", "back", "Back", "Back to where you came from", EVERYWHERE),
]

FORM_PLAN_KEYS: list[Binding] = [
    _key("form.plan", "f8", "plan", "Plan", "See what the run would do and cost, before it runs", RUNS),
]

PLAN_KEYS: list[Binding] = [
    _key("plan.run", "enter,f5", "run(False)", "Run", "Go on: do what the plan says", RUNS),
    _key("plan.step", "f10,s", "run(True)", "Step through", "Go on, and stop before every call", RUNS),
    *BACK_KEYS,
]

FAMILY_KEYS: list[Binding] = [
    _key("family.compare", "d", "compare", "Compare", "Compare the run you came from with this one", RUNS),
    *BACK_KEYS,
]

TRY_KEYS: list[Binding] = [
    _key("try.again", "t", "again", "Try", "Run the step alone once more", RUNS),
    _key("try.model", "m", "model", "Model", "Choose the model of the next tries", RUNS),
    _key("try.keep", "enter", "keep", "Keep", "Fork with the chosen answer as the step's output", RUNS),
    _key("try.unified", "u", "unified", "Unified", "Texts beneath each other, or side by side", PANES),
    *BACK_KEYS,
]

TRAVEL_KEYS: list[Binding] = [
    _key("step.back", "backspace", "stop_back(1)", "Back a stop", "Back a stop, for nothing", STEPPING),
    _key("step.forth", "equals_sign", "stop_back(-1)", "On a stop", "Forth again after going back", STEPPING),
    _key("step.stops", "H", "stops", "All stops", "Choose from all stops the one to go back to", STEPPING),
    _key("step.conditions", "B", "conditions", "Conditions", "Breakpoints with conditions", STEPPING),
    _key("run.replay_quick", "4", "replay(4)", "Replay 4x", "Replay this run four times as fast", RUNS),
    _key("run.change", "e", "change", "Change", "Run again with one thing changed", RUNS),
    _key("run.fork", "f", "fork", "Fork here", "A new line from the selected step on", RUNS),
    _key("run.try", "t", "try_step", "Try this step", "Run the selected step alone", RUNS),
    _key("run.compose", "C", "compose_recipe", "Compose", "Change the recipe of this run", RUNS),
    _key("run.compare", "d", "compare", "Compare", "Compare with the run this one came from", RUNS),
    _key("run.family", "F", "family", "Family", "Show all runs that came of the same one", RUNS),
]  # fmt: skip
