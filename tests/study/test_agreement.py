"""Gates against labels by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.kit import echo
from tests.study.kit import Lab
from workbench.ledger.opinions import Label
from workbench.study.agreement import agreements

RECIPE = """
inputs: {text: string, score: number}
steps:
  say: {prompt: "{{ text }}", gate: {expr: score >= 0.5, length: {at_most: 100}}, on_fail: continue}
  rate: {set: {score: "{{ score }}"}, gate: {score: {at_least: 0.2}}, on_fail: continue}
outputs: {said: "{{ say.text }}"}
"""


@pytest.fixture
async def labelled(tmp_path: Path) -> Lab:
    """Ten good runs with scores from 0.55, ten bad ones with scores up to 0.5."""
    lab = Lab(tmp_path / "lab", echo)
    recipe = lab.write(RECIPE)
    for number in range(20):
        result = await lab.bench.run(recipe, {"text": f"t{number}", "score": 0.05 * (number + 1)})
        word: Label = Label("good" if number >= 10 else "bad")
        lab.bench.ledger.opinions().label(result.run, word)
    return lab


async def test_a_gate_against_labels(labelled: Lab) -> None:
    found = {f"{each.path}: {each.gate}": each for each in agreements(labelled.bench.ledger)}
    expr = found["say: expr"]
    assert (expr.good_passed, expr.good_stopped, expr.bad_passed, expr.bad_stopped) == (10, 0, 1, 9)
    assert (expr.precision, expr.recall) == (1.0, 0.9)
    assert found["say: length"].precision is None
    assert found["say: length"].recall == 0.0
    score = found["rate: score"]
    assert (score.bad_stopped, score.bad_passed) == (3, 7)
    assert score.better is not None
    assert 0.5 < score.better.at_least <= 0.55
    assert (score.better.catches, score.better.stops) == (1.0, 0.0)
    assert expr.better is None, "it holds no score"
    await labelled.close()


async def test_the_label_of_a_step_is_of_its_gates(labelled: Lab) -> None:
    for row in labelled.reader.runs():
        labelled.bench.ledger.opinions().label(row.id, Label("good", path="say"))
    found = {f"{each.path}: {each.gate}": each for each in agreements(labelled.bench.ledger)}
    assert (found["say: expr"].good_stopped, found["say: expr"].bad_stopped) == (9, 0)
    assert found["say: expr"].recall is None
    assert found["rate: score"].bad_stopped == 3
    assert agreements(labelled.bench.ledger, "another") == []
    await labelled.close()
