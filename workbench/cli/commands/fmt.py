"""``workbench fmt``: recipes in their canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RecipesArgument, session

if TYPE_CHECKING:
    from workbench.cli.blocks import Block


def fmt(
    context: typer.Context,
    recipes: RecipesArgument,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; 1 when a recipe is not in its form.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show what would change.")] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Write recipes in their canonical form; comments stay, the meaning too."""
    from difflib import unified_diff

    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.cli.render_problems import near
    from workbench.recipe.editing.formatting import formatted
    from workbench.recipe.editing.saving import open_text, save
    from workbench.recipe.load import find

    here = session(context, database, json)
    told = []
    for path in [find(reference, here.folder) for reference in recipes]:
        opened = open_text(path)
        new = formatted(opened.text)
        changed = new != opened.text
        told.append({"recipe": near(str(path)), "changed": changed})
        if changed and not check and not diff:
            save(path, new, opened.stamp)
        if here.json:
            continue
        if diff and changed:
            old = opened.text.splitlines()
            lines = unified_diff(old, new.splitlines(), near(str(path)), "formatted", lineterm="")
            say(*map(_coloured, lines))
        done = "is in its form" if not changed else "would change" if check or diff else "formatted"
        mark = Span("✓ ", "green") if not changed or not (check or diff) else Span("✗ ", "red")
        say(flat(mark, f"{near(str(path))}: {done}"))
    if here.json:
        say_json(told)
    return 1 if check and any(each["changed"] for each in told) else 0


def _coloured(line: str) -> Block:
    from workbench.cli.blocks import Span, flat

    style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
    return flat(Span(line, style))
