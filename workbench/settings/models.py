"""What ``[prices.MODEL]`` and ``[models.MODEL]`` of ``workbench.toml`` may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.capabilities import CAPABILITIES, Capabilities, ModelFacts
from workbench.settings.reader import Reader
from workbench.usage import Price, per_million

RATES = ("input", "output", "cached", "cache_write")
LIMITS = ("window", "max_output")


def read_prices(reader: Reader, given: Any) -> dict[str, Price]:
    """The prices by model."""
    sections = reader.table(("prices",), given)
    return {name: price for name, each in sections.items() if (price := _price(reader, name, each))}


def read_models(reader: Reader, given: Any) -> dict[str, ModelFacts]:
    """What the user says of models, by name."""
    sections = reader.table(("models",), given)
    return {name: facts for name, each in sections.items() if (facts := _facts(reader, name, each))}


def _price(reader: Reader, name: str, given: Any) -> Price | None:
    path = ("prices", name)
    section = _section(reader, path, given, RATES)
    if section is None:
        return None
    for key in ("input", "output"):
        if key not in section:
            reader.problem(path, f"the price of {name} needs {key!r}", "dollars per million tokens")
    rates = {
        key: per_million(reader.number((*path, key), section[key], zero=True))
        for key in RATES
        if key in section
    }
    if "input" not in rates or "output" not in rates:
        return None
    return Price(
        rates["input"], rates["output"], rates.get("cached"), rates.get("cache_write"), source="settings"
    )


def _facts(reader: Reader, name: str, given: Any) -> ModelFacts | None:
    path = ("models", name)
    section = _section(reader, path, given, (*LIMITS, *CAPABILITIES))
    if section is None:
        return None
    limits = {
        key: int(reader.number((*path, key), section[key], whole=True)) for key in LIMITS if key in section
    }
    able = {key: section[key] for key in CAPABILITIES if key in section}
    for key, value in able.items():
        if not isinstance(value, bool):
            reader.problem((*path, key), f"{key} must be true or false, not {value!r}", text=str(value))
            return None
    return ModelFacts(**limits, capabilities=Capabilities(**able))


def _section(
    reader: Reader, path: tuple[str, ...], given: Any, keys: tuple[str, ...]
) -> Mapping[str, Any] | None:
    """One section, if its name is a model's."""
    section = reader.table(path, given)
    if "/" not in path[1].strip("/"):
        reader.problem(path, f"{path[0]} are of models named provider/model, not {path[1]!r}", text=path[1])
        return None
    reader.known(path, section, keys)
    return section
