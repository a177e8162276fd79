"""How long calls take by the record: what the policy ``fastest`` and a hedge go by."""

from __future__ import annotations

from functools import cached_property

from workbench.ledger.reader import Reader
from workbench.recipe.recipe import Recipe
from workbench.study.history import History, read_history


class RecordedPace:
    """The seconds of a step instance with a model; the record is read when first asked."""

    def __init__(self, reader: Reader, recipe: Recipe) -> None:
        self._reader = reader
        self._recipe = recipe

    @cached_property
    def _history(self) -> History:
        return read_history(self._reader, self._recipe.document.name)

    def median(self, path: str, model: str) -> float | None:
        """Half of such calls are faster."""
        spread = self._history.time(path, model)
        return None if spread is None else spread.p50

    def slow(self, path: str, model: str) -> float | None:
        """One in twenty is slower; None while too few are on record."""
        return self._history.slow(path, model)
