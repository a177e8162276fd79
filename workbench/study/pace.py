"""How long calls take by the record: what the policy ``fastest`` goes by."""

from __future__ import annotations

from functools import cache

from workbench.engine.routes import Pace
from workbench.ledger.reader import Reader
from workbench.recipe.recipe import Recipe
from workbench.study.history import History, read_history


def pace(reader: Reader, recipe: Recipe) -> Pace:
    """The median seconds of a step instance with a model; the record is read when first asked."""

    @cache
    def history() -> History:
        return read_history(reader, recipe.document.name)

    def seconds(path: str, model: str) -> float | None:
        spread = history().time(path, model)
        return None if spread is None else spread.p50

    return seconds
