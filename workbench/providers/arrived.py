"""What has arrived of one answer so far: enough for a reply, whole or partial, and for the raw record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from workbench.events import Json
from workbench.providers.dialect import Dialect
from workbench.providers.keys import HIDDEN, IN_PIECES, Redactor, Veil
from workbench.providers.port import Finish, OnDelta, Reply
from workbench.providers.structured import whole
from workbench.providers.tool_calls import ToolCall
from workbench.usage import Usage

MOST_KEPT = 1024 * 1024
"""Bytes of an answer that are kept as they came."""
FINEST = 0.01
"""Seconds between two entries of the stream's rhythm."""
KEPT_HEADERS = (
    "content-type", "retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "request-id",
    "openai-processing-ms", "openai-version", "x-litellm-response-cost",
)  # fmt: skip
KEPT_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-")
"""Headers are kept by this list only; any other may hold a secret."""


class Arrived:
    """Collects one exchange with a server."""

    def __init__(
        self, model: str, url: str, body: Mapping[str, Json], redactor: Redactor, dialect: Dialect
    ) -> None:
        self.body = body
        self.url = url
        self.reader = dialect.reader()
        self._content = dialect.content
        self.status = 0
        self.finish: Finish | None = None
        self._model = model
        self._redactor = redactor
        self._veil = Veil(redactor)
        self._headers: Mapping[str, str] = {}
        self._began = time.perf_counter()
        self._kept: list[bytes] = []
        self._received = 0
        self._characters = 0
        self._first: float | None = None
        self._rhythm: list[tuple[float, int]] = []

    def begin(self, status: int, headers: Mapping[str, str], began: float) -> None:
        """The head of the answer is there; the attempt began at ``began`` by the performance counter."""
        self.status, self._headers, self._began = status, headers, began

    def keep(self, piece: bytes) -> None:
        """Remember bytes as they came."""
        if self._received < MOST_KEPT:
            self._kept.append(piece[: MOST_KEPT - self._received])
        self._received += len(piece)

    @property
    def beginning(self) -> bytes:
        """The first bytes that came, for people to see what they were."""
        return b"".join(self._kept)[:120]

    def take(self, chunk: Mapping[str, Json], on_delta: OnDelta) -> None:
        """Read a chunk, and pass on the text it adds."""
        text = self.reader.take(chunk)
        if text:
            shown = self._veil.shown(text if text.isascii() else whole([text]))
            if shown:
                on_delta(shown)
            elapsed = time.perf_counter() - self._began
            self._characters += len(text)
            if self._first is None:
                self._first = elapsed
            if len(self._rhythm) > 1 and elapsed - self._rhythm[-2][0] < FINEST:
                self._rhythm.pop()
            self._rhythm.append((elapsed, self._characters))

    def close(self, on_delta: OnDelta) -> None:
        """Pass on what was held back, since nothing more comes."""
        rest = self._veil.rest()
        if rest:
            on_delta(rest)

    def partial(self, *, stopped: bool = False) -> Reply:
        """The reply as far as it got: cut when its end is missing.

        What an answer without an end would have come to is unknown; of one that we ``stopped`` the counts are
        those until then.
        """
        if self.finish is not None:
            return self.reply(self.finish)
        reply = self.reply("cut" if self._characters else "error")
        return reply if stopped or self.reader.is_whole else replace(reply, usage=_until_here(reply.usage))

    def reply(self, finish: Finish) -> Reply:
        """The reply, ended as ``finish``."""
        reader, redactor, shown = self.reader, self._redactor, self._shown()
        calls = tuple(
            ToolCall(redactor.text(each.name), redactor.text(each.arguments), each.id)
            for each in reader.calls()
        )
        return Reply(
            text=redactor.text(whole(reader.text)),
            finish=finish,
            usage=reader.usage(),
            model=f"{self._model.partition('/')[0]}/{reader.model}" if reader.model else self._model,
            reply_id=reader.reply_id,
            billed_nano=reader.bill(self._headers),
            first_token=self._first,
            chunks=tuple(self._rhythm),
            raw=self._raw(shown),
            reasoning=redactor.text(whole(reader.reasoning)),
            tool_calls=calls,
            turn=redactor.json(reader.turn()),
            headers=shown,
        )

    def _shown(self) -> dict[str, str]:
        return {
            name: self._redactor.text(value)
            for name, value in self._headers.items()
            if name in KEPT_HEADERS or name.startswith(KEPT_PREFIXES)
        }

    def _id(self) -> dict[str, Json]:
        """The provider's name for the answer, for those who ask its support."""
        return {"id": self.reader.reply_id} if self.reader.reply_id else {}

    def _raw(self, headers: Mapping[str, str]) -> Mapping[str, Json]:
        """The exchange as on the wire, without keys; the messages are on record as the request's."""
        answer: dict[str, Json] = {
            "status": self.status,
            "headers": headers,
            "body": self._body(),
        }
        if self._received > MOST_KEPT:
            answer["left_out"] = self._received - MOST_KEPT
        as_asked = {name: "as in the request" for name in self._content if name in self.body}
        body = {**self.body, **as_asked}
        raw = {"request": {"method": "POST", "url": self.url, "body": body}, "answer": answer, **self._id()}
        cleaned: Mapping[str, Json] = self._redactor.json(raw)
        return cleaned

    def _body(self) -> str:
        """The bytes as they came; nothing of them where they hold a key in pieces that no search finds."""
        reader, hide = self.reader, self._redactor.text
        body = hide(b"".join(self._kept).decode("utf-8", "replace"))
        texts = (
            "".join(reader.text),
            "".join(reader.reasoning),
            *(each.arguments for each in reader.calls()),
        )
        said = sum(hide(text).count(HIDDEN) for text in texts)
        return IN_PIECES if said > body.count(HIDDEN) else body


def _until_here(usage: Usage) -> Usage:
    """The counts of an answer that did not end: what it would have come to nobody has said."""
    return Usage() if usage.input is None else replace(usage, output=None, reasoning=None)
