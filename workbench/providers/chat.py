"""Reading chat-completions answers, streamed or whole, of any server that speaks the protocol."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from workbench.events import Json
from workbench.providers.port import Finish
from workbench.usage import NANO, Usage

FINISHES: Mapping[str, Finish] = {
    "stop": "stop", "eos": "stop", "end_turn": "stop", "stop_sequence": "stop", "completed": "stop",
    "length": "length", "max_tokens": "length", "model_length": "length",
    "tool_calls": "tool_calls", "function_call": "tool_calls", "tool_use": "tool_calls",
    "content_filter": "content_filter", "safety": "content_filter", "refusal": "refused", "error": "error",
}  # fmt: skip
MOST_TOKENS = 2**53


@dataclass(slots=True)
class ChatReader:
    """Takes the chunks of one answer (or the one whole answer) and holds what they said so far."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    tokens: list[tuple[str, float]] = field(default_factory=list)
    """Tokens with the logarithm of their probability, where the answer gives it."""
    finish: str | None = None
    usage: Mapping[str, Json] | None = None
    model: str = ""
    reply_id: str = ""
    choices: int = 0
    calls_tools: bool = False

    def take(self, chunk: Mapping[str, Json]) -> str:
        """Read one chunk; returns the text it adds to the answer."""
        self.model = _string(chunk.get("model")) or self.model
        self.reply_id = _string(chunk.get("id")) or self.reply_id
        usage = chunk.get("usage")
        if not isinstance(usage, dict):
            extra = chunk.get("x_groq")
            usage = extra.get("usage") if isinstance(extra, dict) else None
        if isinstance(usage, dict) and usage:
            self.usage = usage  # some servers send it in every chunk: the last one holds
        added = []
        for choice in _list(chunk.get("choices")):
            if isinstance(choice, dict) and choice.get("index", 0) in (0, None):
                added.append(self._choice(choice))
        return "".join(added)

    def _choice(self, choice: Mapping[str, Json]) -> str:
        self.choices += 1
        self.finish = _string(choice.get("finish_reason")) or self.finish
        message = choice.get("delta") or choice.get("message")
        if not isinstance(message, dict):
            return _string(choice.get("text"))
        self._take_logprobs(choice.get("logprobs"))
        self.refusal.append(_string(message.get("refusal")))
        if _list(message.get("tool_calls")) or _names_function(message.get("function_call")):
            self.calls_tools = True
        self.reasoning.append(_reasoning(message))
        content = message.get("content")
        text = self._parts(content) if isinstance(content, list) else _string(content)
        self.text.append(text)
        return text

    def _parts(self, parts: list[Json]) -> str:
        """Content as a list of parts: texts, and thinking that holds texts of its own."""
        texts = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, dict) and part.get("type") == "thinking":
                self.reasoning.append("".join(_texts(part.get("thinking"))))
            elif isinstance(part, dict):
                texts.append(_string(part.get("text")))
        return "".join(texts)

    def _take_logprobs(self, logprobs: Json) -> None:
        for token in _list(logprobs.get("content")) if isinstance(logprobs, dict) else []:
            if isinstance(token, dict) and isinstance(token.get("logprob"), int | float):
                self.tokens.append((_string(token.get("token")), float(token["logprob"])))

    @property
    def outcome(self) -> Finish:
        """How the answer ended, in our words; tool calls count where a server names no reason."""
        if any(self.refusal):
            return "refused"
        if self.finish:
            return FINISHES.get(self.finish.lower(), "tool_calls" if self.calls_tools else "stop")
        return "tool_calls" if self.calls_tools else "stop"

    def confidence(self, label: str) -> float | None:
        """The probability of the tokens that spell ``label`` in the answer, where they were given."""
        written = "".join(token for token, _ in self.tokens)
        start = written.rfind(label)
        if start < 0 or not label:
            return None
        end, at, total = start + len(label), 0, 0.0
        for token, logprob in self.tokens:
            if at < end and at + len(token) > start:
                total += logprob
            at += len(token)
        return round(math.exp(min(total, 0.0)), 6)


def usage_of(usage: Mapping[str, Json] | None) -> Usage:
    """Tokens in disjoint buckets, whatever the provider's habit; unknown where the answer says nothing."""
    if usage is None:
        return Usage()
    prompt, output = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if prompt is None and output is None:
        return Usage()
    before, after = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    cached = _first_count(before, "cached_tokens")
    for key in ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens"):
        cached = _count(usage, key) if cached is None else cached
    written = _first_count(before, "cache_write_tokens", "cache_creation_tokens")
    reasoning = _first_count(after, "reasoning_tokens")
    reasoning = _count(usage, "reasoning_tokens") if reasoning is None else reasoning
    total = _count(usage, "total_tokens")
    if prompt is not None and output is not None and reasoning and total == prompt + output + reasoning:
        output += reasoning  # xAI counts thinking apart from the answer
    plain = prompt
    if prompt is not None:
        plain = prompt - (cached or 0) - (written or 0)
        if plain < 0:  # contradicts itself (seen with Azure): how much was cached is then not known
            plain, cached, written = prompt, None, None
    return Usage(plain, cached, written, output, reasoning, "reported")


def bill_of(usage: Mapping[str, Json] | None, headers: Mapping[str, str]) -> int | None:
    """What the provider says it charges, in nano-dollars; None when it does not say."""
    if usage is not None:
        ticks = _money(usage.get("cost_in_usd_ticks"))
        if ticks is not None:
            return round(ticks / 10)
        cost = usage.get("cost")
        amount = _money(cost.get("total_cost") if isinstance(cost, dict) else cost)
        if amount is not None:
            details = usage.get("cost_details")
            if usage.get("is_byok") is True and isinstance(details, dict):
                # With a key of one's own the router charges its fee, and the provider the rest.
                amount += _money(details.get("upstream_inference_cost")) or 0
            return round(amount * NANO)
    amount = _money(headers.get("x-litellm-response-cost"))
    return None if amount is None else round(amount * NANO)


def _money(value: Json) -> Decimal | None:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**9 * 10**10 else None


def _count(usage: Json, key: str) -> int | None:
    """A number of tokens, or None for anything else."""
    value = usage.get(key) if isinstance(usage, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST_TOKENS:
        return None
    return value


def _first_count(usage: Json, *keys: str) -> int | None:
    return next((found for key in keys if (found := _count(usage, key)) is not None), None)


def _reasoning(message: Mapping[str, Json]) -> str:
    """What a message shows of the model's thinking, in any of the places servers put it."""
    for key in ("reasoning_content", "reasoning"):
        text = _string(message.get(key))
        if text:
            return text
    return "".join(_texts(message.get("reasoning_details")))


def _texts(parts: Json) -> Iterator[str]:
    if isinstance(parts, str):
        yield parts
    for part in _list(parts):
        if isinstance(part, dict):
            yield _string(part.get("text")) or _string(part.get("summary"))


def _names_function(call: Json) -> bool:
    return isinstance(call, dict) and bool(call.get("name"))


def _string(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
