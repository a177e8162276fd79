"""Old recordings through a recipe as it is now: the regression test that costs nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import RecipeError, UsageError

if TYPE_CHECKING:
    from workbench.cli.session import Session
    from workbench.ledger.rows import RunRow
    from workbench.study.bench import Bench
    from workbench.study.departures import Departure

DEPARTED = 1
USUAL = 50


@dataclass(frozen=True, slots=True)
class Passed:
    """One past run, and where the recipe leaves its recording; None when it does not."""

    run: RunRow
    recipe: str
    departure: Departure | None


def replay_through(here: Session, run: str, recipe: str) -> int:
    """One recording through a recipe; 1 when it departs."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_against import passed_json, passed_page
    from workbench.cli.render_differences import screen_width
    from workbench.recipe.load import find

    passed = asyncio.run(_one(here, run, find(recipe, here.folder)))
    if here.json:
        say_json(passed_json(passed))
    else:
        say(*passed_page(passed, screen_width()))
    return DEPARTED if passed.departure else 0


def check_against(here: Session, paths: list[Path], against: str) -> int:
    """The last recordings of recipes through what the recipes are now; 1 when one departs."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_against import against_page, passed_json
    from workbench.cli.render_differences import screen_width

    passed = asyncio.run(_all(here, paths, _limit(against)))
    if here.json:
        say_json([passed_json(each) for each in passed])
    else:
        say(*against_page(passed, screen_width()))
    return DEPARTED if any(each.departure for each in passed) else 0


def _limit(against: str) -> int:
    """How many runs ``last:50`` means."""
    word, colon, number = against.partition(":")
    if word != "last" or (colon and not (number.isascii() and number.isdigit() and 0 < int(number) < 10**6)):
        raise UsageError(f"--against {against!r} names no runs", hint=f"--against last:{USUAL}")
    return int(number) if colon else 1


async def _one(here: Session, run: str, path: Path) -> Passed:
    here.need_record()
    bench = here.bench()
    try:
        return await _passed(bench, bench.reader.run(run), path)
    finally:
        await bench.close()


async def _all(here: Session, paths: list[Path], limit: int) -> list[Passed]:
    from workbench.recipe.load import load

    here.need_record()
    bench = here.bench()
    try:
        found: list[Passed] = []
        for path in paths:
            rows = _comparable(bench, load(path).document.name, limit)
            found += [await _passed(bench, row, path) for row in rows]
        return found
    finally:
        await bench.close()


def _comparable(bench: Bench, recipe: str, limit: int) -> list[RunRow]:
    """The last runs of a recipe that came to an end of their own, replays left out."""
    from workbench.ledger.rows import RunFilter

    rows: list[RunRow] = []
    offset = 0
    while len(rows) < limit and (page := bench.reader.runs(200, offset, RunFilter(recipe=recipe))):
        rows += [row for row in page if row.mode != "replay" and row.status in ("done", "failed", "waiting")]
        offset += len(page)
    return rows[:limit]


async def _passed(bench: Bench, row: RunRow, path: Path) -> Passed:
    """A run through the recipe, with the values that were set for that run."""
    from workbench.recipe.load import load
    from workbench.study.departures import Departure
    from workbench.study.regression import departure

    try:
        recipe = load(path, edits=bench.reader.snapshot(row.id).edits or None)
        return Passed(row, recipe.document.name, await departure(bench, row.id, recipe))
    except RecipeError as error:
        return Passed(row, path.parent.name, Departure("inputs", error.message))
