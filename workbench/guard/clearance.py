"""Which models may see data with which labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Clearances:
    """For each label the models that may see it, as names or patterns (``local/*``).

    A label that is not named here is free: any model may see it.
    """

    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def against(self, model: str, labels: Iterable[str]) -> str:
        """Why a model must not see data with these labels; empty when it may."""
        wanting = [label for label in sorted(labels) if not self.is_cleared(model, label)]
        return f"not cleared for {', '.join(wanting)}" if wanting else ""

    def is_cleared(self, model: str, label: str) -> bool:
        """Whether a model may see data with a label."""
        allowed = self.models.get(label)
        return allowed is None or any(fnmatchcase(model, pattern) for pattern in allowed)
