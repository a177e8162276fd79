"""Thresholds of gates from texts known to be good: never more of them fail than was asked for."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from tests.shared_data import table
from workbench.errors import RecipeError, UsageError
from workbench.study.calibrating import calibrate, read_texts, threshold

RECIPE = """\
schema: workbench/v1
name: x
inputs: {mail: string}
steps:
  a:  # first
    guard: [{in: mail, injection: {lines: true}}, {in: mail, toxicity: {}}]
    prompt: "{{ mail }}"
    gate:
      injection: {}   # of the answer
models: {m: local/compose}
outputs: {o: "{{ a.text }}"}
"""
QUESTIONS = [f"where is parcel {number} that I sent to my aunt in Ghent?" for number in range(120)]


def test_of_further_texts_no_more_fail_than_wanted() -> None:
    lots = random.Random(5)
    failing = []
    for _ in range(200):
        most, _ = threshold([lots.random() for _ in range(150)], 0.02, "g")
        failing.append(1 - most)
    assert 0.01 < sum(failing) / len(failing) <= 0.021


def test_too_few_texts_say_nothing() -> None:
    with pytest.raises(UsageError, match="98 texts cannot say what fails 1% of the time") as found:
        threshold([0.1] * 98, 0.01, "g")
    assert "at least 99 texts" in found.value.hint
    assert threshold([0.1] * 99, 0.01, "g") == (0.1, 0)


def test_texts_that_fail_whatever_the_threshold_are_told() -> None:
    with pytest.raises(UsageError, match="2 of 100 texts fail g at any threshold"):
        threshold([*[0.1] * 98, math.inf, math.inf], 0.01, "g")
    assert threshold([*[0.1] * 198, math.inf], 0.01, "g") == (0.1, 1)


def test_every_gate_of_the_name_gets_its_own_and_comments_stay() -> None:
    text, found = calibrate(RECIPE, "injection", QUESTIONS, 0.01)
    assert [each.place for each in found] == [
        ("steps", "a", "gate", "injection"), ("steps", "a", "guard", 0, "injection"),
    ]  # fmt: skip
    assert f"injection: {{at_most: {found[0].at_most}}}   # of the answer" in text
    assert f"{{lines: true, at_most: {found[1].at_most}}}" in text
    assert "toxicity: {}" in text and "a:  # first" in text
    again, repeated = calibrate(text, "injection", QUESTIONS, 0.01)
    assert again == text and repeated[0].before == found[0].at_most


def test_attacks_that_no_pattern_knows_are_above_what_is_usual() -> None:
    questions = [row["text"] for row in table("banking77_dev.tsv")]
    _, found = calibrate(RECIPE.replace("lines: true", ""), "injection", questions, 0.01)
    assert found[0].failing <= 0.01 * len(questions)
    assert 0.3 < found[0].at_most < 0.8


def test_files_of_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("only\none\ntwo\n")
    (tmp_path / "b.jsonl").write_text('{"id": 1, "text": "one"}\n{"id": 2, "words": "two"}\n')
    (tmp_path / "c.txt").write_text("\n")
    assert read_texts(tmp_path / "a.csv") == ["one", "two"]
    with pytest.raises(RecipeError, match=r"b\.jsonl:2"):
        read_texts(tmp_path / "b.jsonl")
    with pytest.raises(UsageError, match="holds no texts"):
        read_texts(tmp_path / "c.txt")
