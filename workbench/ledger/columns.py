"""Values between events and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.events import Candidate, Json
from workbench.ledger.blobs import fits_sqlite
from workbench.ledger.payload import Column, PayloadWriter
from workbench.usage import Price

LARGEST = 2**63 - 1


def micros(seconds: float) -> int:
    """Microseconds from seconds."""
    return round(seconds * 1e6)


def fingerprint_column(fingerprint: str) -> bytes | str:
    """16 bytes for the usual 32 hex characters, else the text itself."""
    if len(fingerprint) == 32 and fingerprint.islower():
        try:
            return bytes.fromhex(fingerprint)
        except ValueError:
            pass
    return fingerprint


def fingerprint_text(column: bytes | str) -> str:
    """The fingerprint as events have it."""
    return column.hex() if isinstance(column, bytes) else column


def answer_columns(answer: Mapping[str, Json] | None, payload: PayloadWriter) -> tuple[int | None, Column]:
    """The blob of an answer's text, and its data as a payload."""
    if answer is None:
        return None, None
    text = answer.get("text")
    return payload.blob(text if isinstance(text, str) else ""), payload.column(answer.get("data"))


def details_column(answer: Mapping[str, Json] | None, payload: PayloadWriter) -> Column:
    """What an answer holds besides text and data, as a payload; mostly nothing."""
    if answer is None or len(answer) <= 2:
        return None
    return payload.column({name: value for name, value in answer.items() if name not in ("text", "data")})


def plain_price(price: Price) -> list[Json]:
    """A price as JSON."""
    plain: list[Json] = [price.input, price.output, price.cached, price.cache_write, price.source]
    if price.tiers:
        plain.append([[above, plain_price(dearer)] for above, dearer in price.tiers])
    return plain


def plain_candidates(candidates: Sequence[Candidate]) -> list[Json]:
    """Candidates as JSON, without what is unset."""
    return [_plain_candidate(each) for each in candidates]


def _plain_candidate(candidate: Candidate) -> dict[str, Json]:
    plain: dict[str, Json] = {"model": candidate.model}
    if candidate.chosen:
        plain["chosen"] = True
    if candidate.reason:
        plain["reason"] = candidate.reason
    if candidate.health:
        plain["health"] = candidate.health
    if candidate.price is not None:
        plain["price"] = plain_price(candidate.price)
    for name in ("estimate_nano", "seconds", "score"):
        value = getattr(candidate, name)
        if value is not None:
            plain[name] = value
    return plain


def price_of(plain: Sequence[Json] | None) -> Price | None:
    """A price from JSON."""
    if plain is None:
        return None
    flat, tiers = plain[:5], plain[5] if len(plain) > 5 else ()
    return replace(Price(*flat), tiers=tuple((above, Price(*dearer)) for above, dearer in tiers))


def candidate_of(plain: Mapping[str, Json]) -> Candidate:
    """A candidate from JSON."""
    return Candidate(**{**plain, "price": price_of(plain.get("price"))})


def fit(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row with what SQLite cannot hold made to fit: numbers at the limit, odd characters shown escaped."""
    return tuple(_fit(value) for value in row)


def _fit(value: Any) -> Any:
    if isinstance(value, int):
        return max(-LARGEST, min(value, LARGEST))
    if isinstance(value, str) and not fits_sqlite(value):
        return value.encode("utf-8", "backslashreplace").decode()
    return value
