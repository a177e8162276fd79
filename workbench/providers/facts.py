"""How much a model takes in, and what it can do: the user's word, then the shipped table; else unknown.

The table is made by workbench.providers.make_capability_table from open data; nothing is fetched at run time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.capabilities import NOTHING, Capabilities, Capability, ModelFacts
from workbench.providers.catalogue import NAMES, Catalogue
from workbench.providers.prices import table_of
from workbench.settings import Settings

TABLE = Path(__file__).parent / "capability_table.json"
LETTERS: Mapping[str, Capability] = {
    "t": "tools", "i": "images", "f": "files", "s": "schema", "r": "reasoning", "e": "embeddings",
}  # fmt: skip
"""What the letters of the table stand for; large ones say yes, small ones no."""
_DATE = re.compile(r"(-\d{4}-\d{2}-\d{2}|-\d{8}|-\d{6}|-\d{4}|-latest|:latest|@\w+)$")


def facts_of(model: str, settings: Settings, base_url: str = "") -> ModelFacts:
    """What is known of ``provider/model``; ``provider/*`` in settings is for all its others."""
    provider, _, name = model.partition("/")
    said = settings.models.get(model) or settings.models.get(f"{provider}/*")
    known = _found(table_of(settings), provider, base_url, name)
    return said.over(known) if said else known


@lru_cache(maxsize=1000)
def _found(prices: Catalogue, provider: str, base_url: str, model: str) -> ModelFacts:
    sections = [*prices.sections(provider, base_url)] or [NAMES.get(provider, provider)]
    priced = prices.model(provider, base_url, model)
    found = NOTHING
    for name in _names(model, priced.id if priced else model):
        rows = (row for section in sections if (row := _table().get(section, {}).get(name)))
        if (row := next(rows, None)) is not None:
            found = _facts(row)
            break
    return ModelFacts(window=priced.window).over(found) if priced else found


def _names(*names: str) -> Iterator[str]:
    """A model's names as the table may have them, the most exact first."""
    for name in dict.fromkeys(map(str.lower, names)):
        yield name
        yield f"{name}-latest"
        yield _DATE.sub("", name)


def _facts(row: tuple[int | None, int | None, str]) -> ModelFacts:
    window, most, letters = row
    able = {LETTERS[each.lower()]: each.isupper() for each in letters}
    return ModelFacts(window, most, Capabilities(**able))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, Any]]:
    """By provider and model: the window, the longest answer, and letters."""
    providers: Mapping[str, Mapping[str, Any]] = json.loads(TABLE.read_text("utf-8"))["providers"]
    return providers
