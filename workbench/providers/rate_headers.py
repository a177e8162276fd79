"""What the headers of an answer say of rate limits: requests and tokens left, and until when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_FAMILIES = (
    ("x-ratelimit-remaining-{}", "x-ratelimit-reset-{}"),
    ("anthropic-ratelimit-{}-remaining", "anthropic-ratelimit-{}-reset"),
)
_PLAIN = ("x-ratelimit-remaining", "x-ratelimit-reset")


@dataclass(frozen=True, slots=True)
class Told:
    """``left`` requests until ``reset`` seconds from now; ask nothing for ``hold`` seconds."""

    hold: float | None = None
    left: int | None = None
    reset: float = 0.0


def read_headers(headers: Mapping[str, str], now: datetime | None = None) -> Told:
    """What the headers (lower-case names) say; nothing where they say nothing that can be read.

    Tokens that are used up count like requests that are used up: nothing is left until the reset.
    """
    if not any("ratelimit" in name for name in headers):
        return Told()
    moment = now or datetime.now(UTC)
    tightest = Told()
    pairs = [
        (remaining.format(of), reset.format(of))
        for remaining, reset in _FAMILIES
        for of in ("requests", "tokens", "input-tokens", "output-tokens")
    ]
    for remaining, reset in (*pairs, _PLAIN):
        left, seconds = _count(headers.get(remaining, "")), _seconds(headers.get(reset, ""), moment)
        if left is None or seconds is None or seconds <= 0:
            continue
        of_tokens = "tokens" in remaining
        if of_tokens and left > 0:
            continue
        if (
            tightest.left is None
            or left < tightest.left
            or (left == tightest.left and seconds > tightest.reset)
        ):
            tightest = Told(left=left, reset=seconds)
    return tightest


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _seconds(text: str, now: datetime) -> float | None:
    """Seconds from ``1s``, ``6m0s``, ``120ms``, ``12``, epoch seconds, or a moment as RFC 3339."""
    text = text.strip()
    if re.fullmatch(r"(\d+(\.\d+)?(ms|h|m|s))+", text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(text))
    if re.fullmatch(r"\d{1,13}(\.\d+)?", text):
        number = float(text)
        if number > 1e12:
            return number / 1000 - now.timestamp()
        return number - now.timestamp() if number > 1e9 else number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment - now).total_seconds() if moment.tzinfo is not None else None
