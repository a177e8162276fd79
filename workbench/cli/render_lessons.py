"""What a role's record teaches, as a page and as JSON."""

from __future__ import annotations

from workbench.cli.blocks import Block, Column, Grid, Line, Piece, Span
from workbench.events import Json
from workbench.routing.learned import ENOUGH
from workbench.study.lessons import Lesson, Taught
from workbench.usage import money

MODELS = (
    Column("model", shrink=True),
    Column("judged", "right"),
    Column("passed", "right"),
    Column("a request", "right"),
    Column("told apart", "right"),
)
PROMISES = (
    Column("promised"),
    Column("expected", "right"),
    Column("saved", "right"),
    Column("trade", "right"),
)
MOST_STEPS = 20


def lesson_page(found: Lesson) -> list[Block]:
    """How much is known, what of each model, and what promises of quality would save."""
    latest = "latest" if found.is_latest else "recorded"
    head = f"{found.requests:,} {latest} requests of {found.role}, {found.evidence:,} judged; learnt in"
    blocks: list[Block] = [
        Line((f"{head} {found.seconds:.1f} s",)),
        Grid(MODELS, [_cells(each) for each in found.models]),
        *(Line((f"{each.model} is not weighed: {each.not_weighed}",))
          for each in found.models if each.not_weighed),
    ]  # fmt: skip
    if not found.has_evidence:
        told = f"not enough evidence: {found.evidence} of {ENOUGH} judged requests"
        rule = "until then long requests go to the dearest model, others to the cheapest"
        return [*blocks, Line((Span(f"{told}; {rule}", "yellow"),))]
    weighed = [each for each in found.models if each.by_step]
    steps = list(weighed[0].by_step) if weighed else []
    if len(steps) > 1:
        columns = (Column("chance at step", shrink=True), *(Column(each.model, "right") for each in weighed))
        rows: list[list[Piece]] = [
            [step, *(f"{each.by_step[step]:.2f}" for each in weighed)] for step in steps[:MOST_STEPS]
        ]
        blocks.append(Grid(columns, rows))
    if not found.promises:
        return blocks
    blocks.append(Grid(PROMISES, [
        [f"{share:.0%} of the best model's passes", f"{trade.quality:.1%}", f"{trade.saving:.0%}",
         f"{trade.trade:.3g}"]
        for share, trade in found.promises
    ]))  # fmt: skip
    return blocks


def _cells(each: Taught) -> list[Piece]:
    return [
        each.model,
        str(each.judged),
        f"{each.passed / each.judged:.1%}" if each.judged else "",
        "unknown" if each.cost is None else money(round(each.cost * 1e9)),
        "" if each.apart is None else f"{each.apart:.2f}",
    ]


def lesson_json(found: Lesson) -> dict[str, Json]:
    """A lesson for programs."""
    return {
        "role": found.role,
        "requests": found.requests,
        "judged": found.evidence,
        "enough_evidence": found.has_evidence,
        "seconds": found.seconds,
        "models": [
            {
                "model": each.model, "judged": each.judged, "passed": each.passed, "cost_usd": each.cost,
                "auroc": each.apart, "by_step": dict(each.by_step), "not_weighed": each.not_weighed or None,
            }
            for each in found.models
        ],
        "promises": [
            {"promised": share, "expected": trade.quality, "lowest": trade.lowest, "saved": trade.saving,
             "trade": trade.trade}
            for share, trade in found.promises
        ],
    }  # fmt: skip
