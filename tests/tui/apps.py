"""The app of the tests: the real one on a fake bench, with the clock stopped."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.screen import ModalScreen
from textual.worker import Worker

from tests.tui.fake_bench import NOW, FakeBench
from tests.waiting import LONG
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.run import RunScreen

SOON = 0.1
"""Seconds: what a screen puts off by no more than these, a test waits for."""
SMALL, LARGE = (80, 24), (120, 40)


class FrozenApp(WorkbenchApp):
    """The app at one moment."""

    def __init__(self, bench: FakeBench, open_run: str | None = None) -> None:
        super().__init__(bench, open_run)  # type: ignore[arg-type]
        self.opens = open_run

    def now(self) -> int:
        return NOW


def screen_text(app: WorkbenchApp) -> str:
    """What is on the screen, as text."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()
    )


async def settled(pilot: Any) -> None:
    """Until workers and timers have done what the last key began, and nothing more came of it."""
    await pilot.pause(0.02)
    for _ in range(3):  # rounds of all that has a queue, not moments: a busy machine may pass over these
        await _wait(pilot, lambda: _at_rest(pilot.app), "at rest")
        await pilot.pause(0)
    await _wait(pilot, lambda: _at_rest(pilot.app), "at rest")


def _at_rest(app: WorkbenchApp) -> bool:
    return not any(_is_busy(app, each) for each in app.workers) and not any(
        timer._repeat == 0 and timer._interval <= SOON and timer._task and not timer._task.done()
        for node in app.screen.walk_children(with_self=True)
        for timer in node._timers
    )


def _is_busy(app: WorkbenchApp, worker: Worker[Any]) -> bool:
    """Whether a worker has something to do; beneath a dialog it waits for the answer."""
    waits = isinstance(app.screen, ModalScreen) and app.screen not in worker.node.ancestors_with_self
    return not (worker.is_finished or waits or worker.group == "asking" or worker.name == "_wait")


async def until(pilot: Any, condition: Any, what: str = "") -> None:
    """Until a condition holds."""
    await _wait(pilot, condition, what)
    await pilot.pause()


async def _wait(pilot: Any, condition: Any, what: str) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + LONG
    while not condition():
        if loop.time() > end:
            raise AssertionError(f"never happened: {what}\n{screen_text(pilot.app)}")
        await pilot.pause(0.02)


async def opened(pilot: Any) -> None:
    """Until the run that the app began with is in view."""
    app = pilot.app
    if getattr(app, "opens", None):
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.model.state.rows, "a run")
    await settled(pilot)


def run_screen(app: WorkbenchApp) -> RunScreen:
    """The run screen in view, also beneath a dialog."""
    return next(screen for screen in reversed(app.screen_stack) if isinstance(screen, RunScreen))
