"""What the tests of going back and forth use: the real workbench, with models that count what is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.study.kit import Lab
from tests.tui.apps import LARGE, screen_text, settled, until
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.run import RunScreen
from workbench.tui.travel_stepper import TravelStepper

CHAIN = """
inputs: {word: string}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}"}
  three: {prompt: "three {{ two.text }}"}
  four: {prompt: "four {{ three.text }}"}
  five: {prompt: "five {{ four.text }}"}
  six: {prompt: "six {{ five.text }}"}
  seven: {prompt: "seven {{ six.text }}"}
outputs: {said: "{{ seven.text }}"}
"""
EACH = """
steps:
  items: {set: {list: [a, b, c]}}
  say: {each: items.list, prompt: "say {{ item }}"}
  all: {prompt: "{{ say|map(attribute='text')|join(' ') }}"}
outputs: {said: "{{ all.text }}"}
"""
REPEAT = """
steps:
  better:
    repeat: {at_most: 3, until: "better.text == 'X...'"}
    prompt: "{{ previous.text if previous else 'x' }}."
  after: {prompt: "after {{ better.text }}"}
outputs: {said: "{{ after.text }}"}
"""


@asynccontextmanager
async def opened(lab: Lab, run: str | None = None, size: tuple[int, int] = LARGE) -> AsyncIterator[Any]:
    """The app on a lab, with a run in view."""
    app = WorkbenchApp(lab.bench, run)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield app, pilot


@asynccontextmanager
async def stepping(lab: Lab, text: str, **inputs: Any) -> AsyncIterator[Any]:
    """The app with a run that stands still at its first stop."""
    recipe = lab.write(text)
    async with opened(lab) as (app, pilot):
        app.start_run(recipe, inputs, {}, step=True)
        await until(pilot, lambda: halted(app) is not None, "the first stop")
        yield app, pilot


def top(app: Any) -> Any:
    """The topmost run screen."""
    return next(screen for screen in reversed(app.screen_stack) if isinstance(screen, RunScreen))


def stepper(app: Any) -> TravelStepper:
    """The stepper of the run in view."""
    found = top(app).model.session.stepper
    assert isinstance(found, TravelStepper)
    return found


def halted(app: Any) -> Any:
    """Where the run in view stands still."""
    if not any(isinstance(screen, RunScreen) for screen in app.screen_stack):
        return None
    session = top(app).model.session
    return session.stepper.halt if session else None


def place(app: Any) -> tuple[str, str]:
    """Kind and path of the stop in view."""
    return type(halted(app)).__name__, halted(app).path


async def forward(app: Any, pilot: Any, stops: int) -> None:
    """So many stops on, by the key."""
    for _ in range(stops):
        before = stepper(app)._real
        await pilot.press("space")
        await until(pilot, lambda before=before: stepper(app)._real not in (None, before), "the next stop")


async def ended(app: Any, pilot: Any) -> None:
    """Until the run in view has ended."""
    await until(pilot, lambda: not top(app).model.running, "the end")
    await settled(pilot)


async def shown(pilot: Any, kind: type, what: str = "a screen") -> Any:
    """Until a screen of a kind is on top."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted, what)
    await settled(pilot)
    return pilot.app.screen


__all__ = [
    "CHAIN", "EACH", "REPEAT", "ended", "forward", "halted", "opened", "place", "screen_text", "shown",
    "stepper", "stepping", "top", "until",
]  # fmt: skip
