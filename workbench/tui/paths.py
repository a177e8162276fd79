"""Step paths taken apart: ``reviews[3]/tone#2`` belongs to the node ``reviews/tone``."""

from __future__ import annotations

import re

_INSTANCE = re.compile(r"\[\d+\]|#\d+")


def node(path: str) -> str:
    """The recipe's node that a step instance belongs to: its path without item and pass numbers."""
    return _INSTANCE.sub("", path) if "[" in path or "#" in path else path


def parent(path: str) -> str | None:
    """What a step instance is a part of: the step of an item or pass, the group of an inner step."""
    if path.endswith("]"):
        return path[: path.rindex("[")]
    slash, mark = path.rfind("/"), path.rfind("#")
    if mark > slash:
        return path[:mark]
    return path[:slash] if slash >= 0 else None


def leaf(path: str) -> str:
    """The last part of a path, as shown beneath its parent: ``tone``, ``[3]``, ``#2``."""
    above = parent(path)
    if above is None:
        return path
    return path[len(above) :].removeprefix("/")
