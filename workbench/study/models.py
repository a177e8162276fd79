"""The models one can name here: what is known of each, whether it can be had, what the record says of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.ledger.rows import ModelFigures
from workbench.providers.port import ModelInfo
from workbench.providers.registry import IN_PROCESS, Providers
from workbench.recipe.load import load
from workbench.study.bench import Bench
from workbench.study.summary import summary

HERE = ("127.0.0.1", "localhost", "::1")
LISTENS_WITHIN = 0.3
"""Seconds in which a server of this machine takes a connection."""
PING = """schema: workbench/v1
name: ping
about: Asks a model for one word.
models:
  asked: {{candidates: [{model}], params: {{max_tokens: 64}}}}
steps:
  word: {{prompt: "Answer with one word only: pong", model: asked}}
outputs: {{answer: "{{{{ word.text }}}}"}}
"""


@dataclass(frozen=True, slots=True)
class ModelLook:
    """One model, with what the record says of it."""

    info: ModelInfo
    figures: ModelFigures | None = None


@dataclass(frozen=True, slots=True)
class Pinged:
    """How one small call went; ``cost_usd`` None is unknown."""

    model: str
    status: str
    answer: str | None
    seconds: float
    cost_usd: float | None
    error: str | None
    run: str


def known_models(providers: Providers, figures: Mapping[str, ModelFigures]) -> dict[str, ModelInfo]:
    """All models known without asking anyone, by name: of the providers, and on record."""
    found = {info.name: info for info in providers.models()}
    for name in figures:
        if name not in found and (info := model_info(providers, name)):
            found[name] = info
    return found


def model_info(providers: Providers, name: str) -> ModelInfo | None:
    """What is known of one model by its full name; None where its provider is not known."""
    try:
        provider, model = providers.provider(name)
        return provider.info(model)
    except WorkbenchError:
        return None


def window_unknown(info: ModelInfo) -> bool:
    """True where a model may have a window that nobody knows; those of this process read all they get."""
    return info.window is None and info.name.partition("/")[0] not in IN_PROCESS


async def look_at_models(bench: Bench) -> list[ModelLook]:
    """All models with their figures; servers of this machine are tried for a connection, others are not."""
    figures = {each.model: each for each in await asyncio.to_thread(bench.reader.models)}
    known = known_models(bench.providers, figures)
    prefixes = list(dict.fromkeys(name.partition("/")[0] for name in known))
    told = await asyncio.gather(*(_silent(bench, each) for each in prefixes))
    silent = dict(zip(prefixes, told, strict=True))
    looks = []
    for name, info in known.items():
        why = silent[name.partition("/")[0]]
        if why and info.available:
            info = replace(info, available=False, reason=why)
        looks.append(ModelLook(info, figures.get(name)))
    return looks


async def _silent(bench: Bench, prefix: str) -> str:
    """Why a provider on this machine cannot be had; empty where it can, or is elsewhere."""
    with suppress(WorkbenchError):
        provider, _ = bench.providers.provider(f"{prefix}/*")
        url = urlsplit(getattr(provider, "base_url", ""))
        if url.hostname in HERE:
            listens = await _listens(url.hostname, url.port or (443 if url.scheme == "https" else 80))
            return "" if listens else f"nothing listens at {url.netloc}"
    return ""


async def _listens(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), LISTENS_WITHIN)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def ping(bench: Bench, name: str) -> Pinged:
    """Ask a model for one word, to see whether it answers: a run like any other, on record."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        path.write_text(PING.format(model=json.dumps(name)), "utf-8")
        recipe = load(path)
    began = time.perf_counter()
    result = await bench.run(recipe, {})
    seconds = round(time.perf_counter() - began, 3)
    answer = result.outputs.get("answer")
    cost = summary(bench.reader, result.run)["cost_usd"]
    return Pinged(name, result.status, answer, seconds, cost, result.error, result.run)


def can_be_pinged(looks: Sequence[ModelLook], name: str) -> bool:
    """False for a line that stands for all models of a provider, and for names nobody knows."""
    return not name.endswith("/*") and any(each.info.name == name for each in looks)
