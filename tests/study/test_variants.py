"""Variants of a recipe in one batch: each distinct call is paid once, as the plan said."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.study.kit import Lab
from tests.study.test_batches import StopAfter
from workbench.batch.variants import Choice, Variant, case_of, grid, variant_of
from workbench.errors import RecipeError, UsageError
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.batch_plan import BatchPlan
from workbench.study.batches import BatchResult, prepare
from workbench.usage import Price, Usage

CHAIN = """
models: {one: fake/a, two: fake/a, three: fake/a}
inputs: {text: string}
steps:
  first: {prompt: "1 {{ text }}", model: one}
  second: {prompt: "2 {{ first.text }}", model: two}
  third: {prompt: "3 {{ second.text }}", model: three}
outputs: {said: "{{ third.text }}"}
"""
APART = """
models: {one: fake/a, two: fake/a, three: fake/a}
inputs: {text: string}
steps:
  first: {prompt: "1 {{ text }}", model: one}
  second: {prompt: "2 {{ text }}", model: two}
  third: {steps: {inner: {prompt: "3 {{ text }}", model: three}}}
  all: {set: {said: "{{ first.text }} {{ second.text }} {{ third.inner.text }}"}}
outputs: {said: "{{ all.said }}"}
"""


def naming(model: str, request: ModelRequest) -> Reply:
    """Every model answers otherwise."""
    text = f"{model}({request.messages[-1].text})"
    return Reply(text, usage=Usage(input=1, output=1, state="reported"))


def choices(**values: str) -> list[Choice]:
    return [
        Choice(name, f"fake/{model}", f"fake/{model}") for name, models in values.items() for model in models
    ]


def data(lab: Lab, rows: int) -> Path:
    path = lab.folder / "data.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(rows)))
    return path


async def batch(lab: Lab, text: str, options: BatchOptions, rows: int = 5) -> tuple[BatchPlan, BatchResult]:
    recipe, path = lab.write(text), data(lab, rows)
    plan = (await prepare(lab.bench, recipe, path, options)).plan
    assert lab.asked() == []
    return plan, await lab.bench.batch(recipe, path, options, at_once=4)


def test_a_grid() -> None:
    found = grid(
        [
            *choices(writer="ab"),
            Choice("steps.x.prompt", "go", "@x.md"),
            Choice("steps.x.prompt", "stay", "stay"),
        ]
    )
    assert [each.name for each in found] == [
        "writer=fake/a, steps.x.prompt=@x.md", "writer=fake/a, steps.x.prompt=stay",
        "writer=fake/b, steps.x.prompt=@x.md", "writer=fake/b, steps.x.prompt=stay",
    ]  # fmt: skip
    assert found[2] == Variant(found[2].name, {"writer": "fake/b"}, {"steps.x.prompt": "go"})
    assert grid([]) == ()


def test_what_makes_no_grid() -> None:
    with pytest.raises(UsageError, match="twice"):
        grid(choices(writer="aa"))
    with pytest.raises(UsageError, match="1,024 variants"):
        grid(choices(**{f"r{i}": "ab" for i in range(10)}))


def test_keys() -> None:
    assert [case_of(key) for key in ("ab:3", "ab:3#2", "ab:3#2@7", "ab:3@7")] == ["ab:3"] * 4
    assert [variant_of(key) for key in ("ab:3#2", "ab:3#2@7", "ab:3@12")] == [0, 7, 12]


@pytest.mark.parametrize(("text", "a_case"), [(CHAIN, 2 + 4 + 8), (APART, 2 + 2 + 2)], ids=["chain", "apart"])
async def test_each_distinct_call_is_paid_once(tmp_path: Path, text: str, a_case: int) -> None:
    lab = Lab(tmp_path / "lab", naming, Price(input=10**9, output=10**9))
    variants = grid(choices(one="ab", two="ab", three="ab"))
    plan, result = await batch(lab, text, BatchOptions(variants=variants))
    asked = Counter((model, request.messages[-1].text) for model, request in lab.fake.asked)
    assert (plan.asks, plan.model_asks, plan.apart, plan.is_plain) == (5 * a_case, 5 * a_case, 120, True)
    assert (asked.total(), set(asked.values())) == (plan.asks, {1})
    assert (result.totals.by_status, result.totals.calls) == ({"done": 40}, plan.asks)
    assert result.totals.reused == plan.apart - plan.asks
    alone = await lab.run(text, text="row 3")
    runs = lab.bench.ledger.batches().runs(result.row.number)
    first = next(each for each in runs if each.key.split(":")[1] == "4@1")
    assert lab.reader.outputs(first.run) == lab.reader.outputs(alone.run)
    await lab.close()


async def test_repeats_are_asked_anew(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", naming)
    plan, result = await batch(
        lab, CHAIN, BatchOptions(repeat=3, variants=grid(choices(three="abc"))), rows=2
    )
    assert plan.asks == 2 * 3 * (1 + 1 + 3)
    assert len(lab.fake.prompts) == plan.asks
    assert result.totals.by_status == {"done": 18}
    await lab.close()


async def test_a_place_in_the_recipe_varies(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", naming)
    prompts = [Choice("steps.second.prompt", f"{word} {{{{ first.text }}}}", word) for word in ("be", "do")]
    plan, result = await batch(lab, CHAIN, BatchOptions(variants=grid(prompts)))
    assert plan.asks == len(lab.fake.prompts) == 5 * (1 + 2 + 2)
    hashes = {
        lab.reader.run(each.run).recipe_hash for each in lab.bench.ledger.batches().runs(result.row.number)
    }
    assert len(hashes) == 2
    with pytest.raises(RecipeError):
        await batch(lab, CHAIN, BatchOptions(variants=grid([Choice("steps.gone.prompt", "x", "x")])))
    with pytest.raises(UsageError, match="no role won"):
        await batch(lab, CHAIN, BatchOptions(variants=grid(choices(won="ab"))))
    await lab.close()


async def test_a_stopped_grid_goes_on_and_pays_nothing_twice(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", naming)
    options = BatchOptions(variants=grid(choices(one="ab", two="ab", three="ab")))
    recipe, path = lab.write(CHAIN), data(lab, 6)

    async def work() -> None:
        await lab.bench.batch(recipe, path, options, at_once=4, watcher=StopAfter(19))

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(work())
    result = await lab.bench.batch(recipe, path, at_once=4, resume=True)
    assert result.totals.by_status == {"done": 48}
    assert 6 * 14 <= len(lab.fake.prompts) <= 6 * 14 + 4
    assert len({each.key for each in lab.bench.ledger.batches().runs(result.row.number)}) == 48
    await lab.close()


async def test_conditions_make_the_plan_an_estimate(lab: Lab) -> None:
    recipe = lab.write(CHAIN.replace("model: two}", "model: two, if: first.text}"))
    ready = await prepare(lab.bench, recipe, data(lab, 2), BatchOptions())
    assert (ready.plan.asks, ready.plan.is_plain) == (6, False)


async def test_the_budget_of_a_batch_is_kept(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", naming, Price(input=10**9, output=10**9))
    recipe, path = lab.write(CHAIN), data(lab, 20)
    short = await lab.bench.batch(recipe, path, at_once=4, budget_usd=0.00002)
    assert (short.row.status, short.totals.cost_nano <= 20_000) == ("over_budget", True)
    again = await lab.bench.batch(recipe, path, at_once=4, resume=True)
    assert (again.row.status, again.totals.cost_nano <= 20_000) == ("over_budget", True)
    more = await lab.bench.batch(recipe, path, at_once=4, resume=True, budget_usd=1000)
    assert (more.row.id, more.totals.by_status) == (short.row.id, {"done": 20})
    await lab.close()


async def test_a_model_that_is_none_is_told_before_the_first_run(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", naming)
    path = data(lab, 3)
    for model in ("sim/nobody", "local/nobody"):
        options = BatchOptions(
            variants=grid([Choice("two", model, model), Choice("two", "sim/echo", "sim/echo")])
        )
        with pytest.raises(UsageError, match=f"{model} cannot be used: "):
            await lab.bench.batch(lab.write(CHAIN), path, options)
    assert lab.reader.count_runs() == 0
    await lab.close()
