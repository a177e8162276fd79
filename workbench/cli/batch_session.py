"""Follows a batch from a command: signals, progress, and the result as promised."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from workbench.cli.batch_display import Watching, watching
from workbench.cli.blocks import Span, flat
from workbench.cli.errors import INTERRUPTED
from workbench.cli.output import is_terminal, say, say_json, tell
from workbench.cli.render_batch import batch_json, ending_blocks, next_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.cli.session import Session
    from workbench.recipe.recipe import Recipe
    from workbench.study.batch_options import BatchOptions
    from workbench.study.batches import BatchResult, Prepared
    from workbench.study.bench import Bench

Start = Callable[["Bench", Watching], Awaitable["BatchResult"]]


def follow(session: Session, recipe: str, start: Start, *, offline: bool) -> int:
    """Start a batch of what the user called ``recipe``, follow it, print how it ended; the exit code."""
    return asyncio.run(_followed(session, recipe, start, offline=offline))


def show_plan(session: Session, recipe: Recipe, data: Path, options: BatchOptions, *, offline: bool) -> int:
    """Show what a batch would ask; the exit code."""
    from workbench.cli.render_batch import prepared_blocks, prepared_json
    from workbench.study.batches import prepare

    async def work() -> Prepared:
        bench = session.bench(offline=offline)
        try:
            bench.check_models(recipe, options.models)
            return await prepare(bench, recipe, data, options)
        finally:
            await bench.close()

    ready = asyncio.run(work())
    if session.json:
        say_json(prepared_json(ready))
    else:
        say(*prepared_blocks(ready, Span("would run", "bold")))
    return 0


async def _followed(session: Session, recipe: str, start: Start, *, offline: bool) -> int:
    bench = session.bench(offline=offline)
    watcher = watching(quiet=session.json and not is_terminal(sys.stderr))
    try:
        result = await _watched(start, bench, watcher)
        interrupted = result is None
        if result is None:
            result = _standing(bench, watcher)
        if result is None:
            tell(flat(Span("stopped before the batch began", "yellow")))
            return INTERRUPTED
        if session.json:
            say_json(batch_json(result))
        else:
            say(*ending_blocks(result))
        tell(*next_blocks(result, recipe, session.database, interrupted=interrupted))
        return INTERRUPTED if interrupted else result.exit_code
    finally:
        await bench.close()


async def _watched(start: Start, bench: Bench, watcher: Watching) -> BatchResult | None:
    """The result; None when the batch was interrupted."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await start(bench, watcher)
    except asyncio.CancelledError:
        task.uncancel()
        return None
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        watcher.close()


def _standing(bench: Bench, watcher: Watching) -> BatchResult | None:
    """How an interrupted batch stands; None when it had not begun."""
    from workbench.study.batches import result_of

    opening = watcher.opening
    return None if opening is None else result_of(bench, opening.batch, opening.tally)
