"""Chat completions over HTTP, for OpenAI and every server that speaks its protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from workbench import __version__
from workbench.errors import CallError
from workbench.providers.arrived import Arrived
from workbench.providers.faults import fault_in_stream, refusal
from workbench.providers.interrupted import carry
from workbench.providers.keys import Keys, Redactor
from workbench.providers.port import ModelInfo, ModelRequest, OnDelta, Reply
from workbench.providers.prices import price_of
from workbench.providers.speech import PLAIN, Speech, adapted, body_of
from workbench.providers.sse import EventParser, ServerEvent, looks_like_events
from workbench.providers.structured import NotJson, parse_json, structured
from workbench.settings import ProviderSettings, Settings

if TYPE_CHECKING:
    from workbench.providers.deadline import Deadline
    from workbench.providers.transport import ServerAnswer, Transport

MOST_ADAPTATIONS = 4
LAST_BYTES = 0.1
"""Seconds to wait for the end of an answer after its final marker; then its connection can serve again."""


class OpenAIProvider:
    """One OpenAI-compatible server."""

    def __init__(self, section: ProviderSettings, settings: Settings, keys: Keys) -> None:
        self.name = section.name
        self._section = section
        self._settings = settings
        self._keys = keys
        self._transport: Transport | None = None
        self._speech: dict[str, Speech] = {}

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        """One attempt: one answer, or CallError with what had arrived."""
        headers, redactor = self._headers()
        url = f"{self._section.base_url}/chat/completions"
        speech = self._speech.get(model, PLAIN)
        for _ in range(MOST_ADAPTATIONS):
            arrived = Arrived(f"{self.name}/{model}", url, body_of(model, request, speech), redactor)
            try:
                await self._exchange(url, {**headers, **_once(request, speech)}, arrived, on_delta)
                reply = _judged(self.name, request, arrived)
                self._speech[model] = speech
                return reply
            except asyncio.CancelledError as stopped:
                carry(stopped, arrived.partial() if arrived.status else None)
                raise
            except CallError as error:
                other = adapted(speech, arrived.body, error) if arrived.status in (400, 422) else None
                if other is None:
                    raise self._told(error, arrived, redactor) from None
                # Refused for how it was said, not for what was asked: nothing was answered or billed.
                speech = other
        raise CallError("bad_request", f"{self.name} accepts no form of this request", sent=False)

    def info(self, model: str) -> ModelInfo:
        """The user's price, and whether the key is there."""
        missing = self._missing_key()
        return ModelInfo(
            f"{self.name}/{model}",
            about=f"any model of {self._section.base_url}" if model == "*" else "",
            price=price_of(f"{self.name}/{model}", self._settings),
            available=not missing,
            reason=missing,
        )

    def models(self) -> Sequence[ModelInfo]:
        """The models the user gave a price, and one line for all others."""
        prefix = f"{self.name}/"
        priced = [name.removeprefix(prefix) for name in self._settings.prices if name.startswith(prefix)]
        return [self.info(model) for model in dict.fromkeys((*priced, "*"))]

    async def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    def _open(self) -> Transport:
        if self._transport is None:
            from workbench.providers.transport import Transport

            self._transport = Transport(self._section.limits)
        return self._transport

    def _missing_key(self) -> str:
        """What is missing before this server can be asked, or nothing."""
        wanted = [self._section.api_key_env, *self._section.header_env.values()]
        missing = [variable for variable in wanted if variable and not self._keys.get(variable)]
        return f"{', '.join(missing)} not set" if missing else ""

    def _headers(self) -> tuple[dict[str, str], Redactor]:
        """The headers with their keys, read now; and what removes these keys from all that is kept."""
        missing = self._missing_key()
        if missing:
            raise CallError(
                "auth", f"{self.name} needs a key: {missing}",
                hint="set it in the environment, or in .env in the working folder", sent=False,
            )  # fmt: skip
        secrets = {name: self._keys.get(variable) for name, variable in self._section.header_env.items()}
        if self._section.api_key_env:
            secrets["Authorization"] = f"Bearer {self._keys.get(self._section.api_key_env)}"
        for name, value in secrets.items():
            if not value.isascii() or not value.isprintable():
                raise CallError(
                    "auth", f"the key for {self.name}'s header {name} holds characters that no key has",
                    hint="was it pasted with something else?", sent=False,
                )  # fmt: skip
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            "User-Agent": f"workbench/{__version__}",
            **secrets,
        }
        return headers, Redactor([value.removeprefix("Bearer ") for value in secrets.values()])

    def _told(self, error: CallError, arrived: Arrived, redactor: Redactor) -> CallError:
        """The error with what had arrived, and without keys."""
        clean = CallError(
            error.error_class,
            redactor.text(error.message),
            hint=redactor.text(error.hint),
            retry_after=error.retry_after,
            sent=error.sent,
        )
        clean.partial = arrived.partial() if arrived.status else None
        return clean

    async def _exchange(
        self, url: str, headers: Mapping[str, str], arrived: Arrived, on_delta: OnDelta
    ) -> None:
        """Send the request and read the answer into ``arrived``; returns only when it is complete."""
        content = json.dumps(arrived.body, ensure_ascii=True, allow_nan=False).encode()
        async with self._open().post(url, headers, content) as (answer, deadline):
            arrived.begin(answer.status, answer.headers, deadline.began)
            if not 200 <= answer.status < 300:
                body = await answer.read()
                arrived.keep(body)
                raise refusal(self.name, answer.status, answer.headers, body)
            start = b""
            while (events := looks_like_events(start)) is None:
                piece = await anext(answer, None)
                if piece is None:
                    break
                arrived.keep(piece)
                start += piece
            if events:
                await self._read_stream(start, answer, deadline, arrived, on_delta)
            else:
                await self._read_whole(start, answer, deadline, arrived, on_delta)

    async def _read_stream(
        self, start: bytes, answer: ServerAnswer, deadline: Deadline, arrived: Arrived, on_delta: OnDelta
    ) -> None:
        parser = EventParser()
        piece: bytes | None = start
        while piece is not None:
            for event in parser.feed(piece):
                if self._take(event, deadline, arrived, on_delta):
                    with suppress(CallError, TimeoutError):
                        async with asyncio.timeout(LAST_BYTES):
                            await answer.read()
                    return
            piece = await anext(answer, None)
            arrived.keep(piece or b"")
        last = parser.close()
        if last is not None:
            try:
                parse_json(last.data)
            except NotJson:
                if last.data.strip() != "[DONE]":
                    raise _cut("in the middle of an event") from None
            if self._take(last, deadline, arrived, on_delta):
                return
        if not arrived.reader.finish:
            raise _cut("before its final marker")

    def _take(self, event: ServerEvent, deadline: Deadline, arrived: Arrived, on_delta: OnDelta) -> bool:
        """Read one event; True when it was the final marker."""
        data = event.data.strip()
        if data == "[DONE]":
            return True
        if not data:
            return False
        try:
            chunk = parse_json(data)
        except NotJson as error:
            if event.name == "error":
                raise CallError("server", f"{self.name}: {data[:300]}") from None
            raise CallError(
                "malformed", f"{self.name} sent an event that is not JSON ({error}): {data[:80]!r}"
            ) from None
        if event.name == "error" and not (isinstance(chunk, Mapping) and chunk.get("error")):
            chunk = {"error": chunk}
        fault = fault_in_stream(self.name, chunk)
        if fault is not None:
            raise fault
        if not isinstance(chunk, Mapping):
            raise CallError("malformed", f"{self.name} sent an event that is no object: {data[:80]!r}")
        deadline.token()
        arrived.take(chunk, on_delta)
        return False

    async def _read_whole(
        self, start: bytes, answer: ServerAnswer, deadline: Deadline, arrived: Arrived, on_delta: OnDelta
    ) -> None:
        """An answer in one piece: some servers do not stream, and some answer 200 with an error or a page."""
        pieces = [start]
        async for piece in answer:
            arrived.keep(piece)
            pieces.append(piece)
            deadline.token()
        body = b"".join(pieces)
        if not body.strip():
            raise _cut("before it began")
        try:
            value = parse_json(body.decode("utf-8-sig"))
        except (NotJson, UnicodeDecodeError):
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            seen = " ".join(body[:120].decode("utf-8", "replace").split())
            raise CallError(
                "malformed", f"{self.name} answered with {kind} instead of JSON: {seen!r}",
                hint="does base_url lead to the API, and not to a web page or a proxy?",
            ) from None  # fmt: skip
        fault = fault_in_stream(self.name, value)
        if fault is not None:
            raise fault
        if isinstance(value, Mapping):
            arrived.take(value, on_delta)
        if not arrived.reader.choices:
            raise CallError("malformed", f"{self.name} answered without a choice: {body[:120]!r}")


def _once(request: ModelRequest, speech: Speech) -> dict[str, str]:
    """The header by which a server knows an attempt it has seen already, so that nothing is billed twice.

    The same attempt said otherwise is another request.
    """
    if not request.key:
        return {}
    said = request.key if speech == PLAIN else f"{request.key}\0{speech}"
    digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16)
    return {"Idempotency-Key": digest.hexdigest()}


def _cut(where: str) -> CallError:
    return CallError("network", f"the answer was cut: the stream ended {where}")


def _judged(provider: str, request: ModelRequest, arrived: Arrived) -> Reply:
    """The reply of a complete answer; CallError when it is none that can be used."""
    outcome = arrived.reader.outcome
    arrived.finish = outcome
    reply = arrived.reply(outcome)
    if outcome == "refused":
        said = "".join(arrived.reader.refusal) or reply.text or "no reason given"
        raise CallError("refused", f"{provider}: the model declined: {said[:300]}")
    if outcome == "content_filter":
        raise CallError("content_filter", f"{provider}: the answer was withheld by a content filter")
    if outcome == "error":
        raise CallError("server", f"{provider}: the model's server ended the answer with an error")
    try:
        data = structured(request, reply.text)
    except NotJson as error:
        why = "it was cut at max_tokens" if outcome == "length" else str(error)
        raise CallError(
            "malformed", f"{provider}: the answer is not what was asked for: {why}: {reply.text[:80]!r}"
        ) from None
    if request.task == "classify" and isinstance(data, dict):
        confidence = arrived.reader.confidence(data["label"])
        scores = {} if confidence is None else {data["label"]: confidence}
        data = {**data, "confidence": confidence, "scores": scores}
    return replace(reply, data=data)
