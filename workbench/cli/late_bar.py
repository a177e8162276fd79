"""A progress bar on stderr that appears only when the work takes longer than a moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from workbench.cli.output import is_terminal

PATIENCE = 1.0
"""Seconds without a bar."""


@contextmanager
def late_bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function that takes how many are done, and of how many."""
    began = time.monotonic()
    with ExitStack() as stack:
        show: Callable[[int, int], None] | None = None

        def progress(done: int, total: int) -> None:
            nonlocal show
            if show is None and is_terminal(sys.stderr) and time.monotonic() - began > PATIENCE:
                show = _bar(stack, doing)
            if show is not None:
                show(done, total)

        yield progress


def _bar(stack: ExitStack, doing: str) -> Callable[[int, int], None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task(doing, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)
