"""The provider ``local``: models that run in this process and compute on what they are given."""

from __future__ import annotations

import asyncio
import difflib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.local import classify, reading
from workbench.providers.local.answer import Answer
from workbench.providers.local.answers import compose, extract
from workbench.providers.local.catalogue import MODELS, RAISED, VERSION
from workbench.providers.local.classifiers import Classifier, again, fit
from workbench.providers.local.facts import facts
from workbench.providers.local.fits import Fits
from workbench.providers.local.shelf import Shelf
from workbench.providers.local.summaries import digest, lead
from workbench.providers.local.tone import LABELS, tone
from workbench.providers.port import Examples, ModelInfo, ModelRequest, OnDelta, Reply
from workbench.usage import Usage

_WRITERS = {"extract": extract, "compose": compose, "lead": lead, "digest": digest}
_CHARACTERS_A_TOKEN = 4


class LocalProvider:
    """Embedded models.  Their work is done in threads, so the event loop stays free."""

    name = "local"

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._fits = Fits()
        self._shelf = shelf

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        """Compute one answer; raises CallError for what the model cannot do."""
        started = time.perf_counter()
        info = self._known(model)
        if request.task not in info.tasks:
            raise CallError("bad_request", _wrong_task(info, request), hint=_capable(request), sent=False)
        if request.tools or any(each.attachments for each in request.messages):
            raise CallError(
                "bad_request", f"local/{model} reads the prompt's text; it uses no tools and no files",
                hint=f"set the text into the prompt, or {reading.CHAT_HINT}", sent=False,
            )  # fmt: skip
        if request.task == "classify":
            answer = await self._classify(model, request)
        elif request.task == "extract":
            answer = await asyncio.to_thread(facts, request.text, request.schema or {})
        else:
            answer = await asyncio.to_thread(_write, model, request)
        return _reply(model, request, answer, started, on_delta)

    async def _classify(self, model: str, request: ModelRequest) -> Answer:
        if model == "tone":
            return await self._tone(request)
        labels = classify.labels_of(request)
        classifier = await self._fitted(model, request, labels)
        if classifier is not None:
            return await asyncio.to_thread(classify.by_classifier, classifier, request.text, list(labels))
        if model == "bayes":
            raise CallError(
                "bad_request",
                "local/bayes learns from examples, and there are none for these labels",
                hint="give examples:, or use local/blend, which can go by the descriptions",
                sent=False,
            )
        return await asyncio.to_thread(classify.by_descriptions, request.text, labels)

    async def _tone(self, request: ModelRequest) -> Answer:
        labels = dict(request.labels) or dict.fromkeys(LABELS, "")
        classifier = await self._fitted("bayes", request, labels)
        learnt = None if classifier is None else classifier.logits(request.text)
        return await asyncio.to_thread(tone, request.text, list(labels), learnt)

    async def _fitted(
        self, model: str, request: ModelRequest, labels: Mapping[str, str]
    ) -> Classifier | None:
        """The classifier fitted to the request's examples; None when it has none for the labels."""
        examples = request.examples
        if examples is None or not classify.has_examples(examples, labels):
            return None
        key = (model, RAISED.get(model, VERSION), examples.hash, tuple(labels.items()))
        return await self._fits.get(key, partial(self._fit, key, examples, labels))

    def _fit(
        self,
        key: tuple[Json, ...],
        examples: Examples,
        labels: Mapping[str, str],
        breathe: Callable[[], None],
    ) -> Classifier:
        """A classifier from the shelf, else a new one, which goes there."""
        kept = self._shelf.find(key) if self._shelf is not None else None
        if kept is not None:
            with suppress(ValueError, TypeError, KeyError):
                return again(kept)
        fitted = fit(str(key[0]), examples.texts, examples.labels, labels, breathe)
        if self._shelf is not None:
            self._shelf.keep(key, fitted.state())
        return fitted

    def _known(self, model: str) -> ModelInfo:
        info = MODELS.get(model)
        if info is None:
            near = difflib.get_close_matches(model, MODELS, n=1)
            raise CallError(
                "bad_request",
                f"there is no model local/{model}",
                hint=f"did you mean local/{near[0]}?" if near else f"there are: {', '.join(MODELS)}",
                sent=False,
            )
        return info

    def info(self, model: str) -> ModelInfo:
        """What is known of ``model``."""
        name = f"local/{model}"
        return MODELS.get(model) or ModelInfo(
            name, available=False, reason=f"there is no model {name}; there are: {', '.join(MODELS)}"
        )

    def models(self) -> Sequence[ModelInfo]:
        """All embedded models."""
        return tuple(MODELS.values())

    async def close(self) -> None:
        """Stop unfinished fits."""
        self._fits.close()


def _write(model: str, request: ModelRequest) -> Answer:
    if request.schema is not None:
        raise CallError(
            "bad_request",
            f"local/{model} picks sentences; it cannot answer in JSON",
            hint=f"use an extract step with local/facts, or {reading.CHAT_HINT}",
            sent=False,
        )
    return _WRITERS[model](reading.read(request), request.params.get("max_tokens"))


def _wrong_task(info: ModelInfo, request: ModelRequest) -> str:
    return f"{info.name} does {' and '.join(info.tasks)}, not {request.task}"


def _capable(request: ModelRequest) -> str:
    able = [info.name for info in MODELS.values() if request.task in info.tasks]
    return f"use {' or '.join(able)}, or {reading.CHAT_HINT}"


def _reply(model: str, request: ModelRequest, answer: Answer, started: float, on_delta: OnDelta) -> Reply:
    pieces = answer.pieces or (json.dumps(answer.data, ensure_ascii=False),)
    first = time.perf_counter() - started
    chunks = []
    shown = 0
    for piece in pieces:
        on_delta(piece)
        shown += len(piece)
        chunks.append((round(time.perf_counter() - started, 6), shown))
    text = "".join(pieces)
    return Reply(
        text=text,
        data=answer.data,
        finish=answer.finish,
        usage=_usage(request, text),
        model=f"local/{model}@{RAISED.get(model, VERSION)}",
        first_token=round(first, 6),
        chunks=tuple(chunks),
        raw=_raw(answer),
    )


def _raw(answer: Answer) -> dict[str, Json]:
    return {"how": dict(answer.notes)}


def _usage(request: ModelRequest, answer: str) -> Usage:
    """Tokens by the rule of four characters each, so that runs compare with those of other models."""
    read = request.text if request.task != "prompt" else "".join(message.text for message in request.messages)
    return Usage(
        input=_tokens(read), cached=0, cache_write=0, output=_tokens(answer), reasoning=0, state="estimated"
    )


def _tokens(text: str) -> int:
    return math.ceil(len(text) / _CHARACTERS_A_TOKEN)
