"""The workbench as a whole: run, replay without the recipe, resume, budgets."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.errors import UsageError
from workbench.ledger.rows import DecisionRow
from workbench.recipe.load import load
from workbench.study.bench import Bench
from workbench.study.summary import summary

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    shutil.copytree(RECIPES, tmp_path / "recipes")
    opened = Bench.open(tmp_path)
    yield opened
    await opened.close()


def decisions(bench: Bench, run: str, path: str) -> list[DecisionRow]:
    """The decisions of a step, without the number that its call had in its run."""
    return [replace(each, call=0) for each in bench.reader.step(run, path).decisions]


async def test_a_sample_replays_after_its_folder_is_gone(bench: Bench) -> None:
    recipe = load(bench.folder / "recipes" / "support-triage" / "recipe.yaml")
    first = await bench.run(recipe, {"ticket": "My new card still has not come in the post, where is it?"})
    assert (first.status, first.outputs["label"]) == ("done", "card_arrival")
    shutil.rmtree(bench.folder / "recipes")
    again = await bench.replay(first.run)
    told = summary(bench.reader, again.run)
    assert again.outputs == first.outputs
    assert (told["mode"], told["calls"], told["cost_usd"]) == ("replay", 0, 0.0)
    assert told["reused"] > 0
    for path in ("kind", "draft"):
        assert decisions(bench, again.run, path) == decisions(bench, first.run, path) != []
    live = summary(bench.reader, first.run)
    assert {step["path"]: step["status"] for step in told["steps"]} == {
        step["path"]: step["status"] for step in live["steps"]
    }


async def test_a_waiting_run_tells_what_it_knows_and_goes_on_with_an_answer(bench: Bench) -> None:
    recipe = load(bench.folder / "recipes" / "support-triage" / "recipe.yaml")
    first = await bench.run(
        recipe, {"ticket": "This is a complaint! I demand to talk to a real person, now."}
    )
    assert (first.status, first.exit_code) == ("waiting", 3)
    assert first.outputs["label"] == "complaint"
    [(path, question, _)] = bench.reader.questions(first.run)
    assert "complaint" in question
    with pytest.raises(UsageError, match="asks nothing"):
        await bench.resume(first.run, answers={"nobody": "x"})
    done = await bench.resume(first.run, answers={path: "We are sorry."})
    assert (done.run, done.status) == (first.run, "done")
    assert done.outputs["reply"] == "We are sorry."
    assert (await bench.replay(first.run)).outputs == done.outputs
    with pytest.raises(UsageError, match="finished"):
        await bench.resume(first.run)


async def test_a_changed_recipe_is_refused_at_resume(bench: Bench) -> None:
    path = bench.folder / "recipes" / "support-triage" / "recipe.yaml"
    first = await bench.run(load(path), {"ticket": "I complain! Give me a human being."})
    assert first.status == "waiting"
    path.write_text(path.read_text(encoding="utf-8").replace("politely", "rudely"), encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since"):
        await bench.resume(first.run, answers={"review": "x"})
    changed = load(path)
    done = await bench.resume(first.run, answers={"review": "Sorry."}, recipe=changed)
    assert (done.run, done.status, done.outputs["reply"]) == (first.run, "done", "Sorry.")
    assert bench.reader.run(first.run).recipe_hash == changed.hash
    assert (await bench.replay(first.run)).outputs == done.outputs


PAID = """
schema: workbench/v1
name: paid
inputs: {words: list}
models: {m: {candidates: [sim/calm], params: {max_tokens: 100}}}
steps:
  s: {each: words, at_once: 4, prompt: "Say {{ item }}"}
outputs: {count: "{{ s|length }}"}
"""


async def test_a_budget_stops_a_run_and_a_larger_one_lets_it_go_on(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(PAID, encoding="utf-8")
    (tmp_path / "workbench.toml").write_text("[providers.sim]\nspeed = 100000.0\n", encoding="utf-8")
    bench = Bench.open(tmp_path)
    recipe = load(tmp_path / "recipe.yaml")
    words = [f"word {number}" for number in range(20)]
    first = await bench.run(recipe, {"words": words}, budget_usd=0.0003)
    row = bench.reader.run(first.run)
    assert (first.status, first.exit_code) == ("over_budget", 4)
    assert row.cost_nano <= 300_000
    done = await bench.resume(first.run, budget_usd=1.0)
    assert (done.status, done.outputs) == ("done", {"count": 20})
    assert bench.reader.run(first.run).calls >= 20
    await bench.close()
