"""The outline's rows: steps in the order they start, each in its lane, sections above and below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.recipe.model import Branch, Step
from workbench.recipe.recipe import Recipe
from workbench.tui import presentation as show
from workbench.tui.composing.lanes import LaneRow, lane_rows
from workbench.tui.composing.outline import Item
from workbench.tui.composing.step_places import step_of
from workbench.tui.ink import Line, Piece, fit, ink, spread

WIDEST_NAME = 16


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One row: a part of the recipe, and for a step its lane."""

    item: Item
    about: str = ""
    lane: LaneRow | None = None
    marks: str = ""
    gates: int = 0
    room: int = 0
    """The width of the names beneath each other."""
    lead: str = ""
    """The lanes around a step that stands within others."""


def outline_rows(items: Sequence[Item], recipe: Recipe | None) -> list[OutlineRow]:
    """The rows in the order they are shown: sections as written, steps as they run."""
    drawn = lane_rows(recipe) if recipe is not None else {}
    places = {path: number for number, path in enumerate(drawn)}
    steps = [item for item in items if item.kind == "step"]
    ordered = iter(sorted(steps, key=lambda item: _place(item.step, places)))
    rooms = {
        kind: min(WIDEST_NAME, max((len(item.name) for item in items if item.kind == kind), default=0))
        for kind in {item.kind for item in items}
    }
    rows = []
    for each in items:
        item = next(ordered) if each.kind == "step" else each
        row = _row(item, drawn.get(item.step), recipe, rooms[item.kind])
        rows.append(replace(row, lead=_lead(item, drawn)) if item.kind == "step" else row)
    return rows


def _lead(item: Item, drawn: Mapping[str, LaneRow]) -> str:
    """The lanes around a step; around a branch those of the step it is one of."""
    if item.step in drawn:
        return drawn[item.step].lead
    around = item.step.rpartition("/")[0]
    return drawn[around].inside if around in drawn else "  " * item.depth


def _place(path: str, places: Mapping[str, int]) -> int:
    """The row of a step; of a branch that of the step it is one of."""
    while path and path not in places:
        path = path.rpartition("/")[0]
    return places.get(path, len(places))


def _row(item: Item, lane: LaneRow | None, recipe: Recipe | None, room: int) -> OutlineRow:
    step = lane.step if lane is not None else step_of(recipe, item.step) if recipe is not None else None
    if step is None:
        return OutlineRow(item, _about(item, recipe), room=room)
    return OutlineRow(item, _step_about(step), lane, _marks(step), _gates(step), room)


def _gates(step: Step) -> int:
    return len(step.gate.given()) if step.gate is not None else 0


def _step_about(step: Step) -> str:
    about = " ".join(part for part in (step.verb, step.model or step.tool or step.from_ or "") if part)
    return f"{about} · when {step.when}" if isinstance(step, Branch) else about


def _marks(step: Step) -> str:
    signs = (("◇", step.if_), ("×", step.each), ("↻", step.repeat))
    return "".join(sign for sign, given in signs if given is not None)


def _about(item: Item, recipe: Recipe | None) -> str:
    """What a part that is no step says of itself in a word or two."""
    if recipe is None:
        return ""
    document, name = recipe.document, item.name
    if item.kind == "recipe":
        return document.about
    if item.kind == "input" and name in document.inputs:
        return " · ".join([document.inputs[name].type, *document.inputs[name].labels])
    if item.kind == "role" and name in document.models:
        return ", ".join(show.short_model(model) for model in document.models[name].candidates)
    if item.kind == "data" and name in document.data:
        return document.data[name].folder or document.data[name].file or ""
    if item.kind == "tool" and name in document.tools:
        return document.tools[name].python
    if item.kind == "output" and name in document.outputs:
        return show.one_line(document.outputs[name], 60)
    return ""


def draw_row(row: OutlineRow, width: int, *, wrong: str = "", ran: str = "") -> Line:
    """One row; ``wrong`` is the severity of its worst problem, ``ran`` the state of its last run."""
    right: tuple[Piece, ...] = ()
    if wrong:
        right = ((" ✗ ", "bad"),) if wrong == "error" else ((" ! ", "warn"),)
    elif ran:
        right = ((f" {show.glyph(ran)} ", show.state_ink(ran)),)
    return spread(_left(row), right, width)


def _left(row: OutlineRow) -> Line:
    item = row.item
    if item.kind == "recipe":
        return ink((item.name, "bold"), (f"  {row.about}", "dim"))
    if item.kind == "section":
        return ink((item.name, "dim"))
    if item.kind != "step":
        return ink("  ", *fit(ink(item.name), row.room), (f"  {row.about}", "dim"))
    marks = f" {row.marks}" if row.marks else ""
    gates = f" ✓{row.gates}" if row.gates else ""
    name = fit(ink((item.name, "dim" if item.off else "")), max(row.room, 1))
    about = ink(("  off ", "warn") if item.off else "", (f"  {row.about}", "dim"))
    return (*_lanes(row), *name, *about, *ink((marks, "accent"), (gates, "good")))


def _lanes(row: OutlineRow) -> Line:
    """The lanes beside a step, its own with a dot."""
    lead = row.lead
    dot: Piece = ("○", "dim") if row.item.off else ("●", "key")
    if row.lane is None:
        return (*ink((lead, "dim")), dot, (" ", ""))
    before, _, after = row.lane.drawn().partition("●")
    return (*ink((lead + before, "dim")), dot, *ink((after, "dim")))
