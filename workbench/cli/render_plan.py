"""Plans: as a page and as JSON."""

from __future__ import annotations

from collections import Counter

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line
from workbench.cli.formats import count, duration
from workbench.events import Json
from workbench.guard.limits import shown
from workbench.study.history import Spread, place
from workbench.study.plan import Plan, PlannedStep
from workbench.study.plan_budgets import PlannedBudget, amounts
from workbench.study.plan_gates import most_of
from workbench.usage import dollars, money

MARKS = {
    "reuse": Span("↻ reuse", "green"),
    "call": Span("→ call", "cyan"),
    "unknown": Span("? unknown", "yellow"),
}
SHOWN = 200
"""Steps shown one by one; of more, alike ones of one step are told together."""

COLUMNS = (
    Column("step", shrink=True),
    Column("verb", spare=3),
    Column(""),
    Column("model", shrink=True, spare=1),
    Column("cost", "right"),
    Column("time", "right", spare=2),
    Column("why", shrink=True, below=True),
)


BUDGET_COLUMNS = (
    Column("budget"), Column("would take"), Column("so far", spare=2), Column(""), Column("", below=True),
)  # fmt: skip
VERDICT_STYLES = {"holds": "green", "may stop it": "yellow", "stops it": "red", "unknown": "yellow"}


def plan_page(plan: Plan) -> list[Block]:
    """All that ``plan`` tells."""
    against = f", against run {plan.against}" if plan.against else ""
    blocks: list[Block] = [flat(Span(f"plan of {plan.recipe}", "bold"), Span(against, "dim")), line()]
    rows = [_cells(step, 1) for step in plan.steps] if len(plan.steps) <= SHOWN else _together(plan)
    blocks.append(Grid(COLUMNS, rows))
    return [*blocks, line(), total(plan), *_budgets(plan)]


def _budgets(plan: Plan) -> list[Block]:
    """What the run would take of each limit."""
    if not plan.budgets:
        return []
    rows: list[list[Piece]] = [
        [
            f"{each.level} {each.name}".rstrip(),
            amounts(each),
            f"{shown(each.measure, each.used)} used" if each.used else "",
            Span(each.verdict, VERDICT_STYLES[each.verdict]),
            Span("; ".join(part for part in (each.why, _on_exceed(each)) if part), "dim"),
        ]
        for each in plan.budgets
    ]
    return [line(), Grid(BUDGET_COLUMNS, rows)]


def _on_exceed(each: PlannedBudget) -> str:
    return f"then {each.on_exceed}" if each.verdict != "holds" and each.on_exceed != "stop" else ""


def total(plan: Plan) -> Block:
    """The last line of a plan."""
    least, most = plan.cost
    counts = [f"{count(plan.count('call'), 'call')}{' or more' if plan.or_more else ''}"]
    if plan.count("unknown"):
        counts.append(f"up to {plan.count('unknown'):,} more")
    if plan.count("reuse"):
        counts.append(f"{plan.count('reuse'):,} reused")
    if most is None:
        cost = f"{money(least)} or more: not every price is known"
    else:
        cost = money(least) if least == most else f"{money(least)} to {money(most)}"
    planned, most = plan.count("call") + plan.count("unknown"), most_of(plan.steps)
    worst = f"; with failures and bad answers up to {most:,} attempts"
    return flat(
        Span(", ".join(counts), "bold"), f" · {cost}",
        Span(worst if most > planned else "", "dim"),
    )  # fmt: skip


def _together(plan: Plan) -> list[list[Piece]]:
    """A row for all instances of a step that would do the same for the same reason."""
    numbers: Counter[tuple[str, str, str, str]] = Counter()
    first: dict[tuple[str, str, str, str], PlannedStep] = {}
    for step in plan.steps:
        key = (place(step.path), step.action, step.target, step.reason)
        numbers[key] += 1
        first.setdefault(key, step)
    return [_cells(first[key], number) for key, number in numbers.items()]


def _cells(step: PlannedStep, number: int) -> list[Piece]:
    name = step.path if number == 1 else f"{place(step.path)} ×{number:,}"
    effects = " (has effects)" if step.effects and step.action == "call" else ""
    called = step.action in ("call", "unknown")
    return [
        name,
        step.verb,
        MARKS.get(step.action, Span("· none", "dim")),
        step.target,
        _money_range(step.cost) if called else "",
        _time_range(step.time) if called else "",
        Span(step.why + effects, "yellow" if effects else "dim"),
    ]


def _money_range(spread: Spread | None) -> str:
    if spread is None:
        return money(None)
    if spread.p90 == spread.p50:
        return money(round(spread.p50))
    return f"{money(round(spread.p50))} – {money(round(spread.p90))}"


def _time_range(spread: Spread | None) -> str:
    if spread is None:
        return ""
    low, high = duration(spread.p50), duration(spread.p90)
    return low if low == high else f"{low} – {high}"


def plan_json(plan: Plan) -> dict[str, Json]:
    """A plan for programs."""
    least, most = plan.cost
    return {
        "recipe": plan.recipe,
        "against": plan.against,
        "reuse": plan.count("reuse"),
        "calls": plan.count("call"),
        "unknown": plan.count("unknown"),
        "or_more": plan.or_more,
        "cost_usd": {"low": dollars(least), "high": dollars(most)},
        "most_attempts": most_of(plan.steps),
        "budgets": [_budget_json(each) for each in plan.budgets],
        "steps": [_step_json(step) for step in plan.steps],
    }


def _budget_json(each: PlannedBudget) -> dict[str, Json]:
    unit = 1e9 if each.measure == "usd" else 1
    return {
        "of": each.level, "name": each.name or None, "measure": each.measure, "limit": each.limit / unit,
        "used": each.used / unit, "takes": {
            "low": each.low / unit, "high": None if each.high is None else each.high / unit,
            "worst": None if each.worst is None else each.worst / unit,
        },
        "verdict": each.verdict, "why": each.why or None, "on_exceed": each.on_exceed,
    }  # fmt: skip


def _step_json(step: PlannedStep) -> dict[str, Json]:
    called = step.action in ("call", "unknown")
    return {
        "path": step.path,
        "verb": step.verb,
        "action": step.action,
        "reason": step.reason,
        "model": step.target or None,
        "cost_usd": _spread_json(step.cost, 1e9) if called else None,
        "seconds": _spread_json(step.time, 1) if called else None,
        "effects": step.effects,
        "optional": bool(step.without),
        "if_it_fails": step.without or None,
    }


def _spread_json(spread: Spread | None, unit: float) -> dict[str, Json] | None:
    if spread is None:
        return None
    figures = {name: getattr(spread, name) / unit for name in ("p50", "p90", "low", "high")}
    return {**figures, "from": spread.count}
