"""``workbench graph``: what waits for what, drawn for a terminal or for a document."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RecipeArgument, session


class Form(StrEnum):
    """What a graph is drawn as."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    context: typer.Context,
    recipe: RecipeArgument,
    to: Annotated[
        Form, typer.Option("--to", help="text for a terminal; mermaid or svg for a README.")
    ] = Form.TEXT,
    width: Annotated[
        int | None, typer.Option("--width", min=20, help="Columns of the text (default: the terminal's).")
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Draw a recipe's graph: a step starts when all above it that it waits for is done."""
    import shutil

    from workbench.cli.draw_graph import as_json, as_mermaid, as_svg, as_text
    from workbench.cli.output import say_json, say_raw
    from workbench.recipe.load import find, load

    here = session(context, database, json)
    loaded = load(find(recipe, here.folder))
    if here.json:
        say_json(as_json(loaded))
    elif to is Form.MERMAID:
        say_raw(as_mermaid(loaded))
    elif to is Form.SVG:
        say_raw(as_svg(loaded))
    else:
        say_raw(as_text(loaded, width or shutil.get_terminal_size((80, 24)).columns))
    return 0
