"""A plan as lines: per step what would be done and why, and what it comes to.  Pure functions."""

from __future__ import annotations

from workbench.study.history import Spread
from workbench.study.outcome import Outcome
from workbench.study.plan import Action, Plan, PlannedStep
from workbench.study.plan_budgets import amounts
from workbench.tui import presentation as show
from workbench.tui.ink import Line, fit, ink, join, paragraphs, spread

SIGNS: dict[Action, tuple[str, str, str]] = {
    "reuse": ("↺", "accent", "reuse"),
    "call": ("▶", "live", "call"),
    "unknown": ("?", "warn", "unknown"),
    "none": ("·", "dim", "asks nobody"),
}
"""Per action: its sign, its ink, its word."""
FIGURES_FROM = 70
"""Cells from which on a row has room for cost and time."""


def plan_row(step: PlannedStep, width: int) -> Line:
    """One step: sign, path, what and why; cost and time at the right."""
    glyph, name, word = SIGNS[step.action]
    figures = _figures(step) if width >= FIGURES_FROM else ()
    path = fit(ink((step.path, "bold" if step.action == "call" else "")), min(28, max(10, width // 4)))
    told = (
        ink((f"{word:<9}", name), (step.why, "dim")) if step.action != "none" else ink((step.reason, "dim"))
    )
    left = (*ink(" ", (f"{glyph} ", name)), *path, (" ", ""), *told)
    return spread(left, figures, width)


def _figures(step: PlannedStep) -> Line:
    if step.action not in ("call", "unknown"):
        return ()
    return ink((f" {_cost(step.cost):>19} {_time(step.time):>16} ", ""))


def _cost(found: Spread | None) -> str:
    return (
        "cost unknown" if found is None else _range(show.cost(round(found.p50)), show.cost(round(found.p90)))
    )


def _time(found: Spread | None) -> str:
    return "" if found is None else _range(show.seconds(found.p50), show.seconds(found.p90))


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low}–{high}"


def step_lines(step: PlannedStep) -> list[Line]:
    """One step of the plan in full."""
    glyph, name, word = SIGNS[step.action]
    target = f"  {step.target}" if step.target else ""
    lines = [ink((f"{glyph} {word}  ", name), (step.path, "bold"), (f"  {step.verb}{target}", "dim"))]
    lines += paragraphs(step.why)
    if step.effects:
        lines.append(ink(("! it changes something outside", "warn")))
    if step.action in ("call", "unknown"):
        figures = [
            f"cost p50–p90 {_cost(step.cost)}" if step.cost else "cost unknown: never called before",
            f"time p50–p90 {_time(step.time)}" if step.time else "",
            f"from {show.count(step.cost.count, 'past call')}" if step.cost else "",
        ]
        lines.append(ink((" · ".join(each for each in figures if each), "dim")))
    return lines


def budget_lines(plan: Plan) -> list[Line]:
    """What the run would take of each limit; a line each."""
    inks = {"holds": "good", "stops it": "bad"}
    return [
        ink((f"{each.level} {each.name}".rstrip(), "bold"),
            f"  {amounts(each)}  ",
            (each.verdict, inks.get(each.verdict, "warn")), (f"  {each.why}" if each.why else "", "dim"))
        for each in plan.budgets
    ]  # fmt: skip


def heading(plan: Plan, width: int) -> Line:
    """The bar: what would be done in sum, and what it should cost and take."""
    counts = [
        ink((f"{glyph} {plan.count(action):,}{_or_more(plan, action)} {word}", name))
        for action, (glyph, name, word) in SIGNS.items()
        if plan.count(action)
    ]
    return spread((*ink(" ", ("plan  ", "dim")), *join(counts, ("  ", ""))), totals(plan), width)


def _or_more(plan: Plan, action: Action) -> str:
    return "+" if plan.or_more and action == "call" else ""


def totals(plan: Plan) -> Line:
    """What the plan should cost, and the time of all calls together."""
    least, most = plan.cost
    if plan.count("call") + plan.count("unknown") == 0:
        return ink(("costs nothing ", "good"))
    cost = show.cost(least, known=False) if most is None else _range(show.cost(least), show.cost(most))
    times = [step.time for step in plan.steps if step.action in ("call", "unknown") and step.time]
    took = _range(
        show.seconds(sum(each.p50 for each in times)), show.seconds(sum(each.p90 for each in times))
    )
    return ink((f"{cost}", "bold"), (f" · {took} of calls " if times else " ", "dim"))


def outcome_lines(plan: Plan, outcome: Outcome | None) -> list[Line]:
    """The plan of a run in a line; after its end, what came of it, and what came otherwise."""
    if outcome is None:
        counts = [f"{plan.count(action):,} {word}" for action, (_, _, word) in SIGNS.items()]
        return [ink(("plan    ", "dim"), " · ".join(counts)), ()]
    as_planned = outcome.inside and not outcome.unplanned
    sign = ("= ", "good") if as_planned else ("≠ ", "warn")
    lines = [ink(("plan    ", "dim"), sign, str(outcome))]
    return [*lines, *(ink(("        ≠ ", "warn"), each) for each in outcome.unplanned[:8]), ()]
