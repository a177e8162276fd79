"""Runs by a condition."""

from __future__ import annotations

import pytest

from tests.study.kit import Lab
from workbench.errors import UsageError
from workbench.ledger.rows import RunFilter
from workbench.study.run_conditions import runs_where

TEXT = """
inputs: {word: string}
steps:
  one: {prompt: "{{ word }}", gate: {length: {at_least: 4}}, on_fail: continue}
outputs: {said: "{{ one.text }}"}
"""


async def test_runs_are_found_by_what_they_did(lab: Lab) -> None:
    recipe = lab.write(TEXT)
    short, long = await lab.run(recipe, word="ab"), await lab.run(recipe, word="abcdef")
    failed = await lab.run("steps: {bad: {prompt: x, gate: {contains: nothing}}}\n")
    assert failed.error_class == "gate"

    def found(condition: str, limit: int = 9, recipe: str = "") -> list[str]:
        return [row.id for row in runs_where(lab.reader, condition, RunFilter(recipe=recipe), limit)[0]]

    assert found("gates.length == 1") == [long.run]
    assert found("gates.length < 1") == [short.run]
    assert found("status == 'failed' and error_class == 'gate'") == [failed.run]
    assert found("outputs.said == 'AB' or inputs.word == 'abcdef'") == [long.run, short.run]
    assert found("inputs.word is defined") == [long.run, short.run]
    assert found("calls >= 1 and cost == 0 and tokens.in >= 0") == [failed.run, long.run, short.run]
    assert found("error is defined") == [failed.run]
    assert found("'fake' in models[0]", recipe="nobody") == []
    assert runs_where(lab.reader, "true", RunFilter(), 2)[1]
    assert not runs_where(lab.reader, "true", RunFilter(), 3)[1]


@pytest.mark.parametrize(
    ("condition", "message", "hint"),
    [
        ("csot > 1", "a run has no csot", "cost"),
        ("tokens.output > 1", "a run has no tokens.output", "out"),
        ("cost >", "a value is expected", ""),
        ("calls|upper|nothing", "there is no filter", ""),
        ("calls < [] + {}", "--where", ""),
        ("gates.nothing < 1", "no run has gates.nothing", ""),
        ("outputs.nix == 1", "no run has outputs.nix", ""),
        ("x" * 5000, "a run has no", ""),
    ],
)
async def test_a_wrong_condition_is_told(lab: Lab, condition: str, message: str, hint: str) -> None:
    await lab.run(lab.write(TEXT), word="ab")
    with pytest.raises(UsageError) as caught:
        runs_where(lab.reader, condition, RunFilter(), 9)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")
