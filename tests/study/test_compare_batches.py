"""Batches compared by case: what is better, what is worse, which cases changed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.study.kit import Lab
from workbench.errors import UsageError
from workbench.ledger.batch_rows import BatchRow
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.compare_batches import BatchComparison, Measure, compare_batches
from workbench.usage import Price, Usage

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


async def compared(lab: Lab, left: BatchRow, right: BatchRow, margin: float = 0.0) -> BatchComparison:
    return compare_batches(lab.bench.ledger.batches(), left, right, margin)


def measure(found: BatchComparison, name: str) -> Measure:
    return next(each for each in found.measures if each.name == name)


async def test_better_and_worse(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", script({"good": 0.9, "dear": 0.9, "bad": 0.6}), PRICE)
    good, bad, dear = [await run(lab, model, 100) for model in ("good", "bad", "dear")]
    found = await compared(lab, good, bad)
    gate = measure(found, "say: contains")
    assert (gate.left, gate.right, gate.verdict.word) == (0.9, 0.6, "worse")
    assert gate.difference.low < -0.3 < gate.difference.high < 0
    assert measure(found, "done").verdict.word == "not decisive"
    assert (found.cases, found.alone, len(found.regressions), found.improvements) == (100, (0, 0), 30, ())
    worst = found.regressions[0]
    assert lab.reader.outputs(worst.left_run) == {"said": "ok"}
    assert lab.reader.outputs(worst.right_run) == {"said": "no"}
    assert lab.reader.run(worst.left_run).inputs == lab.reader.run(worst.right_run).inputs
    back = await compared(lab, bad, good)
    assert measure(back, "say: contains").verdict.word == "superior"
    same = await compared(lab, good, dear, margin=0.05)
    assert measure(same, "say: contains").verdict.word == "non-inferior"
    cost = measure(same, "cost")
    assert (cost.verdict.word, cost.difference.mean) == ("worse", pytest.approx(5e-6))
    await lab.close()


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
    assert found.cases == measure(found, "say: contains").difference.cases == 20
    assert found.flaky[0] == ()
    assert 5 < len(found.flaky[1]) <= 20
    await lab.close()
