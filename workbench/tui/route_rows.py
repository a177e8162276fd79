"""Routes as rows of a list, and one of them in full."""

from __future__ import annotations

from collections.abc import Callable

from workbench.study.route_looks import RouteLook
from workbench.tui import presentation as show
from workbench.tui.ink import Line, fit, ink, join
from workbench.usage import money

Cell = Callable[[RouteLook], str]
COLUMNS: tuple[tuple[str, int, int, Cell], ...] = (
    ("calls", 7, 0, lambda look: f"{look.figures.attempts:,}"),
    ("share", 7, 0, lambda look: "shadow" if look.figures.is_shadow else f"{look.figures.share:.0%}"),
    ("cost", 11, 0, lambda look: money(look.figures.cost_nano)),
    ("p50", 8, 0, lambda look: show.seconds(look.figures.seconds)),
    ("p95", 8, 90, lambda look: show.seconds(look.figures.slow)),
    ("gates", 7, 0, lambda look: _passed(look)),
    ("failed", 7, 90, lambda look: str(look.figures.failures or "")),
    ("instead", 8, 100, lambda look: str(look.figures.fallbacks or "")),
)
"""Heading, width, the least width of the list that shows it, and its text."""
_BREAKER = {
    "closed": "closed: it is asked",
    "open": "open: it is left alone",
    "half-open": "half-open: one call tries it",
}
"""Whether a model is asked, in the word of its breaker and in plain ones."""


def heading(width: int) -> Line:
    """The names of the columns."""
    cells = "".join(name.rjust(size) for name, size, least, _ in COLUMNS if width >= least)
    return (*fit(ink(("   role and model", "dim")), width - len(cells) - 1), (f"{cells} ", "dim"))


def route_row(look: RouteLook, width: int) -> Line:
    """One model of one role: whether it is asked now, and what the record says."""
    cells = "".join(cell(look).rjust(size) for _, size, least, cell in COLUMNS if width >= least)
    row = look.figures
    name = ink((f"{row.recipe} ", "dim"), f"{row.role} ", (row.model, "bold"))
    return (*fit((_mark(look), *name), width - len(cells) - 1), (f"{cells} ", ""))


def route_detail(look: RouteLook, now: int) -> list[Line]:
    """All that is known of one model of a role."""
    row = look.figures
    gates = f"gates passed {_passed(look)} of {row.gated:,}" if row.gated else "no gate checked it"
    told = (
        [gates, f"asked in the shadow of {row.share:.0%} of the requests; its answers are not used"]
        if row.is_shadow
        else [gates, f"{row.escalated:,} escalated", f"{row.fallbacks:,} asked instead of another"]
    )
    errors = [f"{error_class} {count:,}" for error_class, count in row.errors]
    lines = [
        ink((row.model, "bold"), (f"   {row.role} of {row.recipe}", "dim")),
        ink(("record   ", "dim"), " · ".join(told)),
        ink(("failures ", "dim"), (", ".join(errors), "bad") if errors else "none"),
        ink(("breaker  ", "dim"), (_BREAKER[look.breaker], "good" if look.breaker == "closed" else "bad"),
            f"  {look.resting}" if look.resting else "", *_elsewhere(look, now)),
        ink(("rates    ", "dim"), _rates(look)),
    ]  # fmt: skip
    for each in look.latest:
        call = each.call
        mark = ink((f"  {show.glyph('done' if call.status == 'ok' else 'failed')} ",
                    "good" if call.status == "ok" else "bad"))  # fmt: skip
        parts = [
            ink(each.run), ink((call.path, "")), ink((show.when(call.started, now), "dim")),
            ink(show.seconds(call.seconds)), ink(money(call.cost_nano)),
            ink((call.error_class or "", "bad")), ink((each.decision.reason, "dim")),
        ]  # fmt: skip
        lines.append((*mark, *join(parts)))
    return lines


def _elsewhere(look: RouteLook, now: int) -> Line:
    """What the record says of its breaker, perhaps in another process, where that is something else."""
    row = look.figures
    if row.health in ("", "well") or look.resting:
        return ()
    return ink(
        (" here", "dim"), (f" · on record {row.health}", "warn"), (f" {show.when(row.health_at, now)}", "dim")
    )


def _mark(look: RouteLook) -> tuple[str, str]:
    if look.breaker == "closed":
        return (" ● ", "good" if look.figures.health in ("", "well") else "warn")
    return (" ○ ", "bad") if look.breaker == "open" else (" ◐ ", "warn")


def _passed(look: RouteLook) -> str:
    return f"{look.figures.passed / look.figures.gated:.0%}" if look.figures.gated else ""


def _rates(look: RouteLook) -> str:
    state = look.rates
    if state is None:
        return "not asked since the workbench was opened"
    limits = state.limits
    told = [f"{state.in_flight:,} of {limits.at_once:,} in flight"]
    if look.figures.model in state.held:
        told.insert(0, f"its server holds it back {show.seconds(state.held[look.figures.model])} more")
    if limits.requests_per_minute is not None:
        told.append(f"{state.requests:,} of {limits.requests_per_minute:,} requests a minute")
    if limits.tokens_per_minute is not None:
        told.append(f"{state.tokens:,} of {limits.tokens_per_minute:,} tokens a minute")
    if state.waiting:
        told.append(f"{state.waiting:,} wait")
    return " · ".join(told)
