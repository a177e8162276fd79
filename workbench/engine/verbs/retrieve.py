"""``retrieve``: the passages of a data source that answer a question best.

By shared words; with a ``model:`` that gives embeddings, by meaning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench.engine.ask import AskModel, AskOther
from workbench.engine.running import Work
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.port import Message, ModelRequest
from workbench.recipe.expressions import render
from workbench.tools.retrieval import Hit, Index

CANDIDATES = 64
"""Documents that are compared by meaning: all where there are no more, else those that share most words."""


async def perform(work: Work) -> dict[str, Json]:
    """``documents`` (``id, text, score, source``, best first) and ``text``, all passages with their ids."""
    step, running = work.step, work.running
    assert step.retrieve is not None and step.from_ is not None
    source = step.from_
    query = render(running.recipe.text(step.retrieve), work.scope.values).text
    identity: dict[str, Json] = {"query": query, "top": step.top, "data": running.sources.hash(source)}
    if step.examples:
        identity["examples"] = running.sources.hash(step.examples)
    scores = await _scores(work, source, query) if step.model is not None else None
    if scores is not None:
        identity["scores"] = scores

    async def search() -> tuple[str, Json]:
        index = await running.sources.index(source, step.examples)
        found = [
            {"id": hit.id, "title": hit.title, "text": hit.text, "score": hit.score, "source": hit.source}
            for hit in await asyncio.to_thread(_found, index, query, step.top, scores)
        ]
        return passages_text(found), found

    asking = work.ask if scores is None else work.ask_aside  # who compared is the step's model
    answer = await asking(
        AskOther(work.path, "retrieve", source, identity, work.timeout, perform=search, shown=query)
    )
    found = answer.data if isinstance(answer.data, list) else []
    return {"documents": found, "text": answer.text}


async def _scores(work: Work, source: str, query: str) -> list[Json]:
    """How near each candidate is to the question, by the step's model."""
    step, running = work.step, work.running
    name, role = running.role(step)
    identity: dict[str, Json] = {
        "task": "compare", "text": query, "data": running.sources.hash(source), "candidates": CANDIDATES,
    }  # fmt: skip
    if step.examples:
        identity["examples"] = running.sources.hash(step.examples)
    if role.params:
        identity["params"] = role.params

    async def build() -> ModelRequest:
        index = await running.sources.index(source, step.examples)
        hits = await asyncio.to_thread(index.candidates, query, CANDIDATES)
        texts = [query, *map(whole_text, hits)]
        return ModelRequest("compare", tuple(Message("user", each) for each in texts), params=role.params)

    answer = await work.ask(
        AskModel(work.path, "model", name, identity, work.timeout, role=role, build=build)
    )
    if not isinstance(answer.data, list):
        raise CallError("malformed", f"{answer.model or name} compared nothing")
    return answer.data


def whole_text(hit: Hit) -> str:
    """A document with its title, where that does not stand in it already."""
    return hit.text if hit.title in hit.text else f"{hit.title}\n{hit.text}"


def _found(index: Index, query: str, top: int, scores: Sequence[Json] | None) -> list[Hit]:
    """The best documents: by words, or by the scores of the candidates."""
    if scores is None:
        return index.search(query, top)
    hits = index.candidates(query, CANDIDATES)
    if len(hits) != len(scores):
        raise CallError("malformed", f"{len(scores)} scores for {len(hits)} documents")
    scored = [replace(hit, score=float(score)) for hit, score in zip(hits, scores, strict=True)]
    return sorted(scored, key=lambda hit: -hit.score)[:top]


def passages_text(found: Sequence[Mapping[str, Json]]) -> str:
    """All passages as one text, each after its id in brackets."""
    return "\n\n".join(f"[{each['id']}] {each['text']}" for each in found)
