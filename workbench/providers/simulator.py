"""The simulator: rehearse before you pay.

``sim/typical`` answers by itself, in words that say they are simulated.
``sim/over:local/compose?profile=bad-day`` takes the true answer of another model and only spoils time, money
and luck.  ``sim/echo`` gives the end of the question back at once and for nothing.

Every chance is drawn from the seed and the request's key, so nothing depends on the order of calls; only
``throttled`` counts requests by the clock.  After ``?`` may stand ``profile``, ``seed`` and ``speed`` (100 is
a hundred times faster than real).
"""

from __future__ import annotations

import asyncio
import difflib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import isfinite
from typing import NoReturn
from urllib.parse import parse_qsl

from workbench.capabilities import TEXT_ONLY, Capabilities
from workbench.errors import CallError, ErrorClass
from workbench.events import Json
from workbench.providers.port import ModelInfo, ModelRequest, OnDelta, Provider, Reply
from workbench.providers.profiles import PROFILES, RATE_SPREAD, Draws, Profile
from workbench.providers.simulated import (
    CHARACTERS_PER_TOKEN,
    as_json_text,
    asked,
    choose_label,
    estimate_tokens,
    fence,
    fill_schema,
    input_tokens,
    spoil_json,
    write_prose,
)
from workbench.providers.structured import NotJson, structured
from workbench.providers.tool_calls import ToolCall
from workbench.settings import ProviderSettings
from workbench.usage import Price, Usage

ECHOED = 2000
"""Characters of the question that ``echo`` gives back."""
NEVER = 600.0
"""Seconds until a model that hangs is given up."""
TIMED_OUT = 30.0
"""Seconds until a simulated time-out."""
PIECES = 40
"""Pieces an answer is streamed in."""
OPTIONS = ("profile", "seed", "speed")
NOTHING = Price(0, 0, 0, 0, source="simulated")
REHEARSED = Capabilities(
    tools=True, images=True, files=True, schema=True, reasoning=False, embeddings=False
)  # fmt: skip
"""A simulated model takes what it is given, and asks for tools; it does not think aloud."""

Resolve = Callable[[str], tuple[Provider, str]]
"""From ``provider/model`` to the provider and its own name for the model."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a simulated model's name asks for."""

    name: str
    profile: Profile
    seed: int
    speed: float
    over: str = ""
    """The wrapped model, ``provider/model``."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """How one answer is timed, in simulated seconds."""

    first_token: float
    per_token: float
    speed: float

    async def wait(self, seconds: float) -> None:
        """Let ``seconds`` of simulated time pass."""
        await asyncio.sleep(max(seconds, 0.0) / self.speed)


class Simulator:
    """The provider ``sim``; ``resolve`` finds the models that others are put over."""

    def __init__(self, settings: ProviderSettings, resolve: Resolve) -> None:
        self.name = settings.name
        self._settings = settings
        self._resolve = resolve
        self._buckets: dict[str, tuple[float, float]] = {}

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        """One simulated attempt."""
        if request.task == "compare":
            raise CallError("bad_request", "simulated models give no embeddings", sent=False)
        if model == "echo":
            return _echo(f"{self.name}/{model}", request, on_delta)
        part = self._part(model)
        draws = Draws(part.seed, part.name, f"{request.key or _content_key(request)}/{request.attempt}")
        tempo = _tempo(part, draws)
        began = time.perf_counter()
        self._throttle(part)
        true = await self._true_answer(part, request)
        await self._meet_fate(part, draws, tempo, request)
        spoken = true or _own_answer(part, request, draws)
        reply = _spoil(part, request, draws, spoken)
        reply = replace(reply, model=f"{self.name}/{model}", raw=_raw(part, tempo, reply))
        paused = time.perf_counter() - began if true else 0.0
        return await _stream(reply, tempo, began, paused, on_delta)

    def info(self, model: str) -> ModelInfo:
        """What a simulated model is, or why its name cannot be used."""
        full = f"{self.name}/{model}"
        if model == "echo":
            return ModelInfo(
                full, "gives the question back, at once and free", price=NOTHING, simulated=True,
                capabilities=TEXT_ONLY,
            )  # fmt: skip
        try:
            part = self._part(model)
            if not part.over:
                return ModelInfo(
                    full, part.profile.about, price=part.profile.price, simulated=True,
                    capabilities=REHEARSED,
                )  # fmt: skip
            provider, inner = self._resolve(part.over)
        except CallError as error:
            return ModelInfo(full, available=False, reason=error.message, simulated=True)
        return replace(
            provider.info(inner), name=full, price=part.profile.price, simulated=True,
            about=f"{part.over} with trouble: {part.profile.about}",
        )  # fmt: skip

    def models(self) -> Sequence[ModelInfo]:
        """One model for each profile, and the echo."""
        return [self.info(name) for name in (*PROFILES, "echo")]

    async def close(self) -> None:
        """Nothing is open."""

    def _part(self, model: str) -> Part:
        name, _, query = model.partition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
        for key in options:
            if key not in OPTIONS:
                raise _unusable(f"{self.name}/{model} has no option {key!r}", key, OPTIONS)
        over = name.removeprefix("over:") if name.startswith("over:") else ""
        if over.startswith(f"{self.name}/") or (name.startswith("over:") and "/" not in over):
            raise _unusable(
                f"{self.name}/over: needs another provider's model, as over:local/compose", "", ()
            )
        profile = options.get("profile", "typical") if over else name
        if not over and "profile" in options:
            raise _unusable(f"{self.name}/{name} is a profile already; profile= goes with over:", "", ())
        if profile == "echo":
            raise _unusable(f"{self.name}/echo takes no options", "", ())
        if profile not in PROFILES:
            raise _unusable(f"the simulator has no profile {profile!r}", profile, (*PROFILES, "echo"))
        return Part(
            profile,
            PROFILES[profile],
            seed=int(_number(options, "seed", self._settings.seed)),
            speed=_speed(options, self._settings.speed),
            over=over,
        )

    async def _true_answer(self, part: Part, request: ModelRequest) -> Reply | None:
        if not part.over:
            return None
        provider, model = self._resolve(part.over)
        return await provider.reply(model, request, _unheard)

    def _throttle(self, part: Part) -> None:
        """Take a token from the profile's bucket, or raise rate_limit with the time until there is one."""
        if part.profile.per_minute is None:
            return
        now = time.monotonic() * part.speed
        rate, burst = part.profile.per_minute / 60, float(part.profile.burst)
        level, then = self._buckets.get(part.name, (burst, now))
        level = min(burst, level + (now - then) * rate)
        if level < 1:
            self._buckets[part.name] = (level, now)
            wait = (1 - level) / rate / part.speed
            raise CallError(
                "rate_limit",
                f"[simulated] rate limit of {part.profile.per_minute:g} requests a minute reached",
                retry_after=wait, sent=False,
            )  # fmt: skip
        self._buckets[part.name] = (level - 1, now)

    async def _meet_fate(self, part: Part, draws: Draws, tempo: Tempo, request: ModelRequest) -> None:
        """Return when the call is to succeed; else wait as a real one would, and raise."""
        if draws.uniform("hang") < part.profile.hangs:
            await tempo.wait(NEVER)
            raise CallError("timeout", f"[simulated] no answer within {NEVER:g} s")
        fate = draws.failure(part.profile.failures)
        if fate is not None:
            await _fail(fate, draws, tempo, request)


def _unusable(message: str, given: str, known: Sequence[str]) -> CallError:
    close = difflib.get_close_matches(given, known, n=1) if given else []
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}" if known else ""
    return CallError("bad_request", message, hint=hint, sent=False)


def _number(options: Mapping[str, str], key: str, default: float) -> float:
    """The number of an option of the model's name."""
    try:
        number = float(options[key]) if key in options else default
    except ValueError:
        number = -1
    if not isfinite(number) or number < 0:
        raise _unusable(f"{key}={options[key]} is not a number of 0 or more", "", ())
    return number


def _speed(options: Mapping[str, str], default: float) -> float:
    speed = _number(options, "speed", default)
    if speed == 0:
        raise _unusable("speed=0 would never answer", "", ())
    return speed


def _unheard(text: str) -> None:
    """The wrapped model's pieces come too early; the simulator sends its own."""


def _content_key(request: ModelRequest) -> str:
    """What chance depends on where a request has no key: its content."""
    content = "\0".join((request.text, *(message.text for message in request.messages)))
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _echo(model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
    """The end of the question; a label by the text alone; what fits a schema."""
    source = asked(request)
    draws = Draws(0, "echo", _content_key(request))
    data: Json = None
    if request.task == "classify" and request.labels:
        data = choose_label(request.labels, draws)
        text = str(data["label"])
    elif request.schema is not None:
        data = fill_schema(request.schema, draws, source)
        text = as_json_text(data)
    else:
        text = source[-ECHOED:]
    on_delta(text)
    usage = Usage(input_tokens(request), 0, 0, estimate_tokens(text), 0, "reported")
    return Reply(text, data, usage=usage, model=model, first_token=0.0)


def _tempo(part: Part, draws: Draws) -> Tempo:
    profile = part.profile
    first = draws.between("first token", profile.first_token)
    if profile.queued and draws.uniform("queued") < profile.queued:
        first += draws.between("queue", profile.queue)
    return Tempo(first, 1 / draws.log_normal("rate", profile.rate, RATE_SPREAD), part.speed)


async def _fail(fate: ErrorClass, draws: Draws, tempo: Tempo, request: ModelRequest) -> NoReturn:
    """Fail as class ``fate``, after the time such a failure takes."""
    used = Usage(input_tokens(request), 0, 0, 0, 0, "reported")
    if fate == "rate_limit":
        await tempo.wait(0.1)
        asked_for = (1 + 9 * draws.uniform("retry after")) / tempo.speed
        raise CallError(fate, "[simulated] too many requests", retry_after=asked_for, sent=False)
    if fate == "timeout":
        await tempo.wait(TIMED_OUT)
        raise CallError(fate, f"[simulated] no answer within {TIMED_OUT:g} s")
    await tempo.wait(tempo.first_token)
    if fate == "server":
        status = draws.pick("status", (500, 502, 503))
        raise CallError(fate, f"[simulated] the server failed (status {status})", sent=False)
    partial = Reply("", usage=used, finish="refused" if fate == "refused" else "error")
    said = {
        "network": "the connection was closed in the middle of the answer",
        "refused": "the model declined to answer",
        "content_filter": "the answer was withheld by a content filter",
    }
    raise CallError(fate, f"[simulated] {said.get(fate, fate)}", partial=partial)


def _own_answer(part: Part, request: ModelRequest, draws: Draws) -> Reply:
    """An answer made of the input's words and chance."""
    tokens = max(1, round(draws.between("output tokens", part.profile.output)))
    limit = request.params.get("max_tokens")
    finish = "stop"
    data: Json = None
    if request.tools and all(message.role != "tool" for message in request.messages):
        return _asking(request, draws)
    if request.task == "classify" and request.labels:
        data = choose_label(request.labels, draws)
        text = as_json_text({"label": data["label"]})
    elif request.schema is not None:
        data = fill_schema(request.schema, draws, asked(request))
        text = as_json_text(data)
    else:
        text = write_prose(request, draws, tokens)
        if isinstance(limit, int) and not isinstance(limit, bool) and 0 < limit < estimate_tokens(text):
            # a server stops in the middle of a sentence, and never bills more than it was allowed
            text, finish = text[: limit * CHARACTERS_PER_TOKEN], "length"
    usage = Usage(input_tokens(request), 0, 0, estimate_tokens(text), 0, "reported")
    return Reply(text, data, usage=usage, finish="length" if finish == "length" else "stop")


def _asking(request: ModelRequest, draws: Draws) -> Reply:
    """A call of one of the tools that are offered, with arguments that fit."""
    tool = draws.pick("tool", request.tools)
    arguments = as_json_text(fill_schema(tool.parameters, draws, asked(request)))
    usage = Usage(input_tokens(request), 0, 0, estimate_tokens(arguments), 0, "reported")
    return Reply("", finish="tool_calls", usage=usage, tool_calls=(ToolCall(tool.name, arguments, "call_1"),))


def _spoil(part: Part, request: ModelRequest, draws: Draws, reply: Reply) -> Reply:
    """Wrap or break a structured answer as the profile's models do, and count what was not counted."""
    usage = reply.usage
    if usage.input is None or usage.output is None:
        usage = Usage(input_tokens(request), 0, 0, estimate_tokens(reply.text), 0, "estimated")
    reply = replace(reply, usage=usage, billed_nano=None)
    if reply.data is None and request.schema is None:
        return reply
    drawn = draws.uniform("malformed")
    if drawn < part.profile.broken:
        text = spoil_json(reply.text)
        try:
            structured(replace(request, schema=request.schema or {}), text)
        except NotJson as error:
            partial = replace(reply, text=text, data=None)
            raise CallError(
                "malformed", f"[simulated] the answer is not what was asked for: {error}", partial=partial
            ) from None
    if drawn < part.profile.broken + part.profile.fenced and reply.text.startswith(("{", "[")):
        return replace(reply, text=fence(reply.text))
    return reply


def _raw(part: Part, tempo: Tempo, reply: Reply) -> dict[str, Json]:
    """What the simulator drew, in simulated seconds."""
    tokens = reply.usage.output or 0
    return {
        "simulated": {
            "profile": part.name, "seed": part.seed, "speed": part.speed,
            "first_token": round(tempo.first_token, 6),
            "seconds": round(tempo.first_token + max(tokens - 1, 0) * tempo.per_token, 6),
            **({"over": part.over, "answer": reply.raw} if part.over else {}),
        }
    }  # fmt: skip


async def _stream(reply: Reply, tempo: Tempo, began: float, spent: float, on_delta: OnDelta) -> Reply:
    """Send the answer piece by piece at its tempo; ``spent`` seconds have passed already."""
    tokens = max(reply.usage.output or 1, 1)
    whole = tempo.per_token * (tokens - 1)
    count = PIECES if whole / tempo.speed > 0.05 else 1
    size = max(1, -(-len(reply.text) // count))
    pieces = [reply.text[start : start + size] for start in range(0, len(reply.text), size)]
    await tempo.wait(tempo.first_token - spent * tempo.speed)
    first, arrived, chunks = None, 0, []
    for index, piece in enumerate(pieces):
        if index:
            await tempo.wait(whole / (len(pieces) - 1))
        on_delta(piece)
        arrived += len(piece)
        elapsed = time.perf_counter() - began
        first = elapsed if first is None else first
        chunks.append((round(elapsed, 6), arrived))
    if len(pieces) <= 1:
        await tempo.wait(whole)
    return replace(reply, first_token=first, chunks=tuple(chunks))
