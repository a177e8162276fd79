"""What settings there are, and what holds where nothing is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from workbench.capabilities import ModelFacts
from workbench.settings.budgets import BudgetSettings
from workbench.usage import Price

FILE_NAME = "workbench.toml"
Kind = Literal["openai", "openai-responses", "anthropic", "gemini", "ollama", "sim"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_COMPATIBLE = (
    "openai", "openrouter", "groq", "mistral", "deepseek", "xai", "together", "fireworks", "cerebras",
    "perplexity", "moonshot", "huggingface", "cohere", "nvidia", "voyage", "lmstudio", "llamacpp", "vllm",
)  # fmt: skip
BUILT_IN_KINDS: Mapping[str, Kind] = {
    "sim": "sim", "openai-responses": "openai-responses", "anthropic": "anthropic", "gemini": "gemini",
    "google": "gemini", "ollama": "ollama", **dict.fromkeys(_COMPATIBLE, "openai"),
}  # fmt: skip
"""Providers that are there without settings; their section may leave ``kind`` out.
One of another name may leave ``base_url`` out too when its kind has a home of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one provider may be asked at once; how long (seconds) and large (bytes) an answer may be."""

    at_once: int = 1000
    connect: float = 10.0
    first_token: float = 120.0
    between_tokens: float = 60.0
    timeout: float = 600.0
    max_bytes: int = 8 * 1024 * 1024
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Of requests and answers together; None is no limit of ours."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One ``[providers.NAME]`` section."""

    name: str
    kind: Kind
    base_url: str = ""
    api_key_env: str = ""
    header_env: Mapping[str, str] = field(default_factory=dict)
    """Further headers: each name with the environment variable that holds its value."""
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    """Simulator: another seed draws other delays and failures."""
    speed: float = 1.0
    """Simulator: 100 answers a hundred times faster than a real provider."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a recipe or a command says nothing."""

    budget_usd: float | None = None
    price_table: str = ""
    """A file of prices instead of the one that is shipped."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings.  ``folder`` is where they were looked for; ``.env`` is read there too."""

    folder: Path = field(default_factory=Path)
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    clearances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By label: the models that may see it, as names or patterns such as ``local/*``."""
    budgets: Mapping[str, BudgetSettings] = field(default_factory=dict)
    """By level: ``run``, ``session``, ``day``."""
    models: Mapping[str, ModelFacts] = field(default_factory=dict)
    """What the user says that models take and can do; ``provider/*`` is for all its others."""
