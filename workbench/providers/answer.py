"""What one answer of a model said so far, in the same words for every protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from workbench.errors import ErrorClass
from workbench.events import Json
from workbench.providers.port import Finish
from workbench.providers.tool_calls import OpenCall, ToolCall
from workbench.usage import NANO, Usage

MOST_TOKENS = 2**53
_UNKNOWN_FINISHES: tuple[tuple[Finish, tuple[str, ...]], ...] = (
    ("content_filter", ("filter", "safety", "toxic", "prohibited", "blocked", "recitation", "moderation")),
    ("error", ("error", "fail", "malformed", "abort")),
    ("length", ("length", "max_tokens", "token_limit")),
)


@dataclass(slots=True)
class AnswerReader(ABC):
    """Takes the events of one answer, or the one whole answer, and holds what they said."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    open_calls: dict[int, OpenCall] = field(default_factory=dict)
    """Calls of tools by their place in the answer."""
    finish: str = ""
    """Why the answer ended, in the provider's own word; empty until it said so."""
    counts: dict[str, Json] = field(default_factory=dict)
    """Token counts as they came."""
    model: str = ""
    reply_id: str = ""
    begun: bool = False
    """Something of an answer was seen, though perhaps no text."""
    ended: bool = False
    """The final marker was seen: whatever follows is no part of the answer."""
    note: str = ""
    """The provider's own words on why it ended."""
    error_class: ErrorClass = "server"
    """What an answer that ended in ``error`` failed of."""

    @abstractmethod
    def take(self, value: Mapping[str, Json]) -> str:
        """Read one event, or a whole answer; returns the text it adds."""

    def done(self) -> None:  # noqa: B027
        """``[DONE]`` came, which most protocols do not know as their final marker."""

    @property
    @abstractmethod
    def outcome(self) -> Finish:
        """How the answer ended, in our words."""

    @abstractmethod
    def usage(self) -> Usage:
        """Tokens in disjoint buckets, unknown where the answer says nothing."""

    @property
    def is_whole(self) -> bool:
        """True when the stream may end here without being cut."""
        return self.ended or bool(self.finish)

    def bill(self, headers: Mapping[str, str]) -> int | None:
        """What the provider says it charges, in nano-dollars."""
        return bill_of(self.counts, headers)

    def confidence(self, label: str) -> float | None:
        """The probability of ``label`` in the answer, where the provider gives it."""
        return None

    def calls(self) -> tuple[ToolCall, ...]:
        """The calls of tools asked for, in order."""
        if not self.open_calls:
            return ()
        ordered = sorted(self.open_calls.items())
        return tuple(call.closed(number) for number, (_, call) in enumerate(ordered, start=1))

    def turn(self) -> Json:
        """The answer as the provider wants it back when the conversation goes on; None when it is as said.

        Signed thinking goes back unchanged, or the next request is refused.
        """
        return None

    def call_at(self, place: int) -> OpenCall:
        """The call at this place of the answer, made when it is new."""
        return self.open_calls.setdefault(place, OpenCall())


def guessed(word: str) -> Finish | None:
    """How an answer ended whose reason nobody announced, by words in it; None where it says nothing."""
    found = (finish for finish, parts in _UNKNOWN_FINISHES if any(part in word.lower() for part in parts))
    return next(found, None)


def bill_of(usage: Mapping[str, Json], headers: Mapping[str, str]) -> int | None:
    """What the provider says it charges, in nano-dollars; None when it does not say."""
    ticks = amount_of(usage.get("cost_in_usd_ticks"))
    if ticks is not None:
        return round(ticks / 10)
    cost = usage.get("cost")
    amount = amount_of(cost.get("total_cost") if isinstance(cost, dict) else cost)
    if amount is not None:
        details = usage.get("cost_details")
        if usage.get("is_byok") is True and isinstance(details, dict):
            # With a key of one's own the router charges its fee, and the provider the rest.
            amount += amount_of(details.get("upstream_inference_cost")) or 0
        return round(amount * NANO)
    amount = amount_of(headers.get("x-litellm-response-cost"))
    return None if amount is None else round(amount * NANO)


def amount_of(value: Json) -> Decimal | None:
    """An amount of money, or None for anything else."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**9 * 10**10 else None


def count(usage: Json, key: str) -> int | None:
    """A number of tokens, or None for anything else."""
    value = usage.get(key) if isinstance(usage, dict) else None
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST_TOKENS:
        return None
    return value


def first_count(usage: Json, *keys: str) -> int | None:
    """The first of these numbers of tokens that is there."""
    for key in keys:
        found = count(usage, key)
        if found is not None:
            return found
    return None


def apart(
    total: int | None, cached: int | None, cache_write: int | None
) -> tuple[int | None, int | None, int | None]:
    """Input tokens without those read from or written to a cache, which ``total`` contains."""
    if total is None:
        return None, cached, cache_write
    plain = total - (cached or 0) - (cache_write or 0)
    if plain < 0:  # contradicts itself (seen with Azure): how much was cached is then not known
        return total, None, None
    return plain, cached, cache_write


def string(value: Json) -> str:
    """``value`` where it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def items(value: Json) -> list[Json]:
    """``value`` where it is a list, else nothing."""
    return value if isinstance(value, list) else []


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """The objects in a list."""
    return (each for each in items(value) if isinstance(each, dict))


def table(value: Json) -> dict[str, Json]:
    """``value`` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def place(value: Json, fallback: int) -> int:
    """The number of a part of an answer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else fallback
