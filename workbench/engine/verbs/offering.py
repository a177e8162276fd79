"""Tools that a step offers to its model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from workbench.engine.running import Work
from workbench.events import Json
from workbench.providers.tool_calls import Tool, ToolCall
from workbench.tools.python import load_function
from workbench.tools.schemas import about_of, parameters_of


def identities(work: Work) -> dict[str, Json]:
    """What the fingerprint covers of the tools a step offers: the function, its code, what is said of it."""
    recipe = work.running.recipe
    found: dict[str, Json] = {}
    for name in work.step.tools:
        tool = recipe.document.tools[name]
        code = recipe.file_hashes.get(tool.python.partition(":")[0], "")
        found[name] = [tool.python, code, tool.about]
    return found


async def offered(work: Work) -> tuple[Tool, ...]:
    """The tools as a model is told of them."""
    return tuple([await asyncio.to_thread(_tool, work, name) for name in work.step.tools])


def plain_calls(calls: Sequence[ToolCall]) -> list[Json]:
    """Calls that a model asks for as values for later steps; ``with`` is null where it is no object."""
    return [{**each.plain(), "with": None if each.given is None else dict(each.given)} for each in calls]


def _tool(work: Work, name: str) -> Tool:
    tool = work.running.recipe.document.tools[name]
    function = load_function(work.running.recipe.folder, tool.python)
    return Tool(name, tool.about or about_of(function), parameters_of(function))
