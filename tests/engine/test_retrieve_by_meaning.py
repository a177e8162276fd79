"""``retrieve`` with a model that gives embeddings: one call compares the question with the passages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.kit import Outcome, Script, recipe, run
from workbench.engine.reuse import Rules
from workbench.engine.verbs import retrieve
from workbench.errors import RecipeError
from workbench.events import CallFinished, CallStarted
from workbench.providers.port import ModelRequest, Reply
from workbench.usage import Price, Usage

SEARCH = """
    inputs: {question: string}
    data: {kb: {folder: kb}}
    models: {finder: fake/embedder, m: fake/a}
    steps:
      search: {retrieve: "{{ question }}", from: kb, top: 2, model: finder, gate: {score: {at_least: 0.5}}}
      answer: {prompt: "{{ search.text }}", model: m}
    outputs: {found: "{{ search.documents }}", cost: "{{ search.cost }}", model: "{{ search.model }}"}
    """
KB = {
    "kb/cars.md": "# Cars\nAn automobile needs fuel.",
    "kb/cats.md": "# Cats\nA cat needs milk.",
    "kb/dogs.md": "# Dogs\nA dog needs a walk.",
}
NEAR = {"Cars": 0.9, "Cats": 0.2, "Dogs": 0.6}


def embedder(model: str, request: ModelRequest) -> Reply:
    if request.task != "compare":
        return Reply("fine", usage=Usage(1, output=1, state="reported"))
    scores = [NEAR[each.text.split("\n")[0].removeprefix("# ")] for each in request.messages[1:]]
    return Reply("", scores, usage=Usage(100, output=0, state="reported"), model="fake/embedder@2")


async def search(folder: Path, script: Script = embedder, **more: object) -> Outcome:
    made = recipe(folder, SEARCH, KB)
    return await run(made, {"question": "vehicle"}, script=script, price=Price(1_000_000_000, 0), **more)  # type: ignore[arg-type]


async def test_passages_that_share_no_word_are_found(tmp_path: Path) -> None:
    found = await search(tmp_path)
    documents = found.outputs["found"]
    assert [(each["id"], each["score"]) for each in documents] == [("cars", 0.9), ("dogs", 0.6)]
    assert (found.outputs["cost"], found.outputs["model"]) == (pytest.approx(1e-4), "fake/embedder@2")
    kinds = [(each.path, each.kind) for each in found.events.of(CallStarted)]
    assert kinds == [("search", "model"), ("search", "retrieve"), ("answer", "model")]
    compared = found.events.of(CallFinished)[0]
    assert (compared.answer or {})["data"] == [0.9, 0.2, 0.6]
    messages = found.events.of(CallStarted)[0].request["messages"]
    assert [each["text"].split("\n")[0] for each in messages] == ["vehicle", "# Cars", "# Cats", "# Dogs"]


async def test_a_replay_needs_neither_model_nor_data(tmp_path: Path) -> None:
    first = await search(tmp_path)
    made = recipe(tmp_path, SEARCH, KB)
    for name in KB:
        (tmp_path / name).unlink()
    rules = Rules((first.recording(),), strict=True)
    again = await run(made, {"question": "vehicle"}, script=embedder, rules=rules, name="second")
    assert again.outputs == first.outputs
    assert again.provider.asked == []


async def test_of_many_those_with_the_words_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieve, "CANDIDATES", 2)
    made = recipe(tmp_path, SEARCH.replace("at_least: 0.5", "at_least: 0"), KB)
    found = await run(made, {"question": "a walk for a dog"}, script=embedder)
    (_, asked), _ = found.provider.asked
    assert [each.text.split("\n")[0] for each in asked.messages[1:]] == ["# Dogs"]


async def test_a_model_that_compares_nothing_fails_the_step(tmp_path: Path) -> None:
    found = await search(tmp_path, lambda model, request: Reply("no"))
    assert (found.ending.status, "compared nothing" in (found.ending.error or "")) == ("failed", True)


NEARBY = """
    models: {m: fake/a, finder: fake/embedder}
    steps:
      say:
        prompt: hello
        model: m
        gate: {similar: {to: "{{ 'Cats' }}", at_least: 0.15, model: finder}}
        on_fail: [continue]
    outputs: {failed: "{{ say.failed }}", gates: "{{ say.gates }}", cost: "{{ say.cost }}",
              model: "{{ say.model }}"}
    """


def speaker(model: str, request: ModelRequest) -> Reply:
    if request.task != "compare":
        return Reply("A cat.", usage=Usage(1, output=0, state="reported"))
    assert [each.text for each in request.messages] == ["Cats", "A cat."]
    return Reply("", [0.17], usage=Usage(1, output=0, state="reported"))


async def test_the_gate_similar_compares_meanings(tmp_path: Path) -> None:
    price = Price(1_000_000_000, 0)
    first = await run(recipe(tmp_path, NEARBY), script=speaker, price=price)
    assert first.outputs["failed"] is False
    verdict = first.outputs["gates"]["similar"]
    assert (verdict["score"], verdict["reason"]) == (0.17, "0.17 alike in meaning")
    assert (first.outputs["cost"], first.outputs["model"]) == (pytest.approx(2e-6), "fake/a")
    assert [each.gate for each in first.events.of(CallStarted)] == ["", "similar"]
    rules = Rules((first.recording(),), strict=True)
    again = await run(recipe(tmp_path, NEARBY), script=speaker, rules=rules, name="second")
    assert again.outputs == first.outputs
    assert again.provider.asked == []
    stricter = recipe(tmp_path, NEARBY.replace("0.15", "0.5"))
    assert (await run(stricter, script=speaker)).outputs["failed"] is True


def test_a_role_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="there is no role findr"):
        recipe(tmp_path, NEARBY.replace("model: finder}", "model: findr}"))
