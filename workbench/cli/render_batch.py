"""How a batch is shown: its beginning, how it stands, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Line, Piece, Span, flat, line
from workbench.cli.formats import MARKS, STYLES, count, duration, short
from workbench.events import Json
from workbench.usage import dollars, money

if TYPE_CHECKING:
    from workbench.batch.tally import Tally
    from workbench.study.batches import BatchResult, Opening

BAR = 24
PREVIEW = 60
EIGHTHS = " ▏▎▍▌▋▊▉"


def opening_blocks(opening: Opening) -> list[Block]:
    """What is about to run, with the first row as a preview of the mapping."""
    found, tally = opening.survey, opening.tally
    what = count(found.rows, "row")
    if tally.total != found.rows:
        what += f", {count(tally.total, 'run')}"
    verb = "goes on with" if opening.resumed else "runs"
    told: list[Piece] = [Span("batch ", "bold"), opening.batch, f" {verb} {opening.recipe} over {what} of "]
    blocks: list[Block] = [flat(*told, str(opening.data))]
    for name, column in opening.mapping.columns.items():
        value = found.first.values.get(column)
        text = value if isinstance(value, str) else repr(value)
        blocks.append(flat(f"{name} ← {column}: ", Span(short(text, PREVIEW), "dim"), indent=2))
    if tally.before:
        blocks.append(flat(f"{count(tally.before, 'run')} had ended before", indent=2))
    return blocks


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
        blocks.append(flat("the last failure: ", Span(short(tally.last_error, 300), "red"), indent=2))
    if row.status == "over_budget":
        blocks.append(line(Span("hint: ", "bold"), "raise --budget-usd and add --resume"))
    return blocks


def batch_json(result: BatchResult) -> Json:
    """A batch as one object."""
    row, totals, tally = result.row, result.totals, result.tally
    return {
        "batch": row.id,
        "recipe": row.recipe,
        "recipe_hash": row.recipe_hash,
        "data": row.data,
        "status": row.status,
        "rows": row.rows,
        "repeat": row.repeat,
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
    }
