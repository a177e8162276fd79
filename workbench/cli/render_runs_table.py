"""Three runs or more side by side: step by step who answered, what it cost and took, which gates failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, line
from workbench.cli.formats import MARKS, STYLES, duration
from workbench.cli.render_batch import cost_text
from workbench.events import Json
from workbench.usage import dollars, money

if TYPE_CHECKING:
    from workbench.ledger.rows import RunRow, StepRow


def runs_page(runs: Sequence[RunRow], steps: Sequence[Sequence[StepRow]]) -> list[Block]:
    """The runs as columns."""
    columns = [Column("step"), *(Column(run.id, shrink=True) for run in runs)]
    rows: list[list[Piece]] = [["all", *(_whole(run) for run in runs)]]
    known = [{step.path: step for step in each} for each in steps]
    for path in dict.fromkeys(step.path for each in steps for step in each):
        rows.append([path, *(_cell(each.get(path)) for each in known)])
    hint = "two of them step by step, with what differs: "
    return [
        Grid(columns, rows),
        line(),
        line(Span(f"{hint}workbench compare {runs[0].id} {runs[1].id}", "dim")),
    ]


def _whole(run: RunRow) -> Span:
    told = f"{MARKS.get(run.status, '·')} {cost_text(run.cost_nano, run.cost_known)} {duration(run.seconds)}"
    return Span(told, STYLES.get(run.status, ""))


def _cell(step: StepRow | None) -> Piece:
    if step is None:
        return ""
    cost = "cost unknown" if step.cost_nano is None else money(step.cost_nano) if step.cost_nano else ""
    failed = f"{step.gates_failed} gates failed" if step.gates_failed else ""
    parts = [MARKS.get(step.status, "·"), step.model, cost, duration(step.seconds), failed]
    return Span(" ".join(each for each in parts if each), STYLES.get(step.status, ""))


def runs_json(runs: Sequence[RunRow], steps: Sequence[Sequence[StepRow]]) -> Json:
    """The runs as one list."""
    return [
        {
            "run": run.id,
            "recipe": run.recipe,
            "status": run.status,
            "cost_usd": dollars(run.cost_nano) if run.cost_known else None,
            "seconds": run.seconds,
            "steps": [
                {
                    "path": step.path,
                    "status": step.status,
                    "model": step.model or None,
                    "cost_usd": dollars(step.cost_nano),
                    "seconds": step.seconds,
                    "gates_failed": step.gates_failed,
                }
                for step in each
            ],
        }
        for run, each in zip(runs, steps, strict=True)
    ]
