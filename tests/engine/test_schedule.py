"""Dataflow scheduling: order, width, failure, and cost linear in the edges."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.schedule import run_all, run_each


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.integers(0, 19), max_size=4), min_size=1, max_size=20))
async def test_every_step_runs_once_after_what_it_depends_on(edges: list[set[int]]) -> None:
    before = {str(n): [str(m) for m in earlier if m < n] for n, earlier in enumerate(edges)}
    order: list[str] = []

    async def perform(name: str) -> bool:
        assert all(each in order for each in before[name])
        await asyncio.sleep(0)
        order.append(name)
        return True

    assert await run_all(before, perform)
    assert sorted(order) == sorted(before)


async def test_what_depends_on_a_waiting_step_does_not_start() -> None:
    started: list[str] = []

    async def perform(name: str) -> bool:
        started.append(name)
        return name != "asks"

    graph: dict[str, tuple[str, ...]] = {"asks": (), "after": ("asks",), "beside": ()}
    assert not await run_all(graph, perform)
    assert sorted(started) == ["asks", "beside"]


async def test_the_first_failure_stops_the_others_and_comes_out_bare() -> None:
    ended: list[str] = []

    async def perform(name: str) -> bool:
        if name == "bad":
            raise ValueError("bad")
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(name)
        return True

    with pytest.raises(ValueError, match="bad"):
        await run_all({"slow": (), "bad": (), "never": ("slow",)}, perform)
    assert ended == ["slow"]


async def test_a_deep_chain_and_a_wide_fan_need_no_recursion() -> None:
    async def perform(name: str) -> bool:
        return True

    chain = {str(n): (str(n - 1),) if n else () for n in range(5000)}
    fan: dict[str, tuple[str, ...]] = {"root": (), **{f"l{n}": ("root",) for n in range(5000)}}
    fan["join"] = tuple(f"l{n}" for n in range(5000))
    assert await run_all(chain, perform)
    assert await run_all(fan, perform)


async def test_items_are_bounded_and_none_is_left_out() -> None:
    now = most = 0
    seen: list[int] = []

    async def perform(index: int) -> bool:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        seen.append(index)
        return True

    assert await run_each(100, 7, perform)
    assert most == 7
    assert sorted(seen) == list(range(100))
    assert await run_each(0, 7, perform)
