"""Runs and the steps of one run, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line, title
from workbench.cli.formats import clock, count, duration, moment, short, size, state, value_text
from workbench.cli.render_outputs import named_value, output_blocks
from workbench.events import Json
from workbench.ledger.rows import RunReport, RunRow, StepRow
from workbench.usage import dollars, money

INPUT_SHOWN = 100

RUN_COLUMNS = (
    Column("run"),
    Column("recipe", shrink=True),
    Column("status"),
    Column("mode"),
    Column("calls", "right", spare=1),
    Column("cost", "right"),
    Column("time", "right"),
    Column("started"),
    Column("models", shrink=True, spare=3),
)
STEP_COLUMNS = (
    Column("step"),
    Column("verb", spare=2),
    Column("status"),
    Column("model", shrink=True),
    Column("tries", "right"),
    Column("cost", "right"),
    Column("time", "right"),
    Column("gates"),
    Column("why", shrink=True, spare=1),
)


def runs_table(rows: Sequence[RunRow]) -> Grid:
    """Runs, newest first."""
    return Grid(RUN_COLUMNS, [_run_cells(row) for row in rows])


def _run_cells(row: RunRow) -> list[Piece]:
    return [
        row.id,
        row.recipe,
        state(row.status),
        "" if row.mode == "live" else row.mode,
        f"{row.calls:,}",
        money(row.cost_nano, at_least=not row.cost_known),
        duration(row.seconds),
        Span(moment(row.started), "dim"),
        Span(" ".join(row.models), "dim"),
    ]


def steps_table(rows: Sequence[StepRow]) -> Grid:
    """The steps of a run, in the order they started."""
    return Grid(STEP_COLUMNS, [_step_cells(row) for row in rows])


def _step_cells(row: StepRow) -> list[Piece]:
    asked = row.attempts or row.reused
    return [
        row.path,
        row.verb,
        state(row.status),
        row.model,
        tries(row),
        money(row.cost_nano) if asked else "",
        duration(row.seconds),
        gates_cell(row.gates_passed, row.gates_failed),
        Span(short(row.error or row.reason, 200), "red" if row.error else "dim"),
    ]


def tries(row: StepRow) -> str:
    """Attempts made, or that the answers were recorded."""
    if row.attempts:
        return str(row.attempts)
    return "recorded" if row.reused else ""


def gates_cell(passed: int, failed: int) -> Piece:
    """How many checks passed and failed."""
    if not passed and not failed:
        return ""
    if not failed:
        return Span(f"✓ {passed}", "green")
    return Span(f"✓ {passed}  ✗ {failed}" if passed else f"✗ {failed}", "yellow")


NOTHING_SAID = RunReport()


def run_head(row: RunRow) -> list[Block]:
    """A run in a few lines: what, how it ended, what it took."""
    totals = (
        count(row.steps, "step"),
        count(row.calls, "call"),
        f"{row.reused:,} recorded" if row.reused else "",
        money(row.cost_nano, at_least=not row.cost_known),
        f"saved {money(row.saved_nano)}" if row.saved_nano else "",
        duration(row.seconds),
        f"{row.tokens_in:,} tokens in, {row.tokens_out:,} out" if row.tokens_known else "tokens ?",
    )
    blocks: list[Block] = [
        flat(Span(f"run {row.id}", "bold"), f"  {row.recipe}  ", state(row.status), f"  {row.mode}"),
        flat(" · ".join(total for total in totals if total)),
        flat(Span(f"started {clock(row.started)}  recipe {row.recipe_hash[:12]}", "dim"), _parent(row)),
    ]
    if row.error:
        where = f"{row.error_path}: " if row.error_path else ""
        blocks.append(line(Span(f"{row.error_class or 'error'}: ", "bold red"), where, row.error))
    return blocks


def _parent(row: RunRow) -> Span:
    return Span(f"  of run {row.parent}" if row.parent else "", "dim")


def run_page(
    row: RunRow,
    steps: Sequence[StepRow],
    total: int,
    outputs: Mapping[str, Json],
    texts: int = 0,
    report: RunReport = NOTHING_SAID,
) -> list[Block]:
    """All that ``show RUN`` tells; ``texts`` is the size of what it keeps, in bytes."""
    blocks: list[Block] = [*run_head(row)]
    if texts:
        blocks.append(flat(Span(f"{size(texts)} of texts in the record", "dim")))
    blocks.append(line())
    if row.inputs:
        blocks += [title("inputs"), *_inputs(row.inputs), line()]
    if steps:
        blocks += [title("steps"), steps_table(steps)]
    if total > len(steps):
        blocks.append(flat(Span(f"… {total - len(steps):,} steps more; --limit shows them", "dim")))
    if outputs:
        blocks += [line(), title("outputs"), *output_blocks(outputs)]
    return [*blocks, *report_blocks(report)]


def report_blocks(report: RunReport) -> list[Block]:
    """Where the outputs came from, what is missing, what was used of each limit."""
    blocks: list[Block] = []
    if report.came_from:
        blocks += [line(), title("came from")]
        for name, ways in report.came_from.items():
            told = ", ".join(_way(way) for way in ways)
            blocks.append(flat(Span(f"{name}: ", "bold"), told or "no step"))
    if report.missing:
        blocks += [line(), title("missing")]
        blocks += [flat(Span(f"{each.path}: ", "bold yellow"), each.why) for each in report.missing]
    if report.budgets:
        blocks += [line(), title("budgets")]
    for each in report.budgets:
        near = each.used >= 0.8 * each.limit
        name = f"{each.level} {each.name}" if each.name else each.level
        used, limit = (_amount(each.measure, value) for value in (each.used, each.limit))
        blocks.append(flat(Span(f"{name}: ", "bold"), Span(f"{used} of {limit}", "yellow" if near else "")))
    return blocks


def _way(way: Mapping[str, Json]) -> str:
    by = [*way.get("models", ()), *([way["by"]] if way.get("by") else [])]
    return f"{way['step']} ({', '.join(by)})" if by else str(way["step"])


def _amount(measure: str, value: float) -> str:
    if measure == "usd":
        return money(round(value))
    return duration(value) if measure == "seconds" else f"{value:,.0f} {measure}"


def _inputs(inputs: Mapping[str, Json]) -> list[Block]:
    return [
        block
        for name, value in inputs.items()
        for block in named_value(name, short(value_text(value), INPUT_SHOWN))
    ]


def run_json(row: RunRow) -> dict[str, Json]:
    """One run for programs; the names are those of ``run --json``."""
    return {
        "run": row.id,
        "number": row.number,
        "recipe": row.recipe,
        "recipe_hash": row.recipe_hash,
        "mode": row.mode,
        "status": row.status,
        "parent": row.parent,
        "started": iso(row.started),
        "finished": None if row.finished is None else iso(row.finished),
        "seconds": row.seconds,
        "inputs": dict(row.inputs),
        "cost_usd": dollars(row.cost_nano) if row.cost_known else None,
        "saved_usd": dollars(row.saved_nano),
        "tokens": {"in": row.tokens_in, "out": row.tokens_out, "cached": row.tokens_cached},
        "calls": row.calls,
        "reused": row.reused,
        "steps": row.steps,
        "models": list(row.models),
        "error": row.error,
    }


def iso(micros: int) -> str | None:
    """A moment as ISO 8601 in UTC; None for a date no calendar has."""
    try:
        return datetime.fromtimestamp(micros / 1e6, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None
