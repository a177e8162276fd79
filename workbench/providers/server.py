"""A server that answers over HTTP, whatever protocol it speaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench import __version__
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.arrived import Arrived
from workbench.providers.attachments import not_taken
from workbench.providers.dialect import Dialect, Parser
from workbench.providers.facts import facts_of
from workbench.providers.faults import fault_in_stream, refusal
from workbench.providers.interrupted import carry
from workbench.providers.judged import judged
from workbench.providers.keys import Keys, Redactor
from workbench.providers.known import about_of
from workbench.providers.port import Message, ModelInfo, ModelRequest, OnDelta, Reply
from workbench.providers.prices import price_of
from workbench.providers.speech import PLAIN, Speech
from workbench.providers.sse import ServerEvent
from workbench.providers.structured import NotJson, parse_json
from workbench.settings import ProviderSettings, Settings

if TYPE_CHECKING:
    from workbench.providers.deadline import Deadline
    from workbench.providers.transport import ServerAnswer, Transport

_ENCODE = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode
MOST_ADAPTATIONS = 4
LAST_BYTES = 0.1
"""Seconds to wait for the end of an answer after its final marker; then its connection can serve again."""
NOTHING = ("", "null", "ping", "keepalive", "keep-alive", "heartbeat")
"""Data of events that only keep a connection open."""
SHORT = 12
"""Characters that these, and final markers, are shorter than."""


class ServerProvider:
    """One server, spoken to in one dialect."""

    def __init__(self, section: ProviderSettings, settings: Settings, keys: Keys, dialect: Dialect) -> None:
        self.name = section.name
        self.kind = section.kind
        self.base_url = section.base_url
        self._host = urlsplit(section.base_url).hostname or ""
        self._section = section
        self._settings = settings
        self._keys = keys
        self._dialect = dialect
        self._transport: Transport | None = None
        self._speech: dict[str, Speech] = {}
        self._secrets: dict[str, str] | None = None
        self._said: tuple[dict[str, str], Redactor] = ({}, Redactor([]))
        """The headers and the redactor for the keys as they were last."""

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        """One attempt: one answer, or CallError with what had arrived."""
        if request.task == "compare":
            from workbench.providers.comparing import compared

            return await compared(self, model, request)
        await self._open().turn()
        headers, redactor = self._headers()
        speech = self._speech.get(model, PLAIN)
        for _ in range(MOST_ADAPTATIONS):
            arrived = self._expected(model, request, speech, redactor)
            try:
                await self._exchange(headers, _key_of(request, speech), arrived, on_delta)
                arrived.close(on_delta)
                reply = judged(self.name, request, arrived)
                self._speech[model] = speech
                return reply
            except asyncio.CancelledError as stopped:
                carry(stopped, arrived.partial(stopped=True) if arrived.status else None)
                raise
            except CallError as error:
                said_wrong = arrived.status in (400, 422, 501)
                other = self._dialect.adapted(speech, arrived.body, error) if said_wrong else None
                if other is None or other == speech:
                    raise self._told(error, arrived, redactor) from None
                # Refused for how it was said, not for what was asked: nothing was answered or billed.
                speech = other
        raise CallError("bad_request", f"{self.name} accepts no form of this request", sent=False)

    async def send(self, url: str, body: Mapping[str, Json]) -> tuple[Mapping[str, Json], Mapping[str, str]]:
        """Ask for a whole answer that is no model's text, as embeddings: its JSON, and its headers."""
        await self._open().turn()
        headers, redactor = self._headers()
        content = _ENCODE(body).encode()
        arrived = Arrived(self.name, url, body, redactor, self._dialect)
        try:
            async with self._open().post(url, headers, content) as (answer, deadline):
                arrived.begin(answer.status, answer.headers, deadline.began)
                received = await answer.read()
                if not 200 <= answer.status < 300:
                    raise refusal(self.name, answer.status, answer.headers, received, self._host)
                value = self._json(received, answer)
                if isinstance(value, Mapping):
                    return value, answer.headers
                raise CallError("malformed", f"{self.name} answered with JSON that is no object")
        except CallError as error:
            raise self._told(error, arrived, redactor) from None

    def info(self, model: str) -> ModelInfo:
        """What is known of a model, and whether the key is there."""
        missing = self._missing_key()
        full = f"{self.name}/{model}"
        facts = facts_of(full, self._settings, self.base_url)
        return ModelInfo(
            full,
            about=about_of(self._section) if model == "*" else "",
            window=facts.window,
            max_output=facts.max_output,
            price=price_of(full, self._settings, self.base_url),
            capabilities=self._dialect.cannot.over(facts.capabilities),
            available=not missing,
            reason=missing,
        )

    def models(self) -> Sequence[ModelInfo]:
        """The models of which the user says something, and one line for all others."""
        prefix = f"{self.name}/"
        named = (*self._settings.prices, *self._settings.models)
        own = [name.removeprefix(prefix) for name in named if name.startswith(prefix)]
        return [self.info(model) for model in dict.fromkeys((*own, "*"))]

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

    def _expected(self, model: str, request: ModelRequest, speech: Speech, redactor: Redactor) -> Arrived:
        """What is asked, and nothing arrived yet."""
        files = (file for message in request.messages for file in message.attachments)
        refused = not_taken(files, *self._dialect.takes)
        if refused:
            raise CallError(
                "bad_request", f"{self.name} takes no file such as {refused}",
                hint=f"its protocol takes texts and {', '.join(self._dialect.takes)}", sent=False,
            )  # fmt: skip
        if any(message.turn_by not in ("", self.name) for message in request.messages):
            request = replace(request, messages=tuple(map(self._own_turn, request.messages)))
        url = self._dialect.url(self.base_url, model, speech)
        body = self._dialect.body(model, request, speech)
        return Arrived(f"{self.name}/{model}", url, body, redactor, self._dialect)

    def _own_turn(self, message: Message) -> Message:
        """A message without the turn that another provider gave it."""
        return message if message.turn_by in ("", self.name) else replace(message, turn=None)

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
            secrets.update(self._dialect.key(self._keys.get(self._section.api_key_env)))
        if secrets != self._secrets:
            self._said, self._secrets = self._with_secrets(secrets), secrets
        return self._said

    def _with_secrets(self, secrets: Mapping[str, str]) -> tuple[dict[str, str], Redactor]:
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
            **self._dialect.headers(),
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
        self, headers: Mapping[str, str], key: str, arrived: Arrived, on_delta: OnDelta
    ) -> None:
        """Send the request and read the answer into ``arrived``; returns only when it is complete."""
        content = _ENCODE(arrived.body).encode()
        async with self._open().post(arrived.url, headers, content, key) as (answer, deadline):
            arrived.begin(answer.status, answer.headers, deadline.began)
            if not 200 <= answer.status < 300:
                body = await answer.read()
                arrived.keep(body)
                raise refusal(self.name, answer.status, answer.headers, body, self._host)
            start = b""
            while (events := self._dialect.is_stream(start)) is None:
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
        parser = self._dialect.parser()
        piece: bytes | None = start
        while piece is not None:
            events = parser.feed(piece)
            if events:
                deadline.token()
            for event in events:
                if self._take(event, arrived, on_delta):
                    if not answer.is_read:
                        with suppress(CallError, TimeoutError):
                            async with asyncio.timeout(LAST_BYTES):
                                await answer.read()
                    _refuse_cut(arrived)
                    return
            piece = await anext(answer, None)
            arrived.keep(piece or b"")
        self._take_last(parser, arrived, on_delta)
        _refuse_cut(arrived)

    def _take_last(self, parser: Parser, arrived: Arrived, on_delta: OnDelta) -> None:
        """The event that was open when the stream ended, if it is whole."""
        last = parser.close()
        if last is None:
            return
        if not _is_json(last.data) and not all(map(_is_json, last.data.split("\n"))):
            raise _cut("in the middle of an event")
        self._take(last, arrived, on_delta)

    def _take(self, event: ServerEvent, arrived: Arrived, on_delta: OnDelta) -> bool:
        """Read one event; True when it was the final marker."""
        data = event.data.strip()
        if len(data) < SHORT:
            if data.strip('"').upper() == "[DONE]":
                arrived.reader.done()
                return True
            if data in NOTHING:
                return False
        try:
            chunk = parse_json(data)
        except NotJson as error:
            if "\n" in data:  # events that no blank line parts
                lines = [ServerEvent(event.name, line) for line in data.split("\n")]
                return any(self._take(each, arrived, on_delta) for each in lines)
            if event.name == "error":
                raise CallError("server", f"{self.name}: {data[:300]}") from None
            raise CallError(
                "malformed", f"{self.name} sent an event that is not JSON ({error}): {data[:80]!r}"
            ) from None
        if event.name == "error" and not (isinstance(chunk, Mapping) and chunk.get("error")):
            chunk = {"error": chunk}
        if not isinstance(chunk, dict):
            fault = CallError("malformed", f"{self.name} sent an event that is no object: {data[:80]!r}")
            raise fault_in_stream(self.name, chunk) or fault
        self._take_value(chunk, arrived, on_delta)
        return arrived.reader.ended

    def _take_value(self, value: Mapping[str, Json], arrived: Arrived, on_delta: OnDelta) -> None:
        """Read what an event or an answer says; an error that it holds may come with counts and text."""
        arrived.take(value, on_delta)
        fault = fault_in_stream(self.name, value)
        if fault is not None:
            raise fault

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
        value = self._json(body, answer)
        for chunk in value if isinstance(value, list) else [value]:
            if isinstance(chunk, Mapping):
                self._take_value(chunk, arrived, on_delta)
        _refuse_nothing(arrived)
        if not self._dialect.whole_without_marker:
            _refuse_cut(arrived)

    def _json(self, body: bytes, answer: ServerAnswer) -> Json:
        """A whole body read; CallError that says what came instead."""
        if not body.strip():
            raise _cut("before it began")
        try:
            return parse_json(body.decode("utf-8-sig"))
        except (NotJson, UnicodeDecodeError):
            if body.lstrip()[:1] in (b"{", b"[") and body.rstrip()[-1:] not in (b"}", b"]"):
                raise _cut("in the middle") from None
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            seen = " ".join(body[:120].decode("utf-8", "replace").split())
            raise CallError(
                "malformed", f"{self.name} answered with {kind} instead of JSON: {seen!r}",
                hint="does base_url lead to the API, and not to a web page or a proxy?",
            ) from None  # fmt: skip


def _is_json(data: str) -> bool:
    """True when the data of an event is whole."""
    try:
        parse_json(data)
    except NotJson:
        return data.strip() in ("[DONE]", *NOTHING)
    return True


def _key_of(request: ModelRequest, speech: Speech) -> str:
    """By what a server knows an attempt it has seen already, so that nothing is billed twice.

    The same attempt said otherwise is another request.
    """
    if not request.key:
        return ""
    said = request.key if speech == PLAIN else f"{request.key}\0{speech}"
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _cut(where: str) -> CallError:
    return CallError("network", f"the answer was cut: the stream ended {where}")


def _refuse_cut(arrived: Arrived) -> None:
    """CallError for a stream that never ended, or never began."""
    if not arrived.reader.is_whole:
        raise _cut("before its final marker")
    _refuse_nothing(arrived)


def _refuse_nothing(arrived: Arrived) -> None:
    if not arrived.reader.begun:
        raise CallError("malformed", f"the server answered without a choice: {arrived.beginning!r}")
