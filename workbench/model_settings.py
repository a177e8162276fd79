"""What ``[prices.MODEL]`` and ``[models.MODEL]`` of ``workbench.toml`` may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from workbench.capabilities import CAPABILITIES, Capabilities, ModelFacts
from workbench.usage import Price, per_million

RATES = ("input", "output", "cached", "cache_write")
LIMITS = ("window", "max_output")


class Reads(Protocol):
    """What the reader of the settings offers: each reports a problem where its section is wrong."""

    def known(self, path: tuple[str, ...], given: Mapping[str, Any], names: tuple[str, ...]) -> None:
        """No other keys."""

    def table(self, path: tuple[str, ...], given: Any) -> Mapping[str, Any]:
        """A table."""

    def number(self, path: tuple[str, ...], given: Any, *, whole: bool = False, zero: bool = False) -> float:
        """A number."""

    def problem(self, path: tuple[str, ...], message: str, suggestion: str = "", text: str = "") -> None:
        """A problem."""


def read_prices(reads: Reads, given: Any) -> dict[str, Price]:
    """The prices by model."""
    sections = reads.table(("prices",), given)
    return {name: price for name, each in sections.items() if (price := _price(reads, name, each))}


def read_models(reads: Reads, given: Any) -> dict[str, ModelFacts]:
    """What the user says of models, by name."""
    sections = reads.table(("models",), given)
    return {name: facts for name, each in sections.items() if (facts := _facts(reads, name, each))}


def _price(reads: Reads, name: str, given: Any) -> Price | None:
    path = ("prices", name)
    section = _section(reads, path, given, RATES)
    if section is None:
        return None
    for key in ("input", "output"):
        if key not in section:
            reads.problem(path, f"the price of {name} needs {key!r}", "dollars per million tokens")
    rates = {
        key: per_million(reads.number((*path, key), section[key], zero=True))
        for key in RATES
        if key in section
    }
    if "input" not in rates or "output" not in rates:
        return None
    return Price(
        rates["input"], rates["output"], rates.get("cached"), rates.get("cache_write"), source="settings"
    )


def _facts(reads: Reads, name: str, given: Any) -> ModelFacts | None:
    path = ("models", name)
    section = _section(reads, path, given, (*LIMITS, *CAPABILITIES))
    if section is None:
        return None
    limits = {
        key: int(reads.number((*path, key), section[key], whole=True)) for key in LIMITS if key in section
    }
    able = {key: section[key] for key in CAPABILITIES if key in section}
    for key, value in able.items():
        if not isinstance(value, bool):
            reads.problem((*path, key), f"{key} must be true or false, not {value!r}", text=str(value))
            return None
    return ModelFacts(**limits, capabilities=Capabilities(**able))


def _section(
    reads: Reads, path: tuple[str, ...], given: Any, keys: tuple[str, ...]
) -> Mapping[str, Any] | None:
    """One section, if its name is a model's."""
    section = reads.table(path, given)
    if "/" not in path[1].strip("/"):
        reads.problem(path, f"{path[0]} are of models named provider/model, not {path[1]!r}", text=path[1])
        return None
    reads.known(path, section, keys)
    return section
