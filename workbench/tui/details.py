"""The details of past steps that were looked at lately."""

from __future__ import annotations

from collections import OrderedDict

from workbench.ledger.rows import StepDetail

KEPT = 60


class Details:
    """A small memory of step details, and what is on show."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, StepDetail] = OrderedDict()
        self.shown: tuple[str | None, str] | None = None
        """Step and tab in view."""

    def get(self, path: str) -> StepDetail | None:
        """A step's details, when they are here."""
        return self._known.get(path)

    def put(self, path: str, detail: StepDetail) -> None:
        """Keep a step's details."""
        self._known[path] = detail
        self._known.move_to_end(path)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def forget(self) -> None:
        """Forget all: the record changed."""
        self._known.clear()
