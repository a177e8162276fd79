"""``workbench test``: a recipe's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import OfflineOption
from workbench.cli.completion import recipe_names
from workbench.cli.session import DatabaseOption, JsonOption, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.recipe.recipe import Recipe
    from workbench.recipe.tests_file import Case
    from workbench.study.case_runs import CaseResult


def test(
    context: typer.Context,
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RECIPE",
            help="Folders, recipe.yaml files, or names under recipes/.",
            autocompletion=recipe_names,
        ),
    ] = None,
    keep: Annotated[
        str, typer.Option("--keep", metavar="RUN", help="Keep a run as a case of its recipe; tests nothing.")
    ] = "",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="With --keep: what to call the case.")
    ] = "",
    live: Annotated[
        bool, typer.Option("--live", help="Ask anew; else an earlier run on the same inputs answers.")
    ] = False,
    repeat: Annotated[
        int,
        typer.Option(
            "--repeat", metavar="N", min=1, help="Run each case so often; names those that are flaky."
        ),
    ] = 1,
    report: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a short summary in Markdown too.")
    ] = None,
    offline: OfflineOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run the cases of recipes' tests.yaml and compare."""
    import asyncio

    from workbench.cli.output import say, say_json
    from workbench.cli.render_tests import case_json, junit, tally
    from workbench.cli.summaries import tests_markdown, write

    here = session(context, database, json)
    if keep:
        return _keep(here, keep, name, recipes)
    if not recipes:
        raise UsageError("which recipe?", hint="workbench test RECIPE, or --keep RUN")
    planned = [cases_of(reference, here.folder) for reference in recipes]
    results = asyncio.run(_run(here, planned, offline=offline, live=live, repeats=repeat))
    if report is not None:
        write(report, junit(results))
    if markdown is not None:
        write(markdown, tests_markdown(results))
    if here.json:
        say_json([case_json(result) for result in results])
    else:
        say(tally(results))
    return 0 if all(result.passed for result in results) else 1


def _keep(here: Session, reference: str, name: str, recipes: list[str] | None) -> int:
    """Keep a run as a case."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.cli.render_problems import near
    from workbench.study.cases import keep_case

    if recipes:
        raise UsageError("--keep takes a run and no recipe", hint="the run knows its recipe")
    with here.record() as reader:
        path, shown = keep_case(reader, reference, name)
    if here.json:
        say_json({"file": str(path), "case": shown})
    else:
        say(flat(Span("✓ ", "green"), f"kept as {shown} in {near(str(path))}"))
    return 0


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
    here: Session,
    planned: list[tuple[Recipe, tuple[Case, ...]]],
    *,
    offline: bool,
    live: bool,
    repeats: int,
) -> list[CaseResult]:
    from workbench.cli.output import say
    from workbench.cli.render_tests import case_blocks
    from workbench.study.case_runs import run_case
    from workbench.study.usable import refuse_unusable

    results = []
    bench = here.bench(offline=offline)
    try:
        if live or repeats > 1:  # else earlier runs may answer
            for recipe, _ in planned:
                refuse_unusable(recipe, bench.providers, {})
        for recipe, cases in planned:
            for case in cases:
                results.append(await run_case(bench, recipe, case, live=live, repeats=repeats))
                if not here.json:
                    say(*case_blocks(results[-1]))
    finally:
        await bench.close()
    return results
