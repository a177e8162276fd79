"""``tool``: call a function of the recipe's folder."""

from __future__ import annotations

import asyncio

from workbench.engine.ask import AskOther
from workbench.engine.running import Work
from workbench.engine.verbs.texts import as_text, parsed
from workbench.errors import CallError
from workbench.events import Json
from workbench.recipe.expressions import render_value
from workbench.tools.python import call_function, load_function


async def perform(work: Work) -> dict[str, Json]:
    """``result``, what the function returned, and ``text``, the same as text."""
    step, running = work.step, work.running
    assert step.tool is not None
    tool = running.recipe.document.tools[step.tool]
    arguments = {name: render_value(value, work.scope.values) for name, value in step.with_.items()}
    file = tool.python.partition(":")[0]
    identity: dict[str, Json] = {
        "function": tool.python,
        "code": running.recipe.file_hashes.get(file, ""),
        "with": arguments,
    }

    async def run() -> tuple[str, Json]:
        function = await asyncio.to_thread(load_function, running.recipe.folder, tool.python)
        result = await call_function(function, arguments)
        return as_text(result), result

    shown = f"{step.tool}({', '.join(f'{name}={as_text(value)}' for name, value in arguments.items())})"
    answer = await work.ask(
        AskOther(work.path, "tool", step.tool, identity, work.timeout, step.effects, perform=run, shown=shown)
    )
    return {"result": answer.data if answer.data is not None else _by_hand(answer.text), "text": answer.text}


def _by_hand(text: str) -> Json:
    """The result a person typed instead: JSON where it is JSON, else text; a function's None stays None."""
    if text == "null":
        return None
    try:
        return parsed(text)
    except CallError:
        return text
