"""Routes and backtests, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.cli.blocks import Block, Column, Grid, Line, Piece, Span, flat
from workbench.cli.formats import duration
from workbench.cli.render_runs import iso
from workbench.events import Json, now
from workbench.routing.learned import ENOUGH
from workbench.study.backtest import Backtest, Row
from workbench.study.judged import GONE
from workbench.study.recovery import Measure
from workbench.study.routes import LATEST_RUNS, RouteFigures
from workbench.study.thresholds import ANEW, SCORED
from workbench.study.what_if import WhatIf
from workbench.usage import dollars, money

COLUMNS = (
    Column("recipe", shrink=True, spare=1),
    Column("role"),
    Column("model"),
    Column("calls", "right"),
    Column("share", "right"),
    Column("cost", "right"),
    Column("time", "right"),
    Column("p95", "right", spare=2),
    Column("gates passed", "right"),
    Column("escalated", "right", spare=2),
    Column("failed", "right"),
    Column("as fallback", "right", spare=2),
    Column("waited", "right", spare=3),
)


def routes_table(rows: Sequence[RouteFigures]) -> list[Block]:
    """One row for each role and model."""
    if not rows:
        return [Line(("no call to a model of a role is on record",))]
    return [Grid(COLUMNS, [_cells(row) for row in rows]), *_breakers(rows)]


def latest_runs(runs: int) -> Line:
    """How much of the record the figures are of, where it is not all."""
    return Line(
        (Span(f"of the latest {LATEST_RUNS} of {runs:,} runs; --since 7d takes all of a week", "dim"),)
    )


def _cells(row: RouteFigures) -> list[Piece]:
    return [
        row.recipe,
        row.role,
        row.model,
        str(row.attempts),
        f"shadow {row.share:.0%}" if row.is_shadow else f"{row.share:.0%}",
        money(row.cost_nano),
        duration(row.seconds),
        duration(row.slow),
        f"{row.passed / row.gated:.0%} of {row.gated}" if row.gated else "",
        str(row.escalated or ""),
        Span(", ".join(f"{name} {count}" for name, count in row.errors), "red") if row.failures else "",
        str(row.fallbacks or ""),
        f"{row.waits}x, {duration(row.waited)}" if row.waits else "",
    ]


def _breakers(rows: Sequence[RouteFigures]) -> list[Block]:
    """What the record says of breakers that were not closed: they live in a process, and end with it."""
    return [
        flat(Span("! ", "yellow"), f"{row.model} (role {row.role} of {row.recipe}): breaker ",
             Span(row.health, "yellow"),
             Span(f", by its latest call {_ago(row.health_at)} ago; a new process asks it again", "dim"))
        for row in rows
        if row.health not in ("", "well")
    ]  # fmt: skip


def _ago(at: int) -> str:
    return duration(max(0, now() - at) / 1e6)


def route_json(row: RouteFigures) -> dict[str, Json]:
    """One role and model for programs."""
    return {
        "recipe": row.recipe, "role": row.role, "model": row.model, "attempts": row.attempts,
        "share": row.share, "cost_usd": dollars(row.cost_nano), "seconds": row.seconds, "gated": row.gated,
        "passed": row.passed, "escalated": row.escalated, "failures": row.failures,
        "fallbacks": row.fallbacks, "p95_seconds": row.slow, "errors": dict(row.errors),
        "breaker": row.health or None, "breaker_at": iso(row.health_at) if row.health else None,
        "waits": row.waits, "waited_seconds": row.waited, "shadow": row.is_shadow,
    }  # fmt: skip


BACKTEST_COLUMNS = (
    Column("policy"),
    Column("passed", "right"),
    Column("95 %", "right"),
    Column("doubly robust", "right", spare=2),
    Column("a call", "right"),
    Column("known", "right"),
    Column("to fill", "right", spare=2),
    Column("models used", shrink=True),
)
AFTER_BAD = (
    "answered only where another's answer was bad, so mostly hard requests: how the others would have gone is"
    " known between bounds only; shadow: in the role would tell"
)
BOUNDED = (
    "hardly a request has the verdicts on two models: how often the second is right where the first is not"
    " is known between bounds only; shadow: in the role would tell"
)


def backtest_page(found: WhatIf) -> list[Block]:
    """The policies side by side, what the change comes to, and how far it can be trusted."""
    result = found.result
    judged = "all judged" if result.labelled == result.calls else f"{result.labelled:,} judged"
    latest = "latest" if found.is_latest else "recorded"
    more = "; --since 7d takes all of a week" if found.is_latest else ""
    told = f"{result.calls:,} {latest} requests of {found.role}, {judged}; policy now: {found.policy}"
    blocks: list[Block] = [
        Line((told, Span(more, "dim"))),
        Grid(BACKTEST_COLUMNS, [_policy_cells(row, result) for row in result.rows]),
        Line((f"{found.otherwise:,} of {result.calls:,} requests would have gone another way",)),
        *_rejudged(found),
        *_gained(result),
        Line((f"cost of a call: {_change(result.cost_gain)}",)),
    ]
    if found.left_out:
        blocks.append(Line((f"never asked, so left out: {', '.join(found.left_out)}",)))
    if result.after_bad and result.has_evidence:
        blocks.append(Line((Span(f"{', '.join(result.after_bad)} {AFTER_BAD}", "dim"),)))
    elif result.is_bounded and result.has_evidence:
        blocks.append(Line((Span(BOUNDED, "dim"),)))
    return blocks


def _policy_cells(row: Row, result: Backtest) -> list[Piece]:
    """One policy; what was not counted is not guessed without evidence."""
    said = result.has_evidence or (row.known == 1 and result.labelled > 0)
    quality = row.quality
    return [
        row.name,
        f"{quality.value:.1%}" if said else "?",
        f"{100 * quality.low:.0f}-{100 * quality.high:.0f}%" if said else "",
        f"{row.robust.value:.1%}" if said and row.robust is not None else "",
        _usd(row.cost.value),
        f"{row.known:.0%}",
        _usd(row.to_fill),
        ", ".join(f"{model} {share:.0%}" for model, share in row.shares.items()),
    ]


def _gained(result: Backtest) -> list[Block]:
    if result.has_evidence:
        return [Line((f"passed: {_points(result.quality_gain)}",))]
    needed = f"{result.labelled} of {ENOUGH} requests judged by gates or people"
    return [Line((Span(f"passed: not enough evidence to say ({needed})", "yellow"),))]


GATE_COLUMNS = (
    Column("gate"),
    Column("of step"),
    Column("answers", "right"),
    Column("passed then", "right"),
    Column("pass now", "right"),
    Column("other verdict", "right"),
    Column("how that is known", shrink=True),
)


def _rejudged(found: WhatIf) -> list[Block]:
    """What the gates of now say of the recorded answers, and how."""
    if not found.gates:
        return []
    some = "answer has" if found.rejudged == 1 else "answers have"
    told = f"{found.rejudged} recorded {some} another verdict by the gates of now"
    cells: list[list[Piece]] = [
        [each.gate, each.place, str(each.checks), "" if each.passed is None else str(each.passed),
         "" if each.how == GONE else "?" if each.passes is None else str(each.passes), str(each.other or ""),
         each.how if each.how in (ANEW, SCORED) else Span(each.how, "yellow")]
        for each in found.gates
    ]  # fmt: skip
    return [Line((told,)), Grid(GATE_COLUMNS, cells)]


def _points(measure: Measure) -> str:
    low, value, high = (100 * each for each in (measure.low, measure.value, measure.high))
    return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})"


def _change(measure: Measure) -> str:
    return f"{_signed(measure.value)} ({_signed(measure.low)} to {_signed(measure.high)})"


def _signed(usd: float) -> str:
    return f"{'-' if usd < 0 else '+'}{_usd(abs(usd))}"


def _usd(usd: float) -> str:
    return money(round(usd * 1e9))


def backtest_json(found: WhatIf) -> dict[str, Json]:
    """A backtest for programs."""
    result = found.result
    return {
        "role": found.role,
        "policy": found.policy,
        "requests": result.calls,
        "labelled": result.labelled,
        "enough_evidence": result.has_evidence,
        "otherwise": found.otherwise,
        "rejudged": found.rejudged,
        "gates": [
            {
                "step": each.place, "gate": each.gate, "answers": each.checks, "passed_then": each.passed,
                "pass_now": None if each.how == GONE else each.passes, "other_verdict": each.other,
                "how": each.how,
            }
            for each in found.gates
        ],
        "left_out": list(found.left_out),
        "rows": [
            {
                "policy": row.name, "passed": _json(row.quality) if result.labelled else None,
                "doubly_robust": _json(row.robust) if result.labelled and row.robust is not None else None,
                "cost_usd": _json(row.cost), "on_record": row.known, "to_fill_usd": row.to_fill,
                "shares": dict(row.shares),
            }
            for row in result.rows
        ],
        "passed_gain": _json(result.quality_gain) if result.labelled else None,
        "cost_gain_usd": _json(result.cost_gain),
        "between_bounds": result.is_bounded,
        "asked_only_after_bad_answers": list(result.after_bad),
        "curve": [
            {"trade": trade, "cost_usd": cost, "passed": passed} for trade, cost, passed in result.curve
        ],
    }  # fmt: skip


def _json(measure: Measure) -> dict[str, float]:
    return {"value": measure.value, "low": measure.low, "high": measure.high}
