"""``retrieve``: the passages of a data source that answer a question best."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from workbench.engine.ask import AskOther
from workbench.engine.running import Work
from workbench.events import Json
from workbench.recipe.expressions import render


async def perform(work: Work) -> dict[str, Json]:
    """``documents`` (``id, text, score, source``, best first) and ``text``, all passages with their ids."""
    step, running = work.step, work.running
    assert step.retrieve is not None and step.from_ is not None
    source = step.from_
    query = render(running.recipe.text(step.retrieve), work.scope.values).text
    identity: dict[str, Json] = {"query": query, "top": step.top, "data": running.sources.hash(source)}
    if step.examples:
        identity["examples"] = running.sources.hash(step.examples)

    async def search() -> tuple[str, Json]:
        index = await running.sources.index(source, step.examples)
        hits = await asyncio.to_thread(index.search, query, step.top)
        found = [
            {"id": hit.id, "title": hit.title, "text": hit.text, "score": hit.score, "source": hit.source}
            for hit in hits
        ]
        return passages_text(found), found

    answer = await work.ask(
        AskOther(work.path, "retrieve", source, identity, work.timeout, perform=search, shown=query)
    )
    found = answer.data if isinstance(answer.data, list) else []
    return {"documents": found, "text": answer.text}


def passages_text(found: Sequence[Mapping[str, Json]]) -> str:
    """All passages as one text, each after its id in brackets."""
    return "\n\n".join(f"[{each['id']}] {each['text']}" for each in found)
