"""``tool``: call a function of the recipe's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from workbench.engine.ask import AskOther
from workbench.engine.running import Work
from workbench.engine.verbs.texts import as_text, parsed
from workbench.errors import CallError
from workbench.events import Json
from workbench.recipe.expressions import render_value
from workbench.tools.python import call_function, load_function


async def perform(work: Work) -> dict[str, Json]:
    """``result``, what the function returned, and ``text``, the same as text."""
    step = work.step
    assert step.tool is not None
    arguments = {name: render_value(value, work.scope.values) for name, value in step.with_.items()}
    answer = await work.ask(calling(work, step.tool, arguments))
    return {"result": answer.data if answer.data is not None else _by_hand(answer.text), "text": answer.text}


def calling(work: Work, name: str, arguments: Mapping[str, Json]) -> AskOther:
    """The call of a tool of the recipe."""
    running = work.running
    tool = running.recipe.document.tools[name]
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

    given = ", ".join(f"{key}={as_text(value)}" for key, value in arguments.items())
    return AskOther(
        work.path, "tool", name, identity, work.timeout, work.step.effects,
        perform=run, shown=f"{name}({given})",
    )  # fmt: skip


def _by_hand(text: str) -> Json:
    """The result a person typed instead: JSON where it is JSON, else text; a function's None stays None."""
    if text == "null":
        return None
    try:
        return parsed(text)
    except CallError:
        return text
