"""``workbench check``: every problem of recipes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RecipesArgument, session

if TYPE_CHECKING:
    from workbench.cli.blocks import Line
    from workbench.errors import Problem
    from workbench.events import Json

INVALID = 2


def check(
    context: typer.Context,
    recipes: RecipesArgument,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="last:N",
            help="Also replay the last N runs of each through it; 1 when one departs from its recording.",
        ),
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Check recipes without running them: all problems at once, and where labels go."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_label_flow import label_block, label_json
    from workbench.cli.render_problems import near, problem_blocks, problem_json
    from workbench.guard.clearance import Clearances
    from workbench.providers.registry import Providers
    from workbench.recipe.load import examine, find
    from workbench.settings import read_settings
    from workbench.study.check import check_here, label_rows

    here = session(context, database, json)
    settings = read_settings(here.folder)
    providers, clearances = Providers(settings), Clearances(settings.clearances)
    found: list[Problem] = []
    flow: list[dict[str, Json]] = []
    paths = [find(reference, here.folder) for reference in recipes]
    for path in paths:
        problems = check_here(path, providers, clearances)
        found += problems
        recipe, _ = examine(path)
        rows = label_rows(recipe, clearances) if recipe is not None else []
        flow += [{"file": near(str(path)), **label_json(row)} for row in rows]
        if not here.json:
            say(*problem_blocks(problems), verdict(near(str(path)), problems), *label_block(rows))
    if any(problem.severity == "error" for problem in found) or against is None:
        if here.json:
            say_json({"problems": [problem_json(problem) for problem in found], "labels": flow})
        return INVALID if any(problem.severity == "error" for problem in found) else 0
    from workbench.cli.against import check_against

    return check_against(here, paths, against)


def verdict(path: str, problems: list[Problem]) -> Line:
    """The last line about one recipe."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.formats import count

    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if errors:
        return flat(Span("✗ ", "red"), f"{path}: {count(errors, 'error')}, {count(warnings, 'warning')}")
    told = f"fine, {count(warnings, 'warning')}" if warnings else "fine"
    return flat(Span("✓ ", "green"), f"{path}: {told}")
