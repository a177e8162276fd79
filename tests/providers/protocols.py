"""One and the same answer in every protocol: ``One two three.``, 7 tokens in, 3 out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.providers.wire_server import STREAM, chunk, usage_chunk
from workbench.settings import Kind

KINDS: tuple[Kind, ...] = ("openai", "openai-responses", "anthropic", "gemini", "ollama")
PIECES = ("One ", "two ", "three.")
LINES = {"content-type": "application/x-ndjson"}
ERRORS: dict[Kind, Any] = {
    "openai": {"error": {"message": "it broke", "type": "server_error"}},
    "openai-responses": {"type": "error", "code": "server_error", "message": "it broke"},
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "it broke"}},
    "gemini": {"error": {"code": 503, "message": "it broke", "status": "UNAVAILABLE"}},
    "ollama": {"error": "it broke"},
}
"""An error as each of them sends it in the middle of a stream."""


def events(kind: Kind, texts: Sequence[str] = PIECES, usage: bool = True) -> list[Any]:
    """The events of a good answer."""
    return {
        "openai": _chat, "openai-responses": _responses, "anthropic": _anthropic, "gemini": _gemini,
        "ollama": _ollama,
    }[kind](texts, usage)  # fmt: skip


def stream(
    kind: Kind, texts: Sequence[str] = PIECES, *, usage: bool = True, newline: str = "\n", ascii: bool = True
) -> bytes:
    """A good answer as it is streamed."""
    return framed(kind, events(kind, texts, usage), newline=newline, ascii=ascii)


def framed(kind: Kind, given: Sequence[Any], *, newline: str = "\n", ascii: bool = True) -> bytes:
    """Events as bytes, in the framing of the protocol; a text is put in as it is."""
    if kind == "openai":
        given = [*given, "[DONE]"]
    texts = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=ascii) for each in given]
    if kind == "ollama":
        return "".join(f"{each}{newline}" for each in texts).encode()
    return "".join(f"data: {each}{newline}{newline}" for each in texts).encode()


def headers(kind: Kind) -> dict[str, str]:
    """The type of a stream."""
    return LINES if kind == "ollama" else STREAM


def _chat(texts: Sequence[str], usage: bool) -> list[Any]:
    return [*map(chunk, texts), chunk(finish="stop"), *([usage_chunk()] if usage else [])]


def _responses(texts: Sequence[str], usage: bool) -> list[Any]:
    head = {"id": "r1", "model": "m-1", "status": "in_progress", "output": []}
    content = [{"type": "output_text", "text": "".join(texts)}]
    counts = {"input_tokens": 7, "output_tokens": 3}
    whole = {**head, "status": "completed", "output": [{"type": "message", "content": content}]}
    if usage:
        whole["usage"] = counts
    return [
        {"type": "response.created", "response": head},
        *({"type": "response.output_text.delta", "output_index": 0, "delta": each} for each in texts),
        {"type": "response.completed", "response": whole},
    ]  # fmt: skip


def _anthropic(texts: Sequence[str], usage: bool) -> list[Any]:
    before = {"input_tokens": 7, "output_tokens": 1} if usage else {}
    return [
        {"type": "message_start", "message": {"id": "a1", "model": "m-1", "content": [], "usage": before}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": each}}
            for each in texts
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta", "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 3} if usage else {},
        },
        {"type": "message_stop"},
    ]  # fmt: skip


def _gemini(texts: Sequence[str], usage: bool) -> list[Any]:
    counts = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
    chunks: list[dict[str, Any]] = [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": each}]}}], "modelVersion": "m-1"}
        for each in texts
    ]
    chunks[-1]["candidates"][0]["finishReason"] = "STOP"
    if usage:
        chunks[-1]["usageMetadata"] = counts
    return chunks


def _ollama(texts: Sequence[str], usage: bool) -> list[Any]:
    counts = {"prompt_eval_count": 7, "eval_count": 3} if usage else {}
    return [
        *(
            {"model": "m-1", "message": {"role": "assistant", "content": each}, "done": False}
            for each in texts
        ),
        {"model": "m-1", "message": {"content": ""}, "done": True, "done_reason": "stop", **counts},
    ]
