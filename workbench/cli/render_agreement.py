"""Gates against labels by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat
from workbench.events import Json

if TYPE_CHECKING:
    from workbench.study.agreement import Agreement

NOTHING = "no label is on record of a run that a gate checked; give one: workbench label RUN good"
LEGEND = "precision: the share of the stopped that is bad; recall: the share of the bad that was stopped"


def agreement_page(found: Sequence[Agreement]) -> list[Block]:
    """A row for each gate, and a threshold that would do better."""
    if not found:
        return [flat(NOTHING)]
    columns = [Column("recipe"), Column("gate"), Column("good passed", "right"), Column("stopped", "right")]
    columns += [Column("bad passed", "right"), Column("stopped", "right"), Column("precision", "right")]
    columns += [Column("recall", "right"), Column("would do better", shrink=True)]
    rows: list[list[Piece]] = [
        [
            each.recipe, f"{each.path}: {each.gate}", f"{each.good_passed:,}", f"{each.good_stopped:,}",
            f"{each.bad_passed:,}", f"{each.bad_stopped:,}", share(each.precision), share(each.recall),
            Span(better(each), "green"),
        ]
        for each in found
    ]  # fmt: skip
    return [Grid(columns, rows), flat(Span(LEGEND, "dim"))]


def share(value: float | None) -> str:
    """A share in percent; a dash where there is none."""
    return "–" if value is None else f"{value:.0%}"


def better(each: Agreement) -> str:
    """The suggested threshold in words; empty where there is none."""
    if each.better is None:
        return ""
    told = f"stops {each.better.catches:.0%} of the bad, {each.better.stops:.0%} of the good"
    return f"at_least: {each.better.at_least:g} ({told})"


def agreement_json(found: Sequence[Agreement]) -> list[dict[str, Json]]:
    """The same for programs."""
    return [{**asdict(each), "precision": each.precision, "recall": each.recall} for each in found]
