"""Reads a prompt as an extractive model can: its sources, the question, and what else was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import CallError
from workbench.providers.port import Message, ModelRequest, Segment

CHAT_HINT = (
    "give the role a chat model, as ollama/llama3.2, or any server under [providers] in workbench.toml"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One source text; ``id`` is what citations name."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt taken apart.

    ``orders`` is the author's own text and later objections; ``failed`` are earlier answers that were
    sent back, oldest first.
    """

    passages: tuple[Passage, ...]
    question: str
    orders: str
    failed: tuple[str, ...] = ()
    retrieved: bool = False
    """True when the passages came from a retrieval, so that citing them says something."""


def read(request: ModelRequest) -> Reading:
    """Take ``request`` apart; CallError when nothing in it can serve as a source."""
    parts = [(message, segment) for message in request.messages for segment in message.segments]
    parts = [(message, segment) for message, segment in parts if _inside(message, segment).strip()]
    if not parts:
        raise CallError(
            "bad_request",
            "this model picks sentences from its sources, and the prompt holds none",
            hint=f"mention an input or a retrieval in the prompt, or {CHAT_HINT}",
            sent=False,
        )
    asides = [part for part in parts if part[1].source.split(".")[0] == "previous"]
    plain = [part for part in parts if part not in asides] or parts
    passages = [part for part in plain if part[1].kind == "passage"]
    sources = passages or [max(plain, key=lambda part: part[1].end - part[1].start)]
    others = [_inside(message, segment) for message, segment in plain if (message, segment) not in sources]
    own = _own_text(request.messages)
    orders = [own, *(_inside(message, segment) for message, segment in asides)]
    return Reading(
        passages=_numbered(sources),
        question="\n".join(dict.fromkeys(others)) or own,
        orders="\n".join(orders),
        failed=tuple(message.text for message in request.messages if message.role == "assistant"),
        retrieved=bool(passages),
    )


def _inside(message: Message, segment: Segment) -> str:
    return message.text[segment.start : segment.end]


def _numbered(sources: Sequence[tuple[Message, Segment]]) -> tuple[Passage, ...]:
    passages: dict[Passage, None] = {}
    for message, segment in sources:
        name = segment.id or str(len(passages) + 1)
        passages.setdefault(Passage(name, _inside(message, segment)))
    return tuple(passages)


def _own_text(messages: Sequence[Message]) -> str:
    """What stands outside all segments, in what was not said by a model."""
    pieces = []
    for message in messages:
        if message.role == "assistant":
            continue
        at = 0
        for segment in sorted(message.segments, key=lambda segment: segment.start):
            pieces.append(message.text[at : segment.start])
            at = max(at, segment.end)
        pieces.append(message.text[at:])
    return "\n".join(piece.strip() for piece in pieces if piece.strip())
