"""``workbench calibrate``: a gate's threshold from texts of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RecipeArgument, session


def calibrate(
    context: typer.Context,
    recipe: RecipeArgument,
    gate: Annotated[str, typer.Argument(metavar="GATE", help="injection or toxicity.")],
    benign: Annotated[
        Path,
        typer.Option(
            "--benign", metavar="FILE", help="Good texts: a column text (.jsonl, .csv), or lines (.txt)."
        ),
    ],
    rate: Annotated[
        float, typer.Option("--fpr", metavar="SHARE", help="Share of good texts that may fail.")
    ] = 0.01,
    step: Annotated[
        str | None, typer.Option("--step", metavar="STEP", help="Only the gates of this step.")
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Set how strict a gate of learnt words is, so that it seldom fails texts known to be good.

    The threshold is written into the recipe; comments and all else stay.
    """
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.cli.render_problems import near
    from workbench.errors import UsageError
    from workbench.recipe.editing.saving import open_text, save
    from workbench.recipe.load import find, load
    from workbench.recipe.suggest import did_you_mean
    from workbench.study.calibrating import GATES, read_texts
    from workbench.study.calibrating import calibrate as calibrated

    here = session(context, database, json)
    if gate not in GATES:
        known = f"a threshold can be found for {' and '.join(GATES)}"
        raise UsageError(f"{gate} is not learnt from words", hint=did_you_mean(gate, GATES) or known)
    if not 0 < rate < 1:
        raise UsageError(f"--fpr is between 0 and 1, not {rate:g}", hint="0.01 is one good text in a hundred")
    path = find(recipe, here.folder)
    load(path)
    opened = open_text(path)
    text, found = calibrated(opened.text, gate, read_texts(benign), rate, step)
    save(path, text, opened.stamp)
    if here.json:
        say_json([
            {"recipe": near(str(path)), "path": ".".join(map(str, each.place)), "before": each.before,
             "at_most": each.at_most, "failing": each.failing, "texts": each.texts}
            for each in found
        ])  # fmt: skip
        return 0
    for each in found:
        was = "no threshold before" if each.before is None else f"{each.before:g} before"
        say(
            flat(Span("✓ ", "green"), f"{'.'.join(map(str, each.place))}: at_most {each.at_most:g}  ({was})"),
            flat(f"  {each.failing} of {each.texts} good texts fail ({each.failing / each.texts:.2%});"
                 f" of further ones like these at most {100 * rate:g}% on average"),
        )  # fmt: skip
    return 0
