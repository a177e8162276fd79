"""Tools a model may call, and the calls it asked for, in the same words for every provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.events import Json
from workbench.providers.structured import NotJson, parse_json, whole


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool offered to a model: ``parameters`` is the JSON schema of its arguments."""

    name: str
    about: str = ""
    parameters: Mapping[str, Json] = field(default_factory=lambda: {"type": "object", "properties": {}})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that a model asked for.

    ``arguments`` is JSON as the model wrote it, empty when it gave none; a limit may have cut it short.
    ``id`` is the provider's, or one of our making where it gives none.
    """

    name: str
    arguments: str = ""
    id: str = ""

    @property
    def is_whole(self) -> bool:
        """True when the arguments written so far are a whole object."""
        return self.arguments.strip() not in ("", "null") and self.given is not None

    def plain(self) -> dict[str, Json]:
        """The call as JSON."""
        return {"id": self.id, "name": self.name, "arguments": self.arguments}

    @property
    def given(self) -> Mapping[str, Json] | None:
        """The arguments read; None when they are not an object."""
        if self.arguments.strip() in ("", "null"):
            return {}
        try:
            read = parse_json(self.arguments)
        except NotJson:
            return None
        return read if isinstance(read, dict) else None


def calls_of(answer: Mapping[str, Json] | None) -> tuple[ToolCall, ...]:
    """The calls of tools that a recorded answer asks for."""
    plain = (answer or {}).get("tool_calls") or ()
    return tuple(
        ToolCall(str(each.get("name", "")), str(each.get("arguments", "")), str(each.get("id", "")))
        for each in plain
    )


def said_by(message: Mapping[str, Json]) -> str:
    """A recorded message for people: its text, and the calls of tools that it asks for."""
    text = str(message.get("text") or message.get("content") or "")
    calls = calls_of({"tool_calls": message.get("calls")})
    asked = [f"asks for {each.name}({each.arguments})" for each in calls]
    return "\n".join((*([text] if text else []), *asked))


@dataclass(slots=True)
class OpenCall:
    """A call whose pieces are still arriving."""

    name: str = ""
    id: str = ""
    pieces: list[str] = field(default_factory=list)

    def closed(self, number: int) -> ToolCall:
        """The call as it stands, the ``number``-th of its answer."""
        return ToolCall(whole([self.name]), whole(self.pieces), whole([self.id]) or f"call_{number}")


def written(arguments: Json) -> str:
    """Arguments as JSON text: some protocols send text, some an object, some nothing."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
