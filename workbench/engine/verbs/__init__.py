"""One file per verb of the recipe language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from workbench.engine.running import Work
from workbench.engine.verbs import agent, classify, extract, human, judge, prompt, retrieve, set, tool
from workbench.events import Json

PERFORM: Mapping[str, Callable[[Work], Awaitable[dict[str, Json]]]] = {
    "prompt": prompt.perform,
    "agent": agent.perform,
    "classify": classify.perform,
    "extract": extract.perform,
    "judge": judge.perform,
    "retrieve": retrieve.perform,
    "tool": tool.perform,
    "human": human.perform,
    "set": set.perform,
}
"""The verbs that do one thing; groups and choices are the steps module's own."""
