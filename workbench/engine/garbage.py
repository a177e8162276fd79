"""How rarely Python looks for reference cycles while recipes run: calls leave none behind."""

from __future__ import annotations

import gc
from types import TracebackType

SELDOM = (500_000, 20, 100)
"""For ``gc.set_threshold``.  A thousand calls in flight are some hundred thousand objects; Python's own habit
of looking through the new ones again and again costs a quarter of all CPU time, and pauses of tenths of
seconds."""


class Seldom:
    """``with`` it around a run.  Several at once share it; the last to leave sets things as they were."""

    def __init__(self) -> None:
        self._inside = 0
        self._before = SELDOM
        self._freezes: bool | None = None
        """Whether freezing is ours to do.  Asked once: Python counts all that is frozen, each time."""

    def __enter__(self) -> None:
        """Look seldom from here on, and not at what is there already; who never looks is left alone."""
        if not self._inside:
            self._before = gc.get_threshold()
            if 0 < self._before[0] < SELDOM[0]:
                gc.set_threshold(*SELDOM)
            if self._freezes is None:
                self._freezes = gc.get_freeze_count() == 0
            if self._freezes:
                gc.freeze()
        self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look as often as before."""
        self._inside -= 1
        if not self._inside:
            gc.set_threshold(*self._before)
            if self._freezes:
                gc.unfreeze()


GARBAGE_SELDOM = Seldom()
"""One for the process, as the garbage collector is."""
