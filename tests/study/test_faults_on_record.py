"""Every fault in every protocol leaves rows that say what happened, and none of them says *complete*."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.providers.protocols import ERRORS, KINDS, events, framed, headers, stream
from tests.providers.wire_server import JSON, Script, WireServer, serving
from tests.waiting import LONG
from workbench.providers import retry
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.settings import Kind
from workbench.study.bench import Bench

RECIPE = """
schema: workbench/v1
name: ask
models: {m: acme/m}
steps:
  ask: {prompt: "Hello?"}
outputs: {said: "{{ ask.text }}"}
"""
SETTINGS = """
[providers.acme]
kind = "%s"
base_url = "%s/v1"
between_tokens = %s
first_token = 100
max_bytes = 20000

[prices."acme/m"]
input = 2.0
output = 10.0
"""


@dataclass(frozen=True)
class Fault:
    """How a server answers, and what the rows must say: status and class of each attempt."""

    scripts: Callable[[Kind], list[Script]]
    rows: tuple[str, ...]
    says: str = ""


def open_stream(kind: Kind, *more: object) -> bytes:
    """A good answer without its end."""
    return framed(kind, [*events(kind)[:-2], *more]).replace(b"data: [DONE]\n\n", b"")


def once(kind: Kind, body: bytes, **more: object) -> list[Script]:
    return [Script(body, **{"headers": headers(kind), **more})]  # type: ignore[arg-type]


def refused(status: int, wait: dict[str, str]) -> Callable[[Kind], list[Script]]:
    def scripts(kind: Kind) -> list[Script]:
        body = json.dumps(ERRORS[kind]).encode()
        return [Script(body, status, {**JSON, **wait}), *once(kind, stream(kind))]

    return scripts


THRICE = ("network",) * 3
FAULTS = {
    "no final marker": Fault(lambda kind: once(kind, open_stream(kind)), THRICE, "cut"),
    "cut inside an event": Fault(
        lambda kind: once(kind, stream(kind)[: stream(kind).index(b"two") + 1]), THRICE, "cut"
    ),
    "reset": Fault(lambda kind: once(kind, open_stream(kind), ending="reset"), THRICE, "connection"),
    "stall": Fault(lambda kind: once(kind, open_stream(kind), ending="stall"), ("timeout",) * 3, "within"),
    "error in a stream": Fault(
        lambda kind: once(kind, open_stream(kind, ERRORS[kind])), ("server",) * 3, "it broke"
    ),
    "a page with 200": Fault(
        lambda kind: once(kind, b"<html><title>Login</title>", headers={"content-type": "text/html"}),
        ("malformed",), "text/html",
    ),
    "broken JSON": Fault(lambda kind: once(kind, open_stream(kind, '{"a": ', "{}")), ("malformed",), "JSON"),
    "too large": Fault(
        lambda kind: once(kind, stream(kind, ["word " * 500] * 20)), ("malformed",), "max_bytes"
    ),
    "missing usage": Fault(lambda kind: once(kind, stream(kind, usage=False)), ("ok",)),
    "a mark, CRLF, odd characters": Fault(
        lambda kind: once(
            kind, b"\xef\xbb\xbf" + stream(kind, ("One\u2028", "\ud83d", "\ude00 \ud800"), newline="\r\n"),
            sizes=(7, 1, 31),
        ),
        ("ok",),
    ),
    **{
        f"{status} {'with' if wait else 'without'} a wait, then fine": Fault(
            refused(status, wait), ("rate_limit|server", "ok")
        )
        for status in (429, 503, 529)
        for wait in ({}, {"retry-after": "0"})
    },
}  # fmt: skip


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with serving() as server:
        yield server


def opened(folder: Path, kind: Kind, wire: WireServer, between: float) -> tuple[Bench, Recipe]:
    """A workbench that waits so many seconds between tokens."""
    folder.mkdir()
    (folder / "workbench.toml").write_text(SETTINGS % (kind, wire.url, between))
    (folder / "recipe.yaml").write_text(RECIPE)
    return Bench.open(folder), load(folder / "recipe.yaml")


@pytest.mark.parametrize("kind", KINDS)
async def test_rows(wire: WireServer, tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "wait_seconds", lambda *_: 0.0)
    patient, hasty = (opened(tmp_path / str(between), kind, wire, between) for between in (LONG, 0.3))
    for name, fault in FAULTS.items():
        bench, recipe = hasty if name == "stall" else patient
        wire.answer(*fault.scripts(kind))
        result = await bench.run(recipe, {})
        calls = bench.reader.step(result.run, "ask").calls
        told = [call.error_class or call.status for call in calls]
        assert len(told) == len(fault.rows), (name, told)
        for call, expected, row in zip(calls, fault.rows, told, strict=True):
            assert row in expected.split("|"), (name, told)
            if row == "ok":
                assert (call.status, call.finish, call.error) == ("ok", "stop", None), name
                continue
            assert (call.status, call.finish in ("cut", "error")) == ("error", True), (name, call.finish)
            assert call.error, name
            assert fault.says in f"{call.error} {result.hint}", (name, call.error)
        assert (result.status == "done") == (told[-1] == "ok"), name
        if name == "missing usage":
            assert (calls[0].usage.state, calls[0].cost_nano) == ("unknown", None)
            assert not bench.reader.run(result.run).cost_known
    for bench, _ in (patient, hasty):
        await bench.close()
