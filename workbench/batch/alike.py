"""Stops a batch whose runs all fail alike for want of a key, a server or a model: more would too."""

from __future__ import annotations

from workbench.batch.executor import Ended

ENOUGH = 10
"""Runs that fail alike, and no other, before no more begin."""
OF_NO_ROW = frozenset({"auth", "quota", "denied", "network"})
"""Classes of errors that say nothing of a row: a batch that goes on tries these runs again."""
STOPS = OF_NO_ROW | {"bad_request"}


class Alike:
    """Looks at how the first runs of a batch end."""

    def __init__(self) -> None:
        self._errors: set[tuple[str | None, str | None]] = set()
        self._count = 0
        self._goes_on = False
        self.told = ""
        """Why no more runs shall begin; empty while they may."""

    def add(self, one: Ended) -> None:
        """Look at a run that ended; the first that ended otherwise than those before ends the looking."""
        if self._goes_on or self.told:
            return
        self._errors.add((one.error_class, one.error))
        self._count += 1
        self._goes_on = one.status != "failed" or one.error_class not in STOPS or len(self._errors) > 1
        if self._count == ENOUGH and not self._goes_on:
            self.told = f"the first {ENOUGH} runs all failed alike, and others would too"
