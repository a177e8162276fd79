"""``workbench explain``: why the calls of a step were answered or asked as they were."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, session


def explain(
    context: typer.Context,
    run: RunArgument,
    step: Annotated[str, typer.Argument(metavar="STEP", help="A step of it, as draft or reviews[2]/tone.")],
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="RUN", help="The run to hold it against (default: where it came from)."
        ),
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Show why a step's calls were reused or asked: the parts of each request side by side."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_differences import screen_width
    from workbench.cli.render_explain import explain_json, explain_page
    from workbench.study.explaining import explain as explained

    here = session(context, database, json)
    with here.record() as reader:
        found = explained(reader, run, step, against)
        if here.json:
            say_json(explain_json(found))
        else:
            say(*explain_page(reader.run(run).id, step, found, screen_width()))
    return 0
