"""How a batch is shown: its beginning, how it stands, how it ended."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Line, Piece, Span, flat, line
from workbench.cli.formats import MARKS, STYLES, count, duration, short, with_database
from workbench.cli.render_problems import near, problem_json
from workbench.events import Json
from workbench.usage import dollars, money

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.batch.tally import Tally
    from workbench.study.batch_plan import BatchPlan
    from workbench.study.batches import BatchResult, Opening, Prepared

BAR = 24
PREVIEW = 60
VARIANTS_SHOWN = 12
EIGHTHS = " ▏▎▍▌▋▊▉"


def opening_blocks(opening: Opening) -> list[Block]:
    """What is about to run, with the first row as a preview of the mapping."""
    verb = "goes on with" if opening.resumed else "runs"
    blocks = prepared_blocks(opening.ready, Span("batch ", "bold"), f"{opening.batch} {verb}")
    if opening.tally.before:
        blocks.append(flat(f"{count(opening.tally.before, 'run')} had ended before", indent=2))
    return blocks


def prepared_blocks(ready: Prepared, *begins: Piece) -> list[Block]:
    """A batch that could begin: the mapping with a preview, and what it will ask."""
    found, plan = ready.survey, ready.plan
    what = count(found.rows, "row")
    if plan.runs != found.rows:
        what += f", {count(plan.runs, 'run')}"
    if ready.options.shard:
        what += f" (part {ready.options.shard})"
    told = f" {ready.recipes[0].name} over {what} of {ready.data}"
    blocks: list[Block] = [flat(*begins, told)]
    for name, column in ready.mapping.columns.items():
        value = found.first.values.get(column)
        text = value if isinstance(value, str) else repr(value)
        blocks.append(flat(f"{name} ← {column}: ", Span(short(text, PREVIEW), "dim"), indent=2))
    unset = [name for name in ready.recipes[0].document.inputs if name not in ready.mapping.columns]
    if unset:
        blocks.append(flat(f"by default: {', '.join(unset)}", indent=2))
    for number, variant in enumerate(ready.options.variants[:VARIANTS_SHOWN], 1):
        blocks.append(flat(f"variant {number}: {variant.name}", indent=2))
    if len(ready.options.variants) > VARIANTS_SHOWN:
        blocks.append(flat(f"… {count(len(ready.options.variants), 'variant')}", indent=2))
    blocks.append(flat(asks_text(plan), indent=2))
    for each in ready.warnings:
        place = f" ({near(each.file)}:{each.line}:{each.column})" if each.line else ""
        blocks.append(flat(Span("! ", "yellow"), f"{each.message}{place}", indent=2))
    return blocks


def asks_text(plan: BatchPlan) -> str:
    """How often a batch will ask, in words."""
    models, others = plan.model_asks, plan.asks - plan.model_asks
    parts = [count(models, "model call")] if models else []
    if others:
        parts.append(f"{others:,} of tools, data and people")
    told = " and ".join(parts) or "nothing"
    about = (
        "asks" if plan.is_plain and not plan.variants else "asks at most" if plan.is_plain else "asks about"
    )
    if plan.variants and plan.apart > plan.asks:
        told += f", each distinct one once ({plan.apart:,} without sharing)"
    return f"{about} {told}"


def progress_line(tally: Tally) -> Line:
    """How a batch stands, on one line: the bar, counts, speed, cost, time left."""
    share = tally.done / tally.total if tally.total else 1.0
    pieces: list[Piece] = [Span(bar(share), "cyan"), f" {tally.done:,}/{tally.total:,}"]
    if tally.speed is not None:
        pieces.append(f" · {speed_text(tally.speed)}")
    pieces.append(f" · {cost_text(tally.cost_nano, tally.cost_known)}")
    pieces += _counts(tally.ended, ("failed", "waiting", "over_budget"))
    left = tally.seconds_left
    if left is not None and tally.done < tally.total:
        pieces.append(f" · {duration(left)} left")
    return flat(*pieces)


def bar(share: float) -> str:
    """A bar as long as ``share`` of its room."""
    eighths = round(min(max(share, 0.0), 1.0) * BAR * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(BAR, "·")


def speed_text(speed: float) -> str:
    """Runs a second, or a minute where they are slow."""
    if speed < 1:
        return f"{speed * 60:.1f} runs/min"
    return f"{speed:,.0f} runs/s" if speed >= 10 else f"{speed:.1f} runs/s"


def cost_text(nano: int, known: bool) -> str:
    """A cost that may be a lower bound."""
    return money(nano) if known else f"{money(nano)} or more"


def _counts(by_status: Mapping[str, int], statuses: tuple[str, ...]) -> list[Piece]:
    return [
        Span(f" · {by_status[status]:,} {status.replace('_', ' ')}", STYLES.get(status, ""))
        for status in statuses
        if by_status.get(status)
    ]


def ending_blocks(result: BatchResult) -> list[Block]:
    """How a batch ended."""
    row, totals, tally = result.row, result.totals, result.tally
    ran = sum(totals.by_status.values())
    mark = Span(f"{MARKS.get(row.status, '·')} ", STYLES.get(row.status, ""))
    pieces: list[Piece] = [mark, f"batch {row.id} {row.status.replace('_', ' ')}: {count(ran, 'run')}"]
    pieces += _counts(totals.by_status, ("done", "failed", "waiting", "over_budget", "cancelled", "crashed"))
    pieces.append(f" · {duration(tally.seconds)}")
    if tally.here and tally.seconds > 0:
        pieces.append(f", {speed_text(tally.here / tally.seconds)}")
    pieces.append(f" · {cost_text(totals.cost_nano, totals.cost_known)}")
    blocks: list[Block] = [flat(*pieces)]
    if tally.last_error:
        told = "why" if row.status == "over_budget" else "the last failure"
        blocks.append(flat(f"{told}: ", Span(short(tally.last_error, 300), "red"), indent=2))
    if result.stopped:
        blocks.append(flat(Span(f"stopped: {result.stopped}", "yellow"), indent=2))
    return blocks


def next_blocks(result: BatchResult, recipe: str, database: Path | None, *, interrupted: bool) -> list[Block]:
    """What one does next, as commands; ``recipe`` and ``database`` as the user named them."""
    row, by_status = result.row, result.totals.by_status
    at = with_database(database)
    again = f"workbench batch {shlex.quote(recipe)} --data {shlex.quote(row.data)} --resume{at}"
    told = []
    if row.status == "over_budget":
        told.append(f"with a higher --budget-usd: {again}")
    elif interrupted or result.stopped:
        told.append(f"{'to go on' if interrupted else 'when that is mended'}: {again}")
    elif by_status.get("failed"):
        told.append(f"to try the failed again: workbench rerun --batch {row.id} --errors{at}")
    if by_status.get("waiting") and not interrupted:
        told.append(f"to see who waits for a person: workbench runs --status waiting{at}")
    return [line(Span("hint: ", "bold"), each) for each in told]


def prepared_json(ready: Prepared) -> Json:
    """A batch that could begin, as one object."""
    first, plan = ready.survey.first, ready.plan
    return {
        "recipe": ready.recipes[0].name,
        "data": str(ready.data),
        "rows": ready.survey.rows,
        "runs": plan.runs,
        "mapping": {
            name: {"column": column, "first": first.values.get(column)}
            for name, column in ready.mapping.columns.items()
        },
        "variants": [each.name for each in ready.options.variants],
        "asks": plan.asks,
        "model_asks": plan.model_asks,
        "without_sharing": plan.apart,
        "exact": plan.is_plain,
        "warnings": [problem_json(each) for each in ready.warnings],
        "steps": [
            {"path": each.path, "asks": each.a_case * plan.cases, "once_a_run": each.is_plain}
            for each in plan.steps
        ],
    }


def batch_json(result: BatchResult) -> Json:
    """A batch as one object."""
    from workbench.study.batch_options import BatchOptions

    row, totals, tally = result.row, result.totals, result.tally
    return {
        "batch": row.id,
        "recipe": row.recipe,
        "recipe_hash": row.recipe_hash,
        "data": row.data,
        "status": row.status,
        "rows": row.rows,
        "repeat": row.repeat,
        "variants": [each.name for each in BatchOptions.of_record(row).variants],
        "runs": sum(totals.by_status.values()),
        "by_status": dict(totals.by_status),
        "ran_now": tally.here,
        "cost_usd": dollars(totals.cost_nano) if totals.cost_known else None,
        "saved_usd": dollars(totals.saved_nano),
        "tokens": {"in": totals.tokens_in, "out": totals.tokens_out},
        "calls": totals.calls,
        "reused": totals.reused,
        "seconds": tally.seconds,
        "runs_a_second": tally.here / tally.seconds if tally.seconds > 0 else None,
        "last_error": tally.last_error or None,
        "stopped": result.stopped or None,
    }
