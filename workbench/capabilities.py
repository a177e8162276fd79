"""What models can do beyond answering a text: yes, no, or unknown, which is neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Capability = Literal["tools", "images", "files", "schema", "reasoning", "embeddings"]
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one model can do; None is unknown."""

    tools: bool | None = None
    """Ask for calls of tools."""
    images: bool | None = None
    """See images."""
    files: bool | None = None
    """Read files such as PDF."""
    schema: bool | None = None
    """Keep to a JSON schema by itself."""
    reasoning: bool | None = None
    """Think before it answers."""
    embeddings: bool | None = None
    """Turn texts into vectors."""

    def of(self, name: Capability) -> bool | None:
        """Whether the model has one of them; None is unknown."""
        found: bool | None = getattr(self, name)
        return found

    def plain(self) -> dict[str, bool | None]:
        """All of them by name."""
        return {name: self.of(name) for name in CAPABILITIES}

    def over(self, other: Capabilities) -> Capabilities:
        """What is known here, and what only ``other`` knows."""
        known = {**other.plain(), **{name: each for name, each in self.plain().items() if each is not None}}
        return Capabilities(**known)

    def told(self) -> str:
        """In words: what it can, and what nobody knows with a ``?``; what it cannot is left out."""
        known = self.plain()
        if all(each is None for each in known.values()):
            return "?"
        return " ".join(
            name + ("?" if each is None else "") for name, each in known.items() if each is not False
        )


UNKNOWN = Capabilities()
TEXT_ONLY = Capabilities(*[False] * len(CAPABILITIES))
"""Of a model that answers texts with texts."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model apart from its price: tokens it takes in and gives out, what it can do."""

    window: int | None = None
    max_output: int | None = None
    capabilities: Capabilities = UNKNOWN

    def over(self, other: ModelFacts) -> ModelFacts:
        """What is known here, and what only ``other`` knows."""
        return ModelFacts(
            other.window if self.window is None else self.window,
            other.max_output if self.max_output is None else self.max_output,
            self.capabilities.over(other.capabilities),
        )


NOTHING = ModelFacts()
