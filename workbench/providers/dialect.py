"""How one protocol is spoken: where requests go, what they say, how answers are read."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from workbench.capabilities import UNKNOWN
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import AnswerReader
from workbench.providers.port import Message, ModelRequest
from workbench.providers.speech import Speech
from workbench.providers.sse import EventParser, ServerEvent, looks_like_events

_VERSION = re.compile(r"/v\d+(alpha|beta)?\d*(/|$)")
_REFUSES_STREAMS = re.compile(r"\bstream(ing)?\b.{0,80}\b(not|un)\s?(support|available|verified|allowed)")


class Parser(Protocol):
    """Turns bytes into events."""

    def feed(self, received: bytes) -> list[ServerEvent]:
        """The events that ``received`` completes."""

    def close(self) -> ServerEvent | None:
        """The event still open when the bytes ended."""


class Dialect(ABC):
    """One protocol."""

    kind: str
    content: Sequence[str] = ("messages",)
    """The fields of a request that hold the conversation, which is on record apart."""
    whole_without_marker = False
    """True where an answer in one piece need not say why it ended."""

    @abstractmethod
    def url(self, base_url: str, model: str, speech: Speech) -> str:
        """Where to send a request."""

    @abstractmethod
    def body(self, model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
        """The JSON to send."""

    @abstractmethod
    def reader(self) -> AnswerReader:
        """What reads one answer."""

    def key(self, key: str) -> dict[str, str]:
        """The header that carries the key."""
        return {"Authorization": f"Bearer {key}"}

    def headers(self) -> dict[str, str]:
        """Further headers the protocol wants."""
        return {}

    takes: tuple[str, ...] = ("image/",)
    """How the media types begin of the files that go with a message; texts always do."""
    cannot = UNKNOWN
    """What no model can do by this protocol."""

    def adapted(self, speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
        """Another way to say what was refused with ``error``; None when it was refused for something else."""
        return None

    def is_stream(self, start: bytes) -> bool | None:
        """Whether an answer that begins like this comes in events; None when more must be seen."""
        return looks_like_events(start)

    def parser(self) -> Parser:
        """What finds the events in a stream."""
        return EventParser()


def refuse_own(request: ModelRequest, own: frozenset[str]) -> None:
    """CallError when params set what only the adapter may write."""
    reserved = own & request.params.keys()
    if reserved:
        raise CallError("bad_request", f"params cannot set {', '.join(sorted(reserved))}", sent=False)


def without(base_url: str, *ends: str) -> str:
    """An address without the end that a protocol adds itself: people paste whole addresses."""
    for end in ends:
        base_url = base_url.rstrip("/").removesuffix(end)
    return base_url


def has_version(base_url: str) -> bool:
    """True when an address names the version of its API already, as ``https://host/v1``."""
    return bool(_VERSION.search(urlsplit(base_url).path))


def refuses_streams(said: str) -> bool:
    """True when an error says that this model cannot stream (to this customer)."""
    return "verified to stream" in said or bool(_REFUSES_STREAMS.search(said))


def split_system(messages: Sequence[Message]) -> tuple[str, list[Message]]:
    """Instructions as one text, for protocols that take them apart, and the conversation."""
    system = [each.text for each in messages if each.role == "system"]
    return "\n\n".join(system), [each for each in messages if each.role != "system"]


def as_texts(value: Json) -> list[Json]:
    """Stop texts as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]
