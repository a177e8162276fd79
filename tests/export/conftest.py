"""A record with runs of many kinds, made by the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.study.kit import Lab
from workbench.errors import CallError
from workbench.providers.port import ModelRequest, Reply
from workbench.usage import Price, Usage

HOSTILE = (
    "</pre><script>fetch('http://evil.example')</script><img src=x onerror=alert(1)> \x1b[31m \u202e {{ x }}"
)
KEY = "sk-proj-" + "a1b2c3d4" * 5
LONG = "words that make this text a long one, so that it stands apart from its row. " * 12

RECIPE = """
inputs: {word: string}
budget: {usd: 5}
models:
  m: {candidates: [fake/a, fake/b], fallback: {on: [refused]}}
steps:
  one: {prompt: "one {{ word }}", model: m, gate: {length: {at_least: 3}}}
  many: {each: "[1, 2, one.text]", prompt: "many {{ item }}", model: m}
  drafts:
    {repeat: {at_most: 2}, prompt: "draft {{ word }}", model: m, gate: {contains: nothing}, on_fail: continue}
  ask: {human: "is {{ many[0].text }} right?", choices: ["yes", "no"]}
outputs: {said: "{{ ask.answer }} {{ many[2].text }}"}
"""


def script(model: str, request: ModelRequest) -> Reply:
    """The prompt again, as hostile as can be; the first candidate fails at one prompt."""
    prompt = request.messages[-1].text
    if model == "a" and prompt.startswith("many 2"):
        raise CallError("refused", "it does not want to")
    return Reply(
        text=f"{prompt} {HOSTILE} {KEY} {LONG}", finish="stop", usage=Usage(10, 2, 0, 5, 1, "reported")
    )


async def make_lab(folder: Path) -> Lab:
    """Runs that are done, waiting, failed, forked, rerun, replayed and resumed."""
    made = Lab(folder, script, Price(1_000_000, 2_000_000, 500_000))
    recipe = made.write(RECIPE)
    waiting = await made.run(recipe, word=f"mail me: ada@example.com {HOSTILE}")
    assert waiting.status == "waiting", waiting.error
    await made.bench.resume(waiting.run, answers={"ask": "yes"})
    await made.run(recipe, word="second")
    await made.rerun(models={"m": "fake/b"})
    await made.fork("many[1]", "by hand")
    await made.bench.replay(waiting.run)
    await made.run(made.write("steps: {bad: {prompt: x, gate: {contains: nothing}, model: m}}\n"))
    cancelled = asyncio.create_task(made.bench.run(recipe, {"word": "cut"}))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    return made


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A record of runs of many kinds."""
    made = await make_lab(tmp_path / "lab")
    yield made
    await made.close()
