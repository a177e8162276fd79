"""Vectors of texts, from the providers that make them."""

from __future__ import annotations

import math
import struct
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import bill_of, count, first_count, objects, string, table
from workbench.providers.gemini import GeminiDialect
from workbench.providers.server import ServerProvider
from workbench.providers.speech import PLAIN
from workbench.settings import Kind
from workbench.usage import Usage

Vector = tuple[float, ...]
LARGEST = 1e6
"""No component of a vector is larger; bytes that would make it so are no floating point numbers."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors in the order of their texts."""

    vectors: tuple[Vector, ...]
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    billed_nano: int | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """How one protocol makes vectors."""

    path: Callable[[str, str], str]
    body: Callable[[str, Sequence[str], int | None], dict[str, Json]]
    vectors: Callable[[Mapping[str, Json]], list[Json]]


async def embed(
    provider: ServerProvider, model: str, texts: Sequence[str], dimensions: int | None = None
) -> Embedded:
    """The vectors of ``texts``; raises CallError."""
    way = _WAYS.get(provider.kind)
    if way is None:
        raise CallError("bad_request", f"{provider.name} makes no embeddings", sent=False)
    value, headers = await provider.send(
        way.path(provider.base_url, model), way.body(model, texts, dimensions)
    )
    vectors = tuple(_vector(each) for each in way.vectors(value))
    if len(vectors) != len(texts) or not all(vectors):
        raise CallError(
            "malformed", f"{provider.name} answered with {len(vectors)} vectors for {len(texts)} texts"
        )
    counts = table(value.get("usage")) or table(value.get("usageMetadata")) or value
    answered = string(value.get("model"))
    return Embedded(vectors, _usage(counts), f"{provider.name}/{answered or model}", bill_of(counts, headers))


def _usage(counts: Mapping[str, Json]) -> Usage:
    """Embeddings have input only, which some count as the total alone."""
    tokens = first_count(counts, "prompt_tokens", "promptTokenCount", "prompt_eval_count", "total_tokens")
    if tokens is None:
        return Usage()
    return Usage(tokens, None, None, count(counts, "completion_tokens") or 0, None, "reported")


def _vector(value: Json) -> Vector:
    """A vector from numbers, or from bytes of floating point numbers or of whole ones; empty for neither."""
    if isinstance(value, str):
        try:
            return _unpacked(b64decode(value, validate=True))
        except NotBase64:
            return ()
    numbers = value if isinstance(value, list) else []
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        return ()
    return tuple(map(float, numbers))


def _unpacked(packed: bytes) -> Vector:
    if len(packed) % 4 == 0:
        numbers = struct.unpack(f"<{len(packed) // 4}f", packed)
        if all(math.isfinite(each) and abs(each) < LARGEST for each in numbers):
            return numbers
    return tuple(map(float, struct.unpack(f"{len(packed)}b", packed)))


def _in_order(value: Mapping[str, Json]) -> list[Json]:
    rows = list(objects(value.get("data")))
    if all(isinstance(each.get("index"), int) for each in rows):
        rows.sort(key=lambda each: each["index"])
    return [each.get("embedding") for each in rows]


def _compatible_body(model: str, texts: Sequence[str], dimensions: int | None) -> dict[str, Json]:
    body: dict[str, Json] = {"model": model, "input": list(texts)}
    return body if dimensions is None else {**body, "dimensions": dimensions}


def _gemini_body(model: str, texts: Sequence[str], dimensions: int | None) -> dict[str, Json]:
    size = {} if dimensions is None else {"outputDimensionality": dimensions}
    return {
        "requests": [
            {"model": f"models/{model}", "content": {"parts": [{"text": text}]}, **size} for text in texts
        ]
    }


def _gemini_path(base_url: str, model: str) -> str:
    return GeminiDialect().url(base_url, model, PLAIN).rpartition(":")[0] + ":batchEmbedContents"


_COMPATIBLE = _Way(lambda base, model: f"{base}/embeddings", _compatible_body, _in_order)
_WAYS: Mapping[Kind, _Way] = {
    "openai": _COMPATIBLE,
    "openai-responses": _COMPATIBLE,
    "gemini": _Way(
        _gemini_path,
        _gemini_body,
        lambda value: [each.get("values") for each in objects(value.get("embeddings"))],
    ),
    "ollama": _Way(
        lambda base, model: f"{base.removesuffix('/v1').removesuffix('/api')}/api/embed",
        _compatible_body,
        lambda value: list(value.get("embeddings") or ()),
    ),
}
