"""What an embedded model hands back, before it becomes a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.events import Json
from workbench.providers.port import Finish


@dataclass(frozen=True, slots=True)
class Answer:
    """``pieces`` in the order they are shown; ``notes`` say how the answer came about."""

    pieces: tuple[str, ...]
    data: Json = None
    finish: Finish = "stop"
    notes: Mapping[str, Json] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All pieces together."""
        return "".join(self.pieces)
