"""Two batches side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line, title
from workbench.cli.formats import count, duration
from workbench.cli.render_batch import cost_text
from workbench.events import Json
from workbench.usage import dollars

if TYPE_CHECKING:
    from workbench.ledger.batch_rows import BatchRow
    from workbench.study.compare_batches import BatchComparison, Change, Measure

SHOWN = 10
STYLES = {"superior": "green", "non-inferior": "green", "worse": "bold red", "not decisive": "yellow"}


def batches_page(found: BatchComparison, margin: float) -> list[Block]:
    """Totals, measures with their verdicts, the cases that changed."""
    blocks: list[Block] = [_totals(found), line(), title(f"paired over {count(found.cases, 'case')}")]
    if any(found.alone):
        blocks.append(
            flat(f"not paired: {found.alone[0]:,} only left, {found.alone[1]:,} only right", indent=2)
        )
    blocks.append(_measures(found.measures))
    told = "right minus left, 95 % intervals; verdicts are on the right one, corrected for being many"
    blocks.append(flat(Span(f"{told}; margin {margin:g}", "dim")))
    blocks += _changes("worse on the right", found.regressions)
    blocks += _changes("better on the right", found.improvements)
    for side, cases in zip(("left", "right"), found.flaky, strict=True):
        if cases:
            more = ", …" if len(cases) > SHOWN else ""
            rows = ", ".join(map(row_of, cases[:SHOWN]))
            blocks += [
                line(),
                flat(f"repeats disagree on the {side} in {count(len(cases), 'case')}: {rows}{more}"),
            ]
    return blocks


def _totals(found: BatchComparison) -> Grid:
    columns = [
        Column("", shrink=False),
        Column("batch"),
        Column("recipe", shrink=True),
        Column("runs", "right"),
    ]
    columns += [Column("done", "right"), Column("failed", "right"), Column("cost", "right")]
    columns += [Column("p50", "right"), Column("p95", "right"), Column("tokens in", "right", spare=1)]
    columns += [Column("out", "right", spare=1)]
    rows: list[list[Piece]] = []
    for place, name in enumerate(("left", "right")):
        batch, totals, times = (found.left, found.right)[place], found.totals[place], found.times[place]
        counts = totals.by_status
        rows.append(
            [
                name, batch.id, _variant(batch), f"{sum(counts.values()):,}", f"{counts.get('done', 0):,}",
                f"{counts.get('failed', 0):,}", cost_text(totals.cost_nano, totals.cost_known),
                *(duration(each) for each in times or (None, None)),
                f"{totals.tokens_in:,}", f"{totals.tokens_out:,}",
            ]
        )  # fmt: skip
    return Grid(columns, rows)


def _variant(batch: BatchRow) -> str:
    """The recipe, and what was set in it."""
    models, edits = batch.options.get("models") or {}, batch.options.get("edits") or {}
    changes = [f"{name}={value}" for name, value in {**models, **edits}.items()]
    return " ".join([batch.recipe, *changes])


def _measures(measures: tuple[Measure, ...]) -> Grid:
    columns = [
        Column("measure"),
        Column("left", "right"),
        Column("right", "right"),
        Column("difference", "right"),
    ]
    columns += [Column("interval"), Column("p", "right", spare=1), Column("verdict", shrink=True)]
    return Grid(columns, [_measure(each) for each in measures])


def _measure(each: Measure) -> list[Piece]:
    found = each.difference
    return [
        each.name,
        _figure(each.left, each.unit),
        _figure(each.right, each.unit),
        _figure(found.mean, each.unit, sign="+"),
        f"{_figure(found.low, each.unit, sign='+')} … {_figure(found.high, each.unit, sign='+')}",
        "< 0.001" if found.p < 0.001 else f"{found.p:.3f}",
        Span(each.verdict.text, STYLES[each.verdict.word]),
    ]


def _figure(value: float, unit: str, sign: str = "") -> str:
    if unit == "share":
        return f"{100 * value:{sign}.1f} %"
    if unit == "s":
        return f"{1000 * value:{sign}.0f} ms" if abs(value) < 1 else f"{value:{sign}.2f} s"
    return f"{value:{sign}.3f}" if unit == "score" else f"${value:{sign}.6f}"


def _changes(name: str, changes: tuple[Change, ...]) -> list[Block]:
    if not changes:
        return []
    columns = [Column("row", "right"), Column("measure"), Column("left run"), Column("right run")]
    rows: list[list[Piece]] = [
        [row_of(each.case), each.measure, each.left_run, each.right_run] for each in changes[:SHOWN]
    ]
    blocks: list[Block] = [line(), title(f"{name}: {count(len(changes), 'change')}"), Grid(columns, rows)]
    if len(changes) > SHOWN:
        blocks.append(flat(Span(f"… {len(changes) - SHOWN:,} more", "dim")))
    blocks.append(flat(Span(f"workbench compare {changes[0].left_run} {changes[0].right_run}", "dim")))
    return blocks


def row_of(case: str) -> str:
    """The number of a case's row in the data."""
    return case.rpartition(":")[2]


def batches_json(found: BatchComparison, margin: float) -> Json:
    """The comparison as one object."""
    sides: dict[str, Json] = {}
    for name, batch, totals, times in zip(
        ("left", "right"), (found.left, found.right), found.totals, found.times, strict=True
    ):
        sides[name] = {
            "batch": batch.id, "recipe": batch.recipe, "options": dict(batch.options),
            "by_status": dict(totals.by_status),
            "cost_usd": dollars(totals.cost_nano) if totals.cost_known else None,
            "tokens": {"in": totals.tokens_in, "out": totals.tokens_out},
            "seconds": {"p50": times[0], "p95": times[1]} if times else None,
        }  # fmt: skip
    return {
        **sides,
        "margin": margin,
        "cases": found.cases,
        "only_left": found.alone[0],
        "only_right": found.alone[1],
        "measures": [
            {
                "name": each.name, "unit": each.unit, "left": each.left, "right": each.right,
                "difference": each.difference.mean, "low": each.difference.low,
                "high": each.difference.high, "p": each.difference.p, "cases": each.difference.cases,
                "verdict": each.verdict.word, "more_cases": each.verdict.more_cases,
            }
            for each in found.measures
        ],
        "regressions": [asdict(each) for each in found.regressions],
        "improvements": [asdict(each) for each in found.improvements],
        "flaky": {"left": list(found.flaky[0]), "right": list(found.flaky[1])},
    }  # fmt: skip
