"""Runs the samples of the demo one after the other, and tells what happened."""

from __future__ import annotations

import asyncio

from workbench.cli.errors import explain
from workbench.cli.output import say, say_json, tell
from workbench.cli.render_demo import Shown, demo_page
from workbench.cli.render_progress import sample_line
from workbench.cli.samples import Sample, sample_recipes
from workbench.cli.session import Session
from workbench.errors import RecipeError
from workbench.study.bench import Bench, Result


def show_samples(here: Session) -> int:
    """Run them all; 1 when one failed or cannot run.  Nothing is copied where the record cannot be opened."""
    return asyncio.run(_show(here))


async def _show(here: Session) -> int:
    bench = here.bench()
    shown: list[Shown] = []
    refused = False
    try:
        samples = sample_recipes(here.folder)
        for number, sample in enumerate(samples, 1):
            tell(sample_line(number, len(samples), sample.recipe.parent.name, sample.name))
            try:
                result = await _run(bench, sample)
            except RecipeError as error:
                tell(*explain(error))
                refused = True
                continue
            row, steps = bench.reader.run(result.run), bench.reader.steps(result.run)
            shown.append(Shown(row, tuple(steps), sample.name))
        if here.json:
            from workbench.study.summary import summary

            say_json([summary(bench.reader, each.row.id) for each in shown])
        else:
            say(*demo_page(shown, here.database))
    finally:
        await bench.close()
    return int(refused or any(each.row.status in ("failed", "crashed") for each in shown))


async def _run(bench: Bench, sample: Sample) -> Result:
    from workbench.recipe.load import load

    recipe = load(sample.recipe)
    return await bench.run(recipe, sample.inputs)
