"""``calibrate`` writes a threshold into a recipe, or says why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.study.test_calibrating import QUESTIONS, RECIPE


def test_the_command(invoke: Invoke) -> None:
    Path("recipe.yaml").write_text(RECIPE)
    Path("good.txt").write_text("\n".join(QUESTIONS))
    shown = invoke("calibrate", ".", "toxicity", "--benign", "good.txt")
    assert shown.code == 0 and "steps.a.guard.1.toxicity: at_most 0." in shown.out
    assert "0 of 120 good texts fail (0.00%)" in shown.out
    assert "toxicity: {at_most: 0." in Path("recipe.yaml").read_text()
    told = json.loads(invoke("calibrate", ".", "toxicity", "--benign", "good.txt", "--json").out)
    assert told[0]["texts"] == 120 and told[0]["before"] == told[0]["at_most"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("injektion",), "did you mean injection?"),
        (("grounded",), "a threshold can be found for injection and toxicity"),
        (("injection", "--step", "b"), "step b has no gate injection"),
        (("injection", "--fpr", "1"), "--fpr is between 0 and 1"),
        (("injection", "--fpr", "0.001"), "at least 999 texts"),
    ],
)
def test_slips_are_told_and_change_nothing(invoke: Invoke, words: tuple[str, ...], message: str) -> None:
    Path("recipe.yaml").write_text(RECIPE)
    Path("good.txt").write_text("\n".join(QUESTIONS))
    shown = invoke("calibrate", ".", *words, "--benign", "good.txt")
    assert shown.code == 2 and message in shown.err
    assert Path("recipe.yaml").read_text() == RECIPE
