"""Old recordings through a recipe: which held, which departed and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.cli.against import Passed
from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line
from workbench.cli.formats import moment
from workbench.cli.render_differences import difference_blocks
from workbench.cli.render_explain import difference_json
from workbench.events import Json

COLUMNS = (
    Column(""),
    Column("run"),
    Column("recipe", shrink=True, spare=1),
    Column("started", spare=2),
    Column("first at", shrink=True),
    Column("why", shrink=True),
)
DETAILED = 3
"""Departures whose differences are shown; the others are named in the table."""


def passed_page(passed: Passed, width: int) -> list[Block]:
    """One recording through a recipe."""
    departure = passed.departure
    if departure is None:
        return [
            flat(Span("✓ ", "green"), f"run {passed.run.id} goes through {passed.recipe} as it was recorded")
        ]
    blocks: list[Block] = [
        flat(
            Span("✗ ", "red"),
            f"run {passed.run.id} departs at ",
            Span(departure.path, "bold"),
            f": {departure.told}",
        )
    ]
    for difference in departure.differences:
        blocks += difference_blocks(difference, width)
    return blocks


def against_page(passed: Sequence[Passed], width: int) -> list[Block]:
    """Many recordings through recipes: a table, the first differences, a tally."""
    if not passed:
        return [flat(Span("no past runs to hold it against", "yellow"))]
    departed = [each for each in passed if each.departure]
    blocks: list[Block] = [Grid(COLUMNS, [_cells(each) for each in passed]), line()]
    shown: set[tuple[str, str]] = set()
    for each in departed:
        assert each.departure is not None
        alike = (each.departure.path, each.departure.told)
        if alike not in shown and len(shown) < DETAILED:
            blocks += [*passed_page(each, width), line()]
        shown.add(alike)
    held = len(passed) - len(departed)
    if not departed:
        return [*blocks, flat(Span(f"✓ {held:,} went through as recorded", "bold green"))]
    places = Counter(each.departure.path for each in departed if each.departure)
    named = ", ".join(f"{path} ×{number:,}" for path, number in places.most_common())
    tally = f"✗ {len(departed):,} departed, {held:,} went through as recorded"
    return [*blocks, flat(Span(tally, "bold red"), f"   first at {named}")]


def _cells(passed: Passed) -> list[Piece]:
    departure = passed.departure
    return [
        Span("✗", "red") if departure else Span("✓", "green"),
        passed.run.id,
        passed.recipe,
        Span(moment(passed.run.started), "dim"),
        departure.path if departure else "",
        departure.told if departure else "",
    ]


def passed_json(passed: Passed) -> dict[str, Json]:
    """One recording through a recipe, for programs."""
    departure = passed.departure
    return {
        "run": passed.run.id,
        "recipe": passed.recipe,
        "same": departure is None,
        "departure": None
        if departure is None
        else {
            "path": departure.path,
            "reason": departure.told,
            "differences": [difference_json(each) for each in departure.differences],
        },
    }
