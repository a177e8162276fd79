"""The tab ``Run``: what went in, what came out, and where the run comes from."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, paragraphs
from workbench.tui.run_rows import NEARLY
from workbench.tui.run_state import RunState, Totals


def overview_lines(state: RunState, problem: WorkbenchError | None) -> list[Line]:
    """The run in full: its end first, then outputs, inputs, origin."""
    lines: list[Line] = []
    if problem is not None:
        lines += [*paragraphs(f"✗ {problem.message}", "bad")]
        lines += [ink(("→ ", "good"), problem.hint)] if problem.hint else []
        lines.append(())
    if state.error:
        where = f"{state.error_path}: " if state.error_path else ""
        lines += [*paragraphs(f"✗ {where}{state.error}", "bad"), ()]
    for path, (question, _) in state.questions.items():
        lines += [
            ink(("? ", "warn"), (path, "bold"), " waits for a person"),
            *paragraphs(question, "dim"),
            (),
        ]
    lines += _values("outputs", state.outputs)
    lines += _missing(state)
    lines += _budgets(state)
    lines += _values("inputs", state.inputs)
    totals = state.totals
    facts = {
        "run": state.id,
        "recipe": f"{state.recipe}  {state.recipe_hash[:12]}",
        "mode": state.mode + (f" of {state.parent}" if state.parent else ""),
        "calls": show.count(totals.calls, "call") + (f", {totals.reused:,} reused" if totals.reused else ""),
        "cost": show.cost(totals.cost_nano, totals.cost_known)
        + (f", saved {show.cost(totals.saved_nano)}" if totals.saved_nano else ""),
        "tokens": _tokens(totals),
    }
    return [*lines, *(ink((f"{name:<8}", "dim"), value) for name, value in facts.items())]


def _tokens(totals: Totals) -> str:
    return f"{totals.tokens_in:,} in, {totals.tokens_out:,} out" if totals.tokens_known else "?"


def _missing(state: RunState) -> list[Line]:
    if not state.missing:
        return []
    lines = [ink(("missing", "key"))]
    lines += [ink("  ", (each.path, "bold"), ("  " + each.why, "dim")) for each in state.missing]
    return [*lines, ()]


def _budgets(state: RunState) -> list[Line]:
    """Each limit as a bar, from 80 % on in the colour of a warning."""
    if not state.budgets:
        return []
    lines = [ink(("budgets", "key"))]
    for each in state.budgets:
        share = each.used / each.limit if each.limit else 1.0
        name = f"{each.level} {each.name}" if each.name else each.level
        colour = "bad" if share >= 1 else "warn" if share >= NEARLY else ""
        used, limit = (_amount(each.measure, value) for value in (each.used, each.limit))
        lines.append(
            ink("  ", (f"{show.bar(share, 10)} ", colour), f"{used} of {limit}", (f"  {name}", "dim"))
        )
    return [*lines, ()]


def _amount(measure: str, value: float) -> str:
    if measure == "usd":
        return show.cost(round(value))
    return show.seconds(value) if measure == "seconds" else f"{value:,.0f} {measure}"


def output_lines(state: RunState) -> list[Line]:
    """The outputs alone."""
    return _values("", state.outputs)[1:-1]


def outputs_text(state: RunState) -> str:
    """The outputs, for the clipboard."""
    if len(state.outputs) == 1:
        return show.value_text(next(iter(state.outputs.values())))
    return show.json_text(dict(state.outputs)) if state.outputs else state.error or state.id


def _values(title: str, values: Mapping[str, Json]) -> list[Line]:
    if not values:
        return []
    lines = [ink((title, "key"))]
    for name, value in values.items():
        text = show.value_text(value)
        if "\n" in text or len(text) > 60:
            lines += [ink((f"  {name}", "dim"))]
            lines += [(("  ", ""), *line) for line in paragraphs(text)]
        else:
            lines.append(ink((f"  {name}  ", "dim"), text))
    return [*lines, ()]
