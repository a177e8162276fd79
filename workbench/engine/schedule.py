"""Dataflow: a step starts the moment all that it mentions is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

Perform = Callable[[str], Awaitable[bool]]
"""Does one step by name; False when it must wait for a person, so that what depends on it does not start."""


AT_ONE_START = 16
"""Workers that start in one round of the event loop: a thousand at once would hold up screens and timers."""


async def run_all(dependencies: Mapping[str, Collection[str]], perform: Perform) -> bool:
    """Perform every step after those it depends on, as many at once as there are; cost linear in the edges.

    Returns False when some step waits for a person.  The first failure stops the others and is raised.
    """
    blockers = {name: set(before) for name, before in dependencies.items()}
    dependents: dict[str, list[str]] = {name: [] for name in dependencies}
    for name, before in blockers.items():
        for each in before:
            dependents[each].append(name)
    finished = 0

    async def one(name: str) -> None:
        nonlocal finished
        if not await perform(name):
            return
        finished += 1
        for follower in dependents[name]:
            blockers[follower].discard(name)
            if not blockers[follower]:
                tasks.create_task(one(follower))  # noqa: F821 (deleted only at the end)

    try:
        async with asyncio.TaskGroup() as tasks:
            for name in [name for name, before in blockers.items() if not before]:
                tasks.create_task(one(name))
    except BaseExceptionGroup as group:
        raise first_cause(group) from None
    finally:
        del one  # which holds itself
    return finished == len(blockers)


async def run_each(count: int, at_once: int, perform: Callable[[int], Awaitable[bool]]) -> bool:
    """Perform items 0..count-1 with ``at_once`` workers; False when some item waits for a person."""
    remaining = iter(range(count))
    all_done = True

    async def worker() -> None:
        nonlocal all_done
        for index in remaining:
            if not await perform(index):
                all_done = False

    try:
        async with asyncio.TaskGroup() as tasks:
            for number in range(min(at_once, count)):
                tasks.create_task(worker())
                if number % AT_ONE_START == AT_ONE_START - 1:
                    await asyncio.sleep(0)
    except BaseExceptionGroup as group:
        raise first_cause(group) from None
    return all_done


def first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single exception of a group."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
