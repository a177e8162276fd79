"""Recorded checks judged again by the thresholds of now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipe.kit import recipe
from workbench.ledger.rows import GateRow
from workbench.study.thresholds import as_it_is

BODY = """
models: {m: local/compose}
inputs: {q: string}
steps:
  a:
    prompt: "{{ q }}"
    gate: {grounded: {in: q, at_least: 0.8}, toxicity: {at_most: 0.3}, length: {at_most: 9},
           injection: {at_most: 0.4}}
  group: {steps: {inner: {prompt: "{{ q }}", gate: {score: {at_least: 0.5}}}}}
  either:
    choose: [{when: "q == 'x'", prompt: "{{ q }}", gate: {score: {at_least: 0.9}}}]
    else: {prompt: "{{ q }}", gate: {score: {at_least: 0.1}}}
outputs: {o: "{{ a.text }} {{ group.inner.text }} {{ either.text }}"}
"""


@pytest.mark.parametrize(
    ("path", "gate", "score", "then", "now"),
    [
        ("a", "grounded", 0.7, True, False),
        ("a", "grounded", 0.8, False, True),
        ("a", "toxicity", 0.65, True, False),
        ("a", "toxicity", 0.75, False, True),
        ("a", "length", 0.5, True, True),
        ("a", "injection", 0.5, True, False),
        ("a", "injection", 0.7, False, True),
        ("a", "injection", 0.0, False, False),
        ("a", "grounded", None, True, True),
        ("a", "pii", 0.0, False, False),
        ("group/inner", "score", 0.4, True, False),
        ("group[3]/inner#2", "score", 0.6, False, True),
        ("either", "score", 0.5, True, True),
        ("gone", "score", 0.0, True, True),
    ],
)
def test_scores_decide_again(
    tmp_path: Path, path: str, gate: str, score: float | None, then: bool, now: bool
) -> None:
    verdict = as_it_is(recipe(tmp_path, BODY).document)
    assert verdict(GateRow(path, 1, gate, then, score, "", 0.0)) is now
