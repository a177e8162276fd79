"""Prices and windows of known models, from the table that is shipped or one that the user names.

The table is made by workbench.providers.make_price_table from open data; nothing is fetched at run time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from workbench.errors import UsageError
from workbench.events import Json
from workbench.usage import Price, per_million

SHIPPED = Path(__file__).parent / "price_table.json"
NAMES: Mapping[str, str] = {
    "gemini": "google", "xai": "x-ai", "moonshot": "moonshotai", "voyage": "voyageai",
    "openai-responses": "openai",
}  # fmt: skip
"""Our names of providers that the table calls otherwise."""
MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """What the table knows of one model."""

    id: str
    prices: Sequence[Mapping[str, Json]]
    window: int | None
    source: str

    def price(self, at: datetime) -> Price | None:
        """The price at a moment; the last one that holds is meant."""
        holding = [each for each in self.prices if _holds(each, at)]
        return _price(holding[-1], self.source) if holding else None


class Catalogue:
    """One table of prices."""

    def __init__(self, path: Path) -> None:
        try:
            table = json.loads(path.read_text("utf-8"))
            self.source = str(table["source"])
            self._providers: dict[str, Mapping[str, Json]] = dict(table["providers"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"the price table {path.name} cannot be used: {type(error).__name__}: {error}",
                hint="python -m workbench.providers.make_price_table makes one",
            ) from None
        self._found: dict[tuple[str, str, str], Known | None] = {}

    def model(self, provider: str, base_url: str, model: str) -> Known | None:
        """What is known of a model; its provider is known by its address, else by its name."""
        key = (provider, base_url, model)
        if key not in self._found:
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[key] = self._find(provider, base_url, model)
        return self._found[key]

    def _find(self, provider: str, base_url: str, model: str) -> Known | None:
        for name in self.sections(provider, base_url):
            for each in self._providers[name]["models"]:
                if _matches(each.get("match") or ["=", each["id"]], model):
                    return Known(each["id"], each.get("prices") or (), each.get("window"), self.source)
        return None

    def sections(self, provider: str, base_url: str) -> Iterator[str]:
        """The parts of the table where a provider's models may stand."""
        by_address = [
            name
            for name, section in self._providers.items()
            if base_url and re.match(section["address"], base_url)
        ]
        by_name = NAMES.get(provider, provider)
        for name in by_address or ([by_name] if by_name in self._providers else []):
            yield name
            yield from (also for also in self._providers[name]["also"] if also in self._providers)


@lru_cache(maxsize=4)
def catalogue(path: Path = SHIPPED) -> Catalogue:
    """The table at ``path``, read once."""
    return Catalogue(path)


def _matches(clause: Sequence[Json], model: str) -> bool:
    sign, *given = clause
    if sign in ("any", "all"):
        found = (_matches(each, model) for each in given)
        return any(found) if sign == "any" else all(found)
    wanted, name = str(given[0]), model.lower()
    if sign == "re":
        return re.search(wanted, model) is not None
    wanted = wanted.lower()
    return {
        "=": name == wanted, "^": name.startswith(wanted), "$": name.endswith(wanted), "~": wanted in name,
    }[str(sign)]  # fmt: skip


def _holds(period: Mapping[str, Json], at: datetime) -> bool:
    """True when a price holds at a moment: since a date, or between two hours of the day."""
    moment = at.astimezone(UTC)
    if "start_date" in period:
        return moment.date().isoformat() >= str(period["start_date"])
    if "start_time" in period:
        clock, start, end = moment.strftime("%H:%M"), period["start_time"], period["end_time"]
        return bool(start <= clock < end if start <= end else clock >= start or clock < end)
    return True


def _price(rates: Mapping[str, Json], source: str) -> Price:
    cached, cache_write = rates.get("cached"), rates.get("cache_write")
    return Price(
        per_million(rates["input"]),
        per_million(rates["output"]),
        None if cached is None else per_million(cached),
        None if cache_write is None else per_million(cache_write),
        source,
        tuple((tier["above"], _price(tier, source)) for tier in rates.get("tiers", ())),
    )
