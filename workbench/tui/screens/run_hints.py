"""Which keys matter on the run screen: it depends on where the run stands."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.control import AnswerStop, CallStop
from workbench.tui.run_model import RunModel
from workbench.tui.screens.base import HELP
from workbench.tui.travel_stepper import TravelStepper
from workbench.tui.widgets.key_bar import Hint

STEP = Hint("space", "step", "step")
NEXT = Hint("n", "next", "next")
CONTINUE = Hint("c", "continue", "continue")
TO_DETAIL = Hint("2", "detail", "pane(2)")
STOP_BACK = Hint("⌫", "back", "stop_back(1)")
GO_FROM_HERE = Hint("space", "go on from here", "step")
BACK = Hint("esc", "back", "back")

RESUMABLE = ("waiting", "failed", "cancelled", "crashed", "over_budget")


def run_hints(model: RunModel, *, graph: bool, narrow: bool, detail: bool) -> Sequence[Hint]:
    """At most seven, the most useful first.  ``detail`` says which pane a narrow screen shows."""
    halt = model.halt
    to_steps = Hint("1", "graph" if graph else "steps", "pane(1)")
    edit, stop = Hint("e", "edit", "edit"), Hint("x", "stop", "stop")
    if halt is not None and looks_back(model):
        return (HELP, STOP_BACK, Hint("=", "forth", "stop_back(-1)"), edit, GO_FROM_HERE, stop)
    if isinstance(halt, CallStop):
        if narrow:
            return (HELP, STEP, STOP_BACK, CONTINUE, edit, to_steps if detail else TO_DETAIL, stop)
        return (HELP, STEP, STOP_BACK, CONTINUE, edit, Hint("s", "skip", "skip"), stop)
    if isinstance(halt, AnswerStop):
        return (HELP, STEP, STOP_BACK, CONTINUE, edit, Hint("r", "retry", "retry"), stop)
    view = Hint("v", "list" if graph else "graph", "view")
    other = Hint("z", "zoom", "zoom")
    if narrow:
        other = to_steps if detail else TO_DETAIL
    session = model.session
    if session is not None and session.running:
        if session.questions:
            return (HELP, Hint("a", "answer", "answer"), stop, view, other, BACK)
        if session.stepper.pace is not None:
            return (HELP, Hint("f", "fast", "fast"), STEP, stop, view, BACK)
        pause = Hint("space", "pause", "step")
        return (HELP, pause, Hint("b", "breakpoint", "breakpoint"), stop, view, other, BACK)
    again = Hint("p", "replay", "replay(1)")
    if model.state.status == "waiting":
        again = Hint("a", "answer", "answer")
    elif model.state.status in RESUMABLE:
        again = Hint("R", "resume", "resume")
    change, fork = Hint("e", "change", "change"), Hint("f", "fork", "fork")
    return (HELP, Hint("[ ]", "walk", "walk(-1)"), again, change, fork, other if narrow else view, BACK)


def looks_back(model: RunModel) -> bool:
    """True while an earlier stop is looked at."""
    stepper = model.session.stepper if model.session else None
    return isinstance(stepper, TravelStepper) and stepper.looking is not None
