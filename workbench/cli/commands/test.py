"""``workbench test``: a recipe's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RecipesArgument, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.cli.cases import CaseResult
    from workbench.recipe.recipe import Recipe
    from workbench.recipe.tests_file import Case


def test(
    context: typer.Context,
    recipes: RecipesArgument,
    report: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a short summary in Markdown too.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Refuse every model that needs a network.")
    ] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run the cases of recipes' tests.yaml and compare."""
    import asyncio

    from workbench.cli.output import say, say_json
    from workbench.cli.render_tests import case_json, junit, tally
    from workbench.cli.summaries import tests_markdown, write

    here = session(context, database, json)
    planned = [cases_of(reference, here.folder) for reference in recipes]
    results = asyncio.run(_run(here, planned, offline=offline))
    if report is not None:
        write(report, junit(results))
    if markdown is not None:
        write(markdown, tests_markdown(results))
    if here.json:
        say_json([case_json(result) for result in results])
    else:
        say(tally(results))
    return 0 if all(result.passed for result in results) else 1


def cases_of(reference: str, folder: Path) -> tuple[Recipe, tuple[Case, ...]]:
    """A recipe and the cases beside it."""
    from workbench.recipe.load import find, load
    from workbench.recipe.tests_file import TESTS_NAME, read_tests

    path = find(reference, folder)
    recipe = load(path)
    tests = path.parent / TESTS_NAME
    if not tests.is_file():
        raise UsageError(f"{reference} has no {TESTS_NAME}", hint=f"it would be {tests}")
    return recipe, read_tests(tests, recipe)


async def _run(
    here: Session, planned: list[tuple[Recipe, tuple[Case, ...]]], *, offline: bool
) -> list[CaseResult]:
    from workbench.cli.cases import run_case
    from workbench.cli.output import say
    from workbench.cli.render_tests import case_blocks

    results = []
    bench = here.bench(offline=offline)
    try:
        for recipe, cases in planned:
            for case in cases:
                results.append(await run_case(bench, recipe, case))
                if not here.json:
                    say(*case_blocks(results[-1]))
    finally:
        await bench.close()
    return results
