"""Files and tools with a prompt, from the recipe over the wire into the record and back out of it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.protocols import KINDS, headers, stream
from tests.providers.wire_server import STREAM, Script, WireServer, chunk, serving, sse
from workbench.errors import RecipeError
from workbench.recipe.check import check
from workbench.recipe.inputs import read_inputs
from workbench.recipe.load import load
from workbench.settings import Kind
from workbench.study.bench import Bench, Result
from workbench.study.change import Change

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 400
ENCODED = base64.b64encode(PNG).decode()
RECIPE = """
schema: workbench/v1
name: look
inputs: {photo: string}
models: {eye: acme/m}
steps:
  see: {prompt: "What is on it?", attach: ["{{ photo }}", notes.txt]}
outputs: {seen: "{{ see.text }}"}
"""
TOOLS = """
schema: workbench/v1
name: ask
inputs: {town: string}
models: {m: acme/m}
tools: {weather: {python: "tools.py:weather", about: The weather of a town}}
steps:
  ask: {prompt: "How is {{ town }}?", tools: weather}
outputs: {calls: "{{ ask.calls }}", town: "{{ ask.calls[0].with.town }}"}
"""
FUNCTION = '''
def weather(town: str, days: int = 1, unit: "str | None" = None):
    """Tells the weather."""
    return "sunny"
'''


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with serving() as server:
        yield server


def put(folder: Path, recipe: str, wire: WireServer, kind: Kind = "openai") -> Path:
    """A working folder with one recipe in a folder of its own."""
    own = folder / "recipes" / "look"
    own.mkdir(parents=True)
    (own / "recipe.yaml").write_text(recipe)
    (own / "notes.txt").write_text("It was taken in Rome.")
    (own / "tools.py").write_text(FUNCTION)
    (folder / "photo.png").write_bytes(PNG)
    (folder / "workbench.toml").write_text(f'[providers.acme]\nkind = "{kind}"\nbase_url = "{wire.url}/v1"\n')
    return own / "recipe.yaml"


def ledger_bytes(folder: Path) -> bytes:
    """All bytes of the record on disk."""
    return b"".join(each.read_bytes() for each in folder.glob("local.db*"))


async def run(folder: Path, path: Path, **inputs: Any) -> tuple[Bench, Result]:
    bench = Bench.open(folder)
    recipe = load(path)
    return bench, await bench.run(recipe, read_inputs(recipe, inputs))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_picture_goes_along_and_only_its_hash_is_kept(
    wire: WireServer, tmp_path: Path, kind: Kind
) -> None:
    path = put(tmp_path, RECIPE, wire, kind)
    wire.answer(Script(stream(kind, ["A ", "cat."]), headers=headers(kind)))
    bench, result = await run(tmp_path, path, photo="photo.png")
    try:
        assert (result.status, result.outputs) == ("done", {"seen": "A cat."})
        sent = wire.requests[0].body.decode()
        assert ENCODED in sent
        assert "It was taken in Rome." in sent or base64.b64encode(b"It was taken in Rome.").decode() in sent
        (call,) = bench.reader.step(result.run, "see").calls
        photo, notes = call.request["messages"][0]["attachments"]
        assert (photo["name"], photo["type"], photo["bytes"]) == ("photo.png", "image/png", len(PNG))
        assert (notes["name"], notes["type"]) == ("notes.txt", "text/plain")
        # replayed without the file, since the record knows its hash
        (tmp_path / "photo.png").unlink()
        assert (await bench.replay(result.run)).status == "done"
        assert len(wire.requests) == 1
    finally:
        await bench.close()
    assert ENCODED[:200].encode() not in ledger_bytes(tmp_path)


async def test_another_picture_asks_anew(wire: WireServer, tmp_path: Path) -> None:
    path = put(tmp_path, RECIPE, wire)
    wire.answer(Script(stream("openai"), headers=STREAM))
    bench, result = await run(tmp_path, path, photo="photo.png")
    same = await bench.rerun(result.run, Change())
    assert (same.status, len(wire.requests)) == ("done", 1)
    (tmp_path / "photo.png").write_bytes(PNG + b"more")
    other = await bench.rerun(result.run, Change())
    assert (other.status, len(wire.requests)) == ("done", 2)
    assert (await bench.replay(result.run)).status == "failed"
    await bench.close()


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        ("../secret.txt", "is not there"),
        ("/etc/hostname", "is not there"),
        (".env", "is hidden"),
        ("local.db", "neither a picture"),
        ("gone.png", "looked in the recipe's folder and the folder you work in"),
        ("empty.txt", "is empty"),
        ("", "names no file"),
        ("huge.txt", "larger than 20 MB"),
    ],
)
async def test_files_that_are_not_sent(wire: WireServer, tmp_path: Path, photo: str, said: str) -> None:
    work = tmp_path / "work"
    path = put(work, RECIPE, wire)
    (tmp_path / "secret.txt").write_text("secret")
    (work / ".env").write_text("KEY=1")
    (work / "empty.txt").write_text("")
    if photo == "huge.txt":
        (work / photo).write_bytes(b"a" * (20 * 1024 * 1024 + 1))
    bench, result = await run(work, path, photo=photo)
    await bench.close()
    assert (result.status, wire.requests) == ("failed", [])
    assert said in f"{result.error} {result.hint}"


async def test_what_a_model_names_must_lie_beside_the_recipe(wire: WireServer, tmp_path: Path) -> None:
    named = RECIPE.replace(
        'see: {prompt: "What is on it?"', 'pick: {prompt: "Which? {{ photo }}"}\n  see: {prompt: "?"'
    )
    path = put(tmp_path, named.replace('"{{ photo }}", notes.txt', '"{{ pick.text }}"'), wire)
    wire.answer(Script(stream("openai", ["photo.png"]), headers=STREAM))
    bench, result = await run(tmp_path, path, photo="x")
    assert result.status == "failed"
    assert "'photo.png', which is to be attached, is not there" in (result.error or "")
    (path.parent / "photo.png").write_bytes(PNG)
    bench2, result = await run(tmp_path, path, photo="x")
    assert result.status == "done"
    await bench.close()
    await bench2.close()


async def test_sounds_go_where_they_are_understood(wire: WireServer, tmp_path: Path) -> None:
    path = put(tmp_path, RECIPE, wire, "anthropic")
    (tmp_path / "a.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt ")
    bench, result = await run(tmp_path, path, photo="a.wav")
    await bench.close()
    assert "acme takes no file such as a.wav (audio/wav)" in (result.error or "")
    assert wire.requests == []


async def test_tools_are_offered_and_the_calls_come_back(wire: WireServer, tmp_path: Path) -> None:
    path = put(tmp_path, TOOLS, wire)
    first = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"town": '}}
    rest = {"index": 0, "function": {"arguments": '"Rome"}'}}
    pieces = [
        {"choices": [{"index": 0, "delta": {"reasoning_content": "Hm.", "tool_calls": [each]}}]}
        for each in (first, rest)
    ]
    wire.answer(Script(sse(*pieces, chunk(finish="tool_calls")), headers=STREAM))
    bench, result = await run(tmp_path, path, town="Rome")
    assert result.outputs["town"] == "Rome"
    (call,) = result.outputs["calls"]
    assert (call["name"], call["id"], call["arguments"]) == ("weather", "c1", '{"town": "Rome"}')
    sent = wire.requests[0].json["tools"][0]["function"]
    assert (sent["name"], sent["description"]) == ("weather", "The weather of a town")
    assert sent["parameters"] == {
        "type": "object", "required": ["town"], "additionalProperties": False,
        "properties": {
            "town": {"type": "string"}, "days": {"type": "integer"},
            "unit": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
    }  # fmt: skip
    again = await bench.replay(result.run)
    assert (again.status, again.outputs) == ("done", result.outputs)
    (kept,) = bench.reader.step(result.run, "ask").calls
    assert kept.answer is not None
    assert (kept.answer["reasoning"], kept.finish) == ("Hm.Hm.", "tool_calls")
    await bench.close()


def test_what_cannot_be_is_said_with_its_place(tmp_path: Path) -> None:
    recipe = RECIPE.replace("notes.txt", "nots.txt")
    recipe = recipe.replace(
        "outputs:", "  two: {human: 'Which?', tools: [x]}\n  three: {prompt: hm, tools: [wether]}\noutputs:"
    )
    (tmp_path / "recipe.yaml").write_text(recipe)
    (tmp_path / "notes.txt").write_text("x")
    found = {problem.message: problem for problem in check(tmp_path / "recipe.yaml")}
    missing = found["there is no file nots.txt"]
    assert (missing.line, missing.suggestion) == (7, "did you mean notes.txt?")
    assert "tools belongs to agent or prompt, not to human" in found
    assert "there is no tool wether" in found
    with pytest.raises(RecipeError):
        load(tmp_path / "recipe.yaml")


async def test_the_simulator_asks_for_tools(wire: WireServer, tmp_path: Path) -> None:
    path = put(tmp_path, TOOLS.replace("acme/m", "sim/calm?speed=1000"), wire)
    bench, result = await run(tmp_path, path, town="Rome")
    await bench.close()
    assert isinstance(result.outputs["town"], str)
    assert [each["name"] for each in result.outputs["calls"]] == ["weather"]


async def test_embedded_models_refuse_tools_and_files(wire: WireServer, tmp_path: Path) -> None:
    path = put(tmp_path, RECIPE.replace("acme/m", "local/compose"), wire)
    bench, result = await run(tmp_path, path, photo="photo.png")
    await bench.close()
    assert "local/compose cannot see images" in (result.error or "")
