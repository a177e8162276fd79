"""Shows progress on stderr: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from workbench.cli.blocks import Line, line, line_text
from workbench.cli.output import is_terminal, tell
from workbench.cli.progress import Progress
from workbench.cli.render_progress import happening, status_line
from workbench.events import Event, RouteDecided

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

UPDATES_A_SECOND = 12
HELD_BACK = 20
"""Lines that may wait for the next update; the oldest beyond them are only counted."""


class Display(Protocol):
    """Follows one run; a listener of its events."""

    progress: Progress

    def receive(self, event: Event) -> None:
        """Take one event."""

    def close(self) -> None:
        """Show what is still held back, and leave the screen clean."""

    def paused(self) -> AbstractContextManager[None]:
        """Keep the screen still while a person is asked."""


class Quiet:
    """Follows the run and shows nothing."""

    def __init__(self) -> None:
        self.progress = Progress()

    def receive(self, event: Event) -> None:
        """Take one event."""
        self.progress.receive(event)

    def close(self) -> None:
        """Nothing is shown."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing moves."""
        yield


class Lines(Quiet):
    """Plain lines for pipes and logs; those that come too fast wait a moment."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[Line] = []
        self._dropped = 0
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def receive(self, event: Event) -> None:
        """Take one event; print its line when the last update is long enough ago."""
        step = self.progress.receive(event)
        told = self._words(event, happening(event, step, self.progress))
        if told is None:
            return
        self._held.append(told)
        if len(self._held) > HELD_BACK:
            del self._held[0]
            self._dropped += 1
        wait = self._next - time.monotonic()
        if wait <= 0:
            self._flush()
        elif self._timer is None:
            self._timer = _later(wait, self._flush)

    def close(self) -> None:
        """Print what was held back."""
        self._flush()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Print what was held back, before a question."""
        self._flush()
        yield

    def _words(self, event: Event, told: Line | None) -> Line | None:
        return told

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        dropped = [line(f"… {self._dropped:,} lines more")] if self._dropped else []
        held, self._held, self._dropped = self._held, [], 0
        self._next = time.monotonic() + 1 / UPDATES_A_SECOND
        if held:
            self._print([*dropped, *held])

    def _print(self, lines: list[Line]) -> None:
        tell(*lines)


class OnTerminal(Lines):
    """What ended scrolls by; the last line says what runs now."""

    def __init__(self) -> None:
        super().__init__()
        self._live: Live | None = None
        self._began = time.monotonic()
        self._start()

    def close(self) -> None:
        """Take the moving line away."""
        self._stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the moving line away while a person is asked."""
        self._stop()
        try:
            yield
        finally:
            self._start()

    def _words(self, event: Event, told: Line | None) -> Line | None:
        return None if isinstance(event, RouteDecided) else told  # the moving line says it

    def _print(self, lines: list[Line]) -> None:
        if self._live is None:
            tell(*lines)
            return
        from workbench.cli.terminal_blocks import rich_line

        for each in lines:
            self._live.console.print(rich_line(each))

    def _start(self) -> None:
        from workbench.cli.terminal_blocks import moving_line

        self._live = moving_line(self._draw, UPDATES_A_SECOND)

    def _stop(self) -> None:
        self._flush()
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _draw(self) -> Text:
        from rich.text import Text

        words = line_text(status_line(self.progress, time.monotonic() - self._began))
        return Text(words, no_wrap=True, overflow="ellipsis")


def _later(wait: float, action: Callable[[], None]) -> asyncio.TimerHandle | None:
    try:
        return asyncio.get_running_loop().call_later(wait, action)
    except RuntimeError:  # no loop: what is held waits for the next event or the end
        return None


def display(*, quiet: bool = False) -> Display:
    """The display that fits where stderr goes."""
    if quiet:
        return Quiet()
    moving = is_terminal(sys.stderr) and os.environ.get("TERM") not in ("dumb", "unknown")
    return OnTerminal() if moving else Lines()
