"""What a step's templates can see, and where each name came from."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from workbench.events import Json
from workbench.providers.port import Segment
from workbench.recipe.expressions import Rendered

Origin = Literal["input", "step", "passage"]
Value = TypeVar("Value")


class Names(ChainMap[str, Value]):
    """Values by name, chained to the enclosing ones; looked up without a generator and an exception each."""

    def __contains__(self, name: object) -> bool:
        """Whether one of them has it."""
        for each in self.maps:  # noqa: SIM110 (every template comes by here)
            if name in each:
                return True
        return False

    def get(self, name: str, default: Any = None) -> Any:
        """The innermost value."""
        for each in self.maps:
            if name in each:
                return each[name]
        return default


class Scope:
    """Names and values, chained to the enclosing ones; ``prefix`` leads the paths of the steps within."""

    def __init__(self, values: Names[Json], origins: Names[Origin], prefix: str = "") -> None:
        self.values = values
        self.origins = origins
        self.prefix = prefix

    @classmethod
    def of_inputs(cls, inputs: Mapping[str, Json]) -> Scope:
        """The outermost scope: the inputs of a run."""
        return cls(Names({}, dict(inputs)), Names({}, dict.fromkeys(inputs, "input")))

    def inner(self, prefix: str, values: Mapping[str, Json] | None = None, origin: Origin = "step") -> Scope:
        """A scope within this one, with values of its own."""
        own = dict(values or {})
        return Scope(self.values.new_child(own), self.origins.new_child(dict.fromkeys(own, origin)), prefix)

    def put(self, name: str, result: Json) -> None:
        """Make a step's result visible to its siblings."""
        self.values[name] = result
        self.origins[name] = "step"

    def segments(self, rendered: Rendered) -> tuple[Segment, ...]:
        """The pieces of a rendered text by origin; a retrieval is cut into its single passages."""
        segments: list[Segment] = []
        for piece in rendered.pieces:
            root = piece.mention.split(".", 1)[0].split("[", 1)[0]
            origin = self.origins.get(root, "step")
            documents = _documents(self.values.get(root), origin)
            passages = _passages(rendered.text, piece.start, piece.end, piece.mention, documents)
            segments.extend(
                passages
                or [Segment(piece.start, piece.end, "input" if origin == "input" else "step", piece.mention)]
            )
        return tuple(segments)

    def origin_of(self, mentions: frozenset[str]) -> Origin:
        """Where the items of an ``each`` come from."""
        for mention in sorted(mentions):
            root = mention.split(".", 1)[0]
            if _documents(self.values.get(root), "step"):
                return "passage"
            if self.origins.get(root) == "input":
                return "input"
        return "step"


def _documents(value: Json, origin: Origin) -> list[Mapping[str, Json]]:
    if isinstance(value, Mapping):
        if origin == "passage":
            return [value]
        documents = value.get("documents")
        if isinstance(documents, list):
            return [each for each in documents if isinstance(each, Mapping)]
    return []


def _passages(
    text: str, start: int, end: int, mention: str, documents: list[Mapping[str, Json]]
) -> list[Segment]:
    """One segment for each document whose text stands between ``start`` and ``end``."""
    found: list[Segment] = []
    for document in documents:
        body = document.get("text")
        if not isinstance(body, str) or not body:
            continue
        at = text.find(body, start, end)
        if at >= 0:
            name, score = str(document.get("id", "")), document.get("score")
            known = float(score) if isinstance(score, int | float) else None
            found.append(Segment(at, at + len(body), "passage", mention, name, known))
    return sorted(found, key=lambda each: each.start)
