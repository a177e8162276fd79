"""How near texts are in meaning, by the vectors of an embedding model."""

from __future__ import annotations

import math
import time
from operator import mul

from workbench.providers.embeddings import Vector, embed
from workbench.providers.port import ModelRequest, Reply
from workbench.providers.server import ServerProvider

LONGEST = 8000
"""Characters of a text that are compared: what every embedding model takes in."""


async def compared(provider: ServerProvider, model: str, request: ModelRequest) -> Reply:
    """How near the first message's text is to those of the others; one call for all.  Raises CallError."""
    began = time.perf_counter()
    texts = [each.text.strip()[:LONGEST] or "-" for each in request.messages]
    dimensions = request.params.get("dimensions")
    found = await embed(provider, model, texts, dimensions if isinstance(dimensions, int) else None)
    first, *others = found.vectors
    scores = [nearness(first, each) for each in others]
    return Reply(
        " ".join(f"{each:.3f}" for each in scores), scores, usage=found.usage, model=found.model,
        billed_nano=found.billed_nano, first_token=round(time.perf_counter() - began, 6),
    )  # fmt: skip


def nearness(one: Vector, other: Vector) -> float:
    """The cosine of two vectors, 0 where it is negative or they are of different size."""
    lengths = math.hypot(*one) * math.hypot(*other)
    if len(one) != len(other) or not lengths:
        return 0.0
    cosine: float = sum(map(mul, one, other)) / lengths
    return round(min(max(cosine, 0.0), 1.0), 6)
