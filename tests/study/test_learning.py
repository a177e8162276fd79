"""The policy ``learned``: by the length without evidence, by the record with it; replays ask the same."""

from __future__ import annotations

from tests.study.kit import Lab
from workbench.providers.port import ModelInfo, ModelRequest, Reply
from workbench.study.bench import Bench
from workbench.study.routes import routed
from workbench.study.what_if import what_if
from workbench.usage import Price, Usage

RECIPE = """
inputs: {texts: list}
models: {m: {candidates: [fake/cheap, fake/dear], policy: %s}}
steps: {s: {each: texts, prompt: "{{ item }}", model: m, gate: {equals: good}, on_fail: continue}}
outputs: {o: "{{ s | map(attribute='model') | list }}"}
"""
LEARNED = RECIPE % "learned, at_least: {chance: 0.7}"


def script(model: str, request: ModelRequest) -> Reply:
    """The cheap model cannot do sums; the dear one can do all."""
    bad = "cheap" in model and "sum" in request.messages[-1].text
    usage = Usage(input=2, output=1, state="reported")
    return Reply("bad" if bad else "good", usage=usage, model=f"fake/{model}")


def texts(count: int) -> list[str]:
    return [f"the sum of {n} and {n + 1}" if n % 2 else f"name town {n}" for n in range(count)]


def lab_with_prices(lab: Lab) -> Bench:
    lab.fake.script = script
    lab.fake.info = lambda model: ModelInfo(  # type: ignore[method-assign]
        f"fake/{model}", price=Price(10**9, 10**9) if model == "cheap" else Price(10**11, 10**11)
    )
    return lab.bench


async def test_it_learns_from_the_record_what_is_worth_its_price(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    await bench.run(both, {"texts": texts(260)})
    made = lab.write(LEARNED)
    result = await bench.run(made, {"texts": ["the sum of 4 and 9", "name town 77"]})
    assert result.outputs == {"o": ["fake/dear", "fake/cheap"]}
    decision = lab.reader.step(result.run, "s[1]").decisions[0]
    assert decision.reason.startswith("cheapest with a chance of at least 0.7: 0.")
    assert all(0 < each.score < 1 for each in decision.candidates)
    again = await bench.replay(result.run)
    assert again.outputs == result.outputs


async def test_without_evidence_it_says_so_and_goes_by_length(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    result = await bench.run(lab.write(LEARNED), {"texts": ["name town 1", "name town " + "x" * 1200]})
    assert result.outputs == {"o": ["fake/cheap", "fake/dear"]}
    decision = lab.reader.step(result.run, "s[0]").decisions[0]
    assert decision.reason == "not enough evidence (0 of 200 labelled calls): cheapest"


async def test_a_backtest_of_it_before_it_is_trusted(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    await bench.run(
        lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}"), {"texts": texts(260)}
    )
    role = lab.write(LEARNED).document.models["m"]
    provider = lab.fake
    found = what_if(
        list(routed(lab.reader, "t")), "m", role, lambda model: provider.info(model.split("/")[1]), draws=50
    )
    rows = {row.name: row for row in found.result.rows}
    now = rows["as the recipe is now"]
    assert now.quality.value > 0.9 > rows["as recorded"].quality.value
    assert now.cost.value < rows["always the dearest"].cost.value
    assert 0.4 < now.shares["fake/cheap"] < 0.6
    assert 0.3 < now.known < 0.7
