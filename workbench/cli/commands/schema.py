"""``workbench schema``: the recipe language for editors."""

from __future__ import annotations

import typer

from workbench.cli.session import DatabaseOption, JsonOption


def schema(context: typer.Context, database: DatabaseOption = None, json: JsonOption = False) -> int:
    """Print the JSON Schema of recipes, for editors."""
    from workbench.cli.output import say_json
    from workbench.recipe.published import recipe_schema

    say_json(recipe_schema())
    return 0
