"""Batches compared by case: what is better, what is worse, which cases changed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.study.kit import Lab
from workbench.batch.variants import Choice, grid
from workbench.errors import UsageError
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.opinions import Label
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.compare_many import Comparison, Measure, compare_many, letter, subjects_of
from workbench.study.fail_if import judge, names_of
from workbench.usage import FREE, Price, Usage

RECIPE = """
models: {m: fake/good}
inputs: {text: string}
steps: {say: {prompt: "say {{ text }}", gate: {contains: ok}, on_fail: continue}}
outputs: {said: "{{ say.text }}"}
"""
PRICE = Price(input=10**9, output=2 * 10**9)


def script(shares: Mapping[str, float]) -> Any:
    """Models that are right on so many of the cases, by the case; ``flaky`` by chance."""
    lots = random.Random(4)

    def answer(model: str, request: ModelRequest) -> Reply:
        case = int(request.messages[-1].text.rsplit(" ", 1)[1])
        right = lots.random() < 0.5 if model == "flaky" else (case * 37 % 100) / 100 < shares[model]
        tokens = 10 if model == "dear" else 5
        return Reply("ok" if right else "no", usage=Usage(input=tokens, output=1, state="reported"))

    return answer


async def run(lab: Lab, model: str, rows: int, repeat: int = 1, first: int = 0) -> BatchRow:
    path = lab.folder / f"data{first}.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(first, first + rows)))
    options = BatchOptions(models={"m": f"fake/{model}"}, repeat=repeat)
    return (await lab.bench.batch(lab.write(RECIPE), path, options)).row


async def compared(lab: Lab, *batches: BatchRow, margin: float = 0.0) -> Comparison:
    return compare_many(
        lab.bench.ledger, subjects_of(lab.bench.ledger, [each.id for each in batches]), margin
    )


def measure(found: Comparison, name: str) -> Measure:
    known = found.measure(name)
    assert known is not None
    return known


def word(found: Comparison, name: str, place: int = 1) -> str:
    contrast = measure(found, name).contrasts[place]
    assert contrast is not None
    return contrast.verdict.word


async def test_better_and_worse(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9, "dear": 0.9, "bad": 0.6}), PRICE)
    good, bad, dear = [await run(lab, model, 100) for model in ("good", "bad", "dear")]
    found = await compared(lab, good, bad)
    gate = measure(found, "say: contains")
    assert (gate.values, word(found, "say: contains")) == ((0.9, 0.6), "worse")
    assert (
        gate.contrasts[1] and gate.contrasts[1].difference.low < -0.3 < gate.contrasts[1].difference.high < 0
    )
    assert word(found, "done") == "not decisive"
    assert (found.cases, found.alone, len(found.regressions), found.improvements) == (100, (0, 0), 30, ())
    worst = found.regressions[0]
    assert (worst.loss, worst.measures) == (1.0, ("say: contains",))
    assert lab.reader.outputs(worst.first_run) == {"said": "ok"}
    assert lab.reader.outputs(worst.run) == {"said": "no"}
    assert lab.reader.run(worst.first_run).inputs == lab.reader.run(worst.run).inputs
    assert word(await compared(lab, bad, good), "passed") == "superior"
    same = await compared(lab, good, dear, margin=0.05)
    assert word(same, "say: contains") == "non-inferior"
    cost = measure(same, "cost").contrasts[1]
    assert cost and (cost.verdict.word, cost.difference.mean) == ("worse", pytest.approx(5e-6))
    assert word(same, "say: cost") == "worse"
    assert word(same, "tokens") == "worse"
    await lab.close()


async def test_three_at_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9, "dear": 0.9, "bad": 0.6}), PRICE)
    found = await compared(lab, *[await run(lab, model, 60) for model in ("good", "bad", "dear")])
    assert [each.name for each in found.subjects] == ["a", "b", "c"]
    assert (word(found, "passed", 1), word(found, "passed", 2)) == ("worse", "not decisive")
    assert (word(found, "cost", 1), word(found, "cost", 2)) == ("not decisive", "worse")
    assert found.frontier == {"a"}
    assert {each.subject for each in found.regressions} == {"b"}
    names = names_of(found)
    assert (names["cases"], names["regressions"]) == (60, {"a": 0, "b": len(found.regressions), "c": 0})
    assert names["verdict"]["pass_rate"]["b"] == "worse"
    assert judge(found, "pass_rate.b < pass_rate.a - 0.02").fails
    assert not judge(found, "pass_rate.c < pass_rate.a - 0.02 or cost.b > cost.a").fails
    assert judge(found, "steps.say.contains.b < 0.8").fails
    await lab.close()


@pytest.mark.parametrize(
    ("condition", "told", "hint"),
    [
        ("pass_rat.b < 1", "has no pass_rat", "did you mean pass_rate"),
        ("pass_rate.x < 1", "pass_rate has no x", "there is: a, b"),
        ("pass_rate < 1", "pass_rate is of several", "pass_rate.a"),
        ("pass_rate.a <", "--fail-if", ""),
    ],
)
async def test_what_is_no_condition(tmp_path: Path, condition: str, told: str, hint: str) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9}))
    batch = await run(lab, "good", 3)
    found = await compared(lab, batch, batch)
    with pytest.raises(UsageError, match=told) as caught:
        judge(found, condition)
    assert hint in caught.value.hint
    await lab.close()


async def test_what_is_unknown_fails(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9}), None)
    batch = await run(lab, "good", 3)
    found = await compared(lab, batch, batch)
    unknown = judge(found, "cost.b > 1")
    assert (unknown.holds, unknown.fails, unknown.told) == (None, True, "cost.b = unknown")
    judged = judge(
        replace(found, measures=(replace(found.measures[0], values=(1.0, None)),)), "pass_rate.b > 0"
    )
    assert (judged.holds, judged.fails, judged.told) == (None, True, "pass_rate.b = unknown")
    await lab.close()


async def test_variants_are_compared_as_if_alone(tmp_path: Path) -> None:
    """What a variant reused counts with what it cost and took when it was asked."""
    lab = Lab(tmp_path / "lab", script({"good": 0.9, "bad": 0.6}), PRICE)
    recipe = lab.write(
        """
        models: {first: fake/good, second: fake/good}
        inputs: {text: string}
        steps:
          one: {prompt: "{{ text }}", model: first}
          two: {prompt: "{{ one.text }} {{ text }}", model: second, gate: {contains: ok}, on_fail: continue}
        outputs: {said: "{{ two.text }}"}
        """
    )
    path = lab.folder / "data.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(50)))
    variants = grid([Choice("second", f"fake/{each}", each) for each in ("good", "bad")])
    batch = (await lab.bench.batch(recipe, path, BatchOptions(variants=variants))).row
    found = await compared(lab, batch)
    assert [each.label for each in found.subjects] == ["second=good", "second=bad"]
    assert measure(found, "one: cost").values == (pytest.approx(7e-6), pytest.approx(7e-6))
    assert measure(found, "cost").values == (pytest.approx(14e-6), pytest.approx(14e-6))
    assert word(found, "passed") == "worse"
    back = compare_many(
        lab.bench.ledger, subjects_of(lab.bench.ledger, [f"{batch.id}@second=bad", f"{batch.id}@1"])
    )
    assert word(back, "passed") == "superior"
    with pytest.raises(UsageError, match="no variant 3"):
        subjects_of(lab.bench.ledger, [f"{batch.id}@3"])
    with pytest.raises(UsageError, match="alone"):
        subjects_of(lab.bench.ledger, [f"{batch.id}@1"])
    await lab.close()


async def test_what_costs_nothing_can_be_asked_for(tmp_path: Path) -> None:
    """A condition on costs stands where all models are free, too."""
    lab = Lab(tmp_path / "lab", script({"good": 0.9}), FREE)
    batch = await run(lab, "good", 3)
    judged = judge(await compared(lab, batch, batch), "cost.b > 1.2 * cost.a")
    assert (judged.holds, judged.told) == (False, "cost.a = 0, cost.b = 0")
    await lab.close()


async def test_labels_have_the_last_word(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9}))
    batch = await run(lab, "good", 20)
    opinions, runs = lab.bench.ledger.opinions(), lab.bench.ledger.batches().runs(batch.number)
    bad = [each.run for each in runs if lab.reader.outputs(each.run) == {"said": "no"}]
    opinions.label(bad[0], Label("bad"))
    opinions.label(bad[0], Label("good", "an answer"))
    opinions.label(runs[-1].run, Label("bad", path="say"))
    found = await compared(lab, batch, batch)
    assert measure(found, "passed").values[0] == pytest.approx(1 - (len(bad) - 1) / 20)
    assert (found.figures[0].labels, opinions.labels(bad[0])) == (2, [Label("good", "an answer")])
    opinions.unlabel(bad[0])
    assert opinions.labels(bad[0]) == []
    await lab.close()


def test_letters() -> None:
    assert [letter(place) for place in (0, 25, 26, 701, 702)] == ["a", "z", "aa", "zz", "aaa"]


async def test_only_cases_of_both_are_paired(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9}))
    few, many = await run(lab, "good", 10), await run(lab, "good", 25)
    found = await compared(lab, few, many)
    assert (found.cases, found.alone) == (10, (0, 15))
    other = await run(lab, "good", 10, first=50)
    with pytest.raises(UsageError, match="no case in common"):
        await compared(lab, few, other)
    await lab.close()


async def test_repeats_are_one_case_and_those_that_disagree_are_named(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9}))
    steady, flaky = await run(lab, "good", 20, repeat=3), await run(lab, "flaky", 20, repeat=3)
    found = await compared(lab, steady, flaky)
    contrast = measure(found, "say: contains").contrasts[1]
    assert contrast and found.cases == contrast.difference.cases == 20
    assert found.flaky[0] == ()
    assert 5 < len(found.flaky[1]) <= 20
    shown = [(lab.reader.outputs(each.first_run), lab.reader.outputs(each.run)) for each in found.regressions]
    assert shown and all(each == ({"said": "ok"}, {"said": "no"}) for each in shown)
    await lab.close()
