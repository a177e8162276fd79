"""What the demo tells: a table of its runs, and how to look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line, title
from workbench.cli.formats import duration, short, state, value_text, with_database
from workbench.cli.render_runs import gates_cell
from workbench.ledger.rows import RunRow, StepRow
from workbench.usage import add_known, money

COLUMNS = (
    Column("run", spare=2),
    Column("recipe"),
    Column("input", shrink=True),
    Column("status"),
    Column("route", shrink=True),
    Column("gates"),
    Column("cost", "right"),
    Column("time", "right"),
)
INPUT_SHOWN = 44


@dataclass(frozen=True, slots=True)
class Shown:
    """One run of the demo."""

    row: RunRow
    steps: tuple[StepRow, ...]
    name: str = ""


def demo_page(shown: Sequence[Shown], database: Path | None) -> list[Block]:
    """The table, the totals, and what to type next."""
    cost, known = add_known(*(each.row.cost_nano for each in shown))
    known = known and all(each.row.cost_known for each in shown)
    seconds = sum(each.row.seconds or 0.0 for each in shown)
    calls = sum(each.row.calls for each in shown)
    totals = f"{len(shown)} runs · {calls:,} calls · {money(cost, at_least=not known)} · {duration(seconds)}"
    return [
        Grid(COLUMNS, [_cells(each) for each in shown]),
        line(),
        flat(totals),
        line(),
        *_next(shown, database),
    ]


def _cells(shown: Shown) -> list[Piece]:
    row = shown.row
    return [
        Span(row.id, "dim"),
        row.recipe,
        shown.name or _input(row),
        state(row.status),
        " ".join(row.models),
        gates_cell(
            sum(step.gates_passed for step in shown.steps), sum(step.gates_failed for step in shown.steps)
        ),
        money(row.cost_nano, at_least=not row.cost_known),
        duration(row.seconds),
    ]


def _input(row: RunRow) -> str:
    first = next(iter(row.inputs.values()), "")
    return short(value_text(first), INPUT_SHOWN)


def _next(shown: Sequence[Shown], database: Path | None) -> list[Block]:
    at = with_database(database)
    waiting = next((each.row.id for each in shown if each.row.status == "waiting"), None)
    commands = [
        (f"workbench{at}", "open the workbench on these runs"),
        (f"workbench runs{at}", "list them"),
        (f"workbench show last{at}", "the steps of the last one"),
        (f"workbench replay last{at}", "the same again, calling nobody"),
    ]
    if waiting:
        commands.append((f"workbench resume {waiting}{at}", "answer what this one asks a person"))
    width = max(len(command) for command, _ in commands)
    return [
        title("look at them"),
        *(flat(f"{command:<{width}}  ", Span(does, "dim"), indent=2) for command, does in commands),
    ]
