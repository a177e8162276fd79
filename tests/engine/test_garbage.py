"""What calls leave for the garbage collector, and how often it looks."""

from __future__ import annotations

import gc
from pathlib import Path

from tests.engine.kit import echo, recipe, run
from workbench.engine.door import Door
from workbench.engine.garbage import SELDOM, Seldom
from workbench.engine.running import Work
from workbench.providers.port import ModelRequest, Reply

EACH = """
inputs: {words: list}
steps:
  ask: {each: words, at_once: 8, prompt: "say {{ item }}"}
outputs: {said: "{{ ask|length }}"}
"""


async def test_calls_leave_no_cycles(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, EACH)
    await run(loaded, {"words": ["warm"]})
    words = [str(number) for number in range(200)]
    gc.collect()
    gc.disable()
    try:
        kept = await run(loaded, {"words": words}, name="second")
        assert gc.collect() < len(words)
        assert kept.outputs == {"said": len(words)}
    finally:
        gc.enable()


def parts_of_runs() -> int:
    return sum(type(each) in (Door, Work) for each in gc.get_objects())


async def test_a_run_that_ended_is_gone_without_the_collector(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, EACH.replace("prompt:", "gate: {contains: say}, prompt:"))
    gc.collect()
    before = parts_of_runs()
    gc.disable()
    try:
        ended = await run(loaded, {"words": ["a", "b"]})
        assert ended.outputs == {"said": 2}
        assert parts_of_runs() == before
    finally:
        gc.enable()


async def test_it_looks_seldom_during_a_run_and_as_before_after_it(tmp_path: Path) -> None:
    seen: list[tuple[int, int, int]] = []

    def look(model: str, request: ModelRequest) -> Reply:
        seen.append(gc.get_threshold())
        return echo(model, request)

    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        await run(recipe(tmp_path, EACH), {"words": ["a", "b"]}, script=look)
        assert gc.get_threshold() == (700, 10, 10)
    finally:
        gc.set_threshold(*before)
    assert seen == [SELDOM, SELDOM]


def test_runs_within_runs_and_a_collector_that_is_off() -> None:
    before = gc.get_threshold()
    seldom, frozen = Seldom(), gc.get_freeze_count()
    try:
        gc.set_threshold(700, 10, 10)
        with seldom:
            with seldom:
                pass
            assert gc.get_threshold() == SELDOM
            assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (700, 10, 10)
        assert gc.get_freeze_count() == frozen
        for own in ((0, 10, 10), (2 * SELDOM[0], 10, 10)):
            gc.set_threshold(*own)
            with seldom:
                assert gc.get_threshold() == own
    finally:
        gc.set_threshold(*before)
