"""A run that is under way in this program: its task, its state, its stepper and its questions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.events import Delta, Event
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Result
from workbench.study.plan import Plan
from workbench.tui.run_state import RunState
from workbench.tui.stepper import Stepper


@dataclass(slots=True)
class Question:
    """A question to a person, waiting for its answer."""

    path: str
    text: str
    choices: tuple[str, ...]
    answer: asyncio.Future[str | None]


class Session:
    """One run under way.  ``begin`` starts it, with the session as listener, controller and person."""

    def __init__(
        self,
        begin: Callable[[Session], Awaitable[Result]],
        stepper: Stepper,
        recipe: Recipe | None = None,
        title: str = "",
    ) -> None:
        self._begin = begin
        self.stepper = stepper
        self.recipe = recipe
        self.title = title
        self.state = RunState()
        self.questions: list[Question] = []
        self.result: Result | None = None
        self.problem: WorkbenchError | None = None
        """Why it could not start, or had to end."""
        self.plan: Plan | None = None
        """What it was going to do, where someone looked before."""
        self.on_change: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None
        stepper.on_change = self.changed

    @property
    def running(self) -> bool:
        """True until it ends."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Start the run."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="run")

    async def _run(self) -> None:
        try:
            self.result = await self._begin(self)
        except WorkbenchError as error:
            self.problem = error
        finally:
            self.questions.clear()
            self.changed()

    async def cancel(self) -> None:
        """Stop the run wherever it is, and return when its record is complete."""
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    async def halt(self) -> None:
        """Stop the run where it stands; what is in flight may land.  Returns when its record is complete."""
        self.stop()
        if self._task is not None:
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """Stop the run, at its halt where it has one."""
        if not self.stepper.stop() and self._task is not None:
            self._task.cancel()

    def changed(self) -> None:
        """Tell whoever looks."""
        self.on_change()

    # -- listener and person ------------------------------------------------------------------------

    def receive(self, event: Event) -> None:
        """Take one event of the run."""
        self.state.receive(event)
        self.changed()

    def say(self, path: str, text: str) -> None:
        """Show a piece of a recorded answer as if it streamed in."""
        self.state.receive(Delta(path=path, call=0, attempt=0, text=text))
        self.changed()

    async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
        """Put a question to whoever sits at the screen."""
        waiting = Question(path, question, choices, asyncio.get_running_loop().create_future())
        self.questions.append(waiting)
        self.changed()
        try:
            return await waiting.answer
        finally:
            if waiting in self.questions:
                self.questions.remove(waiting)
            self.changed()
