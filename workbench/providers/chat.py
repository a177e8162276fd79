"""Reading chat-completions answers, streamed or whole, of any server that speaks the protocol."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.events import Json
from workbench.providers.answer import (
    AnswerReader,
    apart,
    count,
    first_count,
    guessed,
    items,
    objects,
    place,
    string,
    table,
)  # fmt: skip
from workbench.providers.port import Finish
from workbench.providers.tool_calls import OpenCall, written
from workbench.usage import Usage

FINISHES: Mapping[str, Finish] = {
    "stop": "stop", "eos": "stop", "end_turn": "stop", "stop_sequence": "stop", "completed": "stop",
    "length": "length", "max_tokens": "length", "model_length": "length",
    "tool_calls": "tool_calls", "function_call": "tool_calls", "tool_use": "tool_calls",
    "content_filter": "content_filter", "safety": "content_filter", "sensitive": "content_filter",
    "refusal": "refused", "error": "error", "abort": "error", "network_error": "error",
    "insufficient_system_resource": "error",
}  # fmt: skip

_USUAL = frozenset({"role", "content"})
"""What nearly every piece of an answer holds, and nothing else."""
_NOTHING = frozenset({"null", "none"})
"""What some servers write in place of null."""


@dataclass(slots=True)
class ChatReader(AnswerReader):
    """Reads the chunks of one answer, or the one whole answer."""

    tokens: list[tuple[str, float]] = field(default_factory=list)
    """Tokens with the logarithm of their probability, where the answer gives it."""
    details: list[Json] = field(default_factory=list)
    """Reasoning with its signatures, as routers send it."""

    def take(self, value: Mapping[str, Json]) -> str:
        """Read one chunk; returns the text it adds to the answer."""
        self.model = string(value.get("model")) or self.model
        self.reply_id = string(value.get("id")) or self.reply_id
        usage = value.get("usage")
        if usage:
            self._count(usage)
        elif "timings" in value:
            self._count(_timed(table(value["timings"])))
        if "x_groq" in value:
            self._groq(table(value["x_groq"]))
        added = ""
        for choice in items(value.get("choices")):
            if isinstance(choice, dict):
                if "usage" in choice:
                    self._count(choice["usage"])
                if choice.get("index", 0) in (0, None):
                    added += self._choice(choice)
        return added

    def done(self) -> None:
        """``[DONE]``: the end, whatever was said of it."""
        self.ended = True

    def _count(self, usage: Json) -> None:
        """Some servers send counts in every chunk, so the last ones hold; some end with nothing but zeros."""
        if isinstance(usage, dict) and usage and (not self.counts or any(usage.values())):
            self.counts = usage

    def _groq(self, said: Mapping[str, Json]) -> None:
        """What Groq says beside the protocol."""
        self._count(said.get("usage"))
        if said.get("error"):
            self.finish, self.note = "error", str(said["error"])[:300]

    def _choice(self, choice: Mapping[str, Json]) -> str:
        given = choice.get("finish_reason")
        reason = string(given.get("type") if isinstance(given, dict) else given)
        if reason and reason.lower() not in _NOTHING:
            self.finish = reason
        failed = choice.get("error")
        if failed and isinstance(failed, dict):
            self.finish, self.note = "error", string(failed.get("message")) or str(failed)[:300]
        delta = choice.get("delta")
        # some servers send the whole message so far beside each piece, even beside an empty one
        streamed = isinstance(delta, dict) and (bool(delta) or self.begun)
        message = delta if streamed else choice.get("message")
        self.begun = True
        if not isinstance(message, dict):
            text = string(choice.get("text"))
            self.text.append(text)
            return text
        self._take_logprobs(choice.get("logprobs"))
        if not message.keys() <= _USUAL:
            self._beside(message)
        content = message.get("content")
        parts = [content] if isinstance(content, dict) else content
        text = self._parts(parts) if isinstance(parts, list) else string(parts)
        self.text.append(text)
        return text

    def _beside(self, message: Mapping[str, Json]) -> None:
        """What a message holds besides the answer's text."""
        self.refusal.append(string(message.get("refusal")))
        self._calls(message)
        self.reasoning.append(_reasoning(message))
        self.details += items(message.get("reasoning_details"))

    def _calls(self, message: Mapping[str, Json]) -> None:
        for call in objects(message.get("tool_calls")):
            given = table(call.get("function")) or table(call.get("custom")) or call
            opened = self._opened(call, given)
            opened.name = opened.name or string(given.get("name"))
            opened.id = opened.id or string(call.get("id"))
            opened.pieces.append(written(given.get("arguments", given.get("input"))))
        legacy = message.get("function_call")
        if isinstance(legacy, dict) and (legacy.get("name") or self.open_calls):
            opened = self.call_at(0)
            opened.name = opened.name or string(legacy.get("name"))
            opened.pieces.append(written(legacy.get("arguments")))

    def _opened(self, call: Mapping[str, Json], given: Mapping[str, Json]) -> OpenCall:
        """The call that a piece belongs to; some servers number all calls 0, some none, some change it."""
        last = max(self.open_calls, default=-1)
        name, own = string(given.get("name")), string(call.get("id"))
        known = next((at for at, each in self.open_calls.items() if own and each.id == own), None)
        if known is not None:
            return self.call_at(known)
        at = place(call.get("index"), -1)
        if at < 0:
            at = last if last >= 0 and not name else last + 1
        there = self.open_calls.get(at)
        if there is None and last >= 0 and not name and not own:
            at = last
        elif there is not None and name and _is_another(there, own, given):
            at = last + 1
        return self.call_at(at)

    def _parts(self, parts: list[Json]) -> str:
        """Content as a list of parts: texts, and thinking that holds texts of its own."""
        texts = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, dict) and part.get("type") in ("thinking", "reasoning"):
                shown = part.get("thinking") or part.get("summary") or part.get("text")
                self.reasoning.append("".join(_texts(shown)))
            elif isinstance(part, dict):
                texts.append(string(part.get("text")))
        return "".join(texts)

    def _take_logprobs(self, logprobs: Json) -> None:
        for token in items(logprobs.get("content")) if isinstance(logprobs, dict) else []:
            if isinstance(token, dict) and isinstance(token.get("logprob"), int | float):
                self.tokens.append((string(token.get("token")), float(token["logprob"])))

    @property
    def outcome(self) -> Finish:
        """How the answer ended, in our words; tool calls count where a server names no reason."""
        if any(self.refusal):
            return "refused"
        word = self.finish.lower()
        known = FINISHES.get(word) or guessed(word)
        return known or ("tool_calls" if self.open_calls else "stop")

    def usage(self) -> Usage:
        """Tokens in disjoint buckets, whatever the provider's habit."""
        return usage_of(self.counts)

    def turn(self) -> Json:
        """The message with its reasoning, where a router wants that back."""
        if not self.details:
            return None
        called = [
            {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.arguments}}
            for each in self.calls()
        ]
        message = {"role": "assistant", "content": "".join(self.text), "reasoning_details": self.details}
        return {**message, "tool_calls": called} if called else message

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


def _timed(timings: Mapping[str, Json]) -> Json:
    """The counts of a llama.cpp server that says how long it took, and no more."""
    read, told = count(timings, "prompt_n"), count(timings, "predicted_n")
    if read is None or told is None:
        return None
    cached = count(timings, "cache_n") or 0
    return {"prompt_tokens": read + cached, "completion_tokens": told, "cached_tokens": cached}


def _is_another(there: OpenCall, own: str, given: Mapping[str, Json]) -> bool:
    """True when a piece with a name begins another call, though it has the number of one that is there."""
    if there.id and own:
        return own != there.id
    if own or there.id:
        return bool(there.id) and not own and there.closed(1).is_whole and bool(given.get("arguments"))
    return bool(there.name) and there.closed(1).is_whole and bool(given.get("arguments"))


def usage_of(usage: Mapping[str, Json]) -> Usage:
    """Tokens in disjoint buckets, whatever the provider's habit; unknown where the answer says nothing."""
    prompt = first_count(usage, "prompt_tokens", "input_tokens")
    output = first_count(usage, "completion_tokens", "output_tokens")
    if prompt is None and output is None:
        return Usage()
    before, after = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    cached = count(before, "cached_tokens")
    if cached is None:
        cached = first_count(usage, "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens")
    cache_write = first_count(before, "cache_write_tokens", "cache_creation_tokens")
    reasoning = count(after, "reasoning_tokens")
    reasoning = count(usage, "reasoning_tokens") if reasoning is None else reasoning
    total = count(usage, "total_tokens")
    if prompt is not None and output is not None and reasoning and total == prompt + output + reasoning:
        output += reasoning  # xAI counts thinking apart from the answer
    plain, cached, cache_write = apart(prompt, cached, cache_write)
    return Usage(plain, cached, cache_write, output, reasoning, "reported")


def _reasoning(message: Mapping[str, Json]) -> str:
    """What a message shows of the model's thinking, in any of the places servers put it."""
    for key in ("reasoning_content", "reasoning", "reasoning_text", "thinking"):
        said = message.get(key)
        text = string(said.get("text") if isinstance(said, dict) else said)
        if text:
            return text
    return "".join(_texts(message.get("reasoning_details")))


def _texts(parts: Json) -> Iterator[str]:
    if isinstance(parts, str):
        yield parts
    for part in objects(parts):
        yield string(part.get("text")) or string(part.get("summary"))
