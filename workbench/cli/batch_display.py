"""Follows a batch on stderr: a moving line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from workbench.cli.output import is_terminal, tell
from workbench.cli.render_batch import opening_blocks, progress_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from workbench.batch.executor import Ended
    from workbench.study.batches import Opening

SECONDS_BETWEEN_LINES = 5.0
UPDATES_A_SECOND = 4


class Watching:
    """Follows a batch and shows nothing."""

    def __init__(self) -> None:
        self.opening: Opening | None = None

    def opened(self, opening: Opening) -> None:
        """It begins."""
        self.opening = opening

    def ended(self, one: Ended) -> None:
        """One run of it ended."""

    def close(self) -> None:
        """Leave the screen clean."""


class Lines(Watching):
    """For pipes and logs."""

    def __init__(self) -> None:
        super().__init__()
        self._next = time.monotonic() + SECONDS_BETWEEN_LINES

    def opened(self, opening: Opening) -> None:
        """Say what will run."""
        super().opened(opening)
        tell(*opening_blocks(opening))

    def ended(self, one: Ended) -> None:
        """Say how it stands, when that was not said of late."""
        if self.opening is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + SECONDS_BETWEEN_LINES
            tell(progress_line(self.opening.tally))


class OnTerminal(Watching):
    """The last line of the terminal says how it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._live: Live | None = None

    def opened(self, opening: Opening) -> None:
        """Say what will run, and begin the moving line."""
        from workbench.cli.terminal_blocks import moving_line

        super().opened(opening)
        tell(*opening_blocks(opening))
        self._live = moving_line(self._draw, UPDATES_A_SECOND)

    def close(self) -> None:
        """Take the moving line away."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _draw(self) -> RenderableType:
        from workbench.cli.terminal_blocks import rich_line

        assert self.opening is not None
        return rich_line(progress_line(self.opening.tally))


def watching(*, quiet: bool) -> Watching:
    """The display that fits where stderr goes."""
    if quiet:
        return Watching()
    moving = is_terminal(sys.stderr) and os.environ.get("TERM") not in ("dumb", "unknown")
    return OnTerminal() if moving else Lines()
