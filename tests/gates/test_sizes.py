"""Gates over numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gates.kit import verdict
from workbench.providers.local.demands import read_demands


@pytest.mark.parametrize(
    ("gate", "text", "passed", "reason"),
    [
        ({"length": {"at_most": 5}}, "12345", True, "5 characters"),
        ({"length": {"at_most": 5}}, "123456", False, "at most 5 characters, was 6"),
        ({"length": {"at_least": 5}}, "1", False, "at least 5 characters, was 1"),
        ({"words": {"at_least": 2, "at_most": 3}}, "one two three", True, "3 words"),
        ({"words": {"at_most": 2}}, "one two three", False, "at most 2 words, was 3"),
    ],
)
def test_sizes(gate: dict[str, Any], text: str, passed: bool, reason: str) -> None:
    found = verdict(gate, text)
    assert (found.passed, found.reason) == (passed, reason)


def test_the_nearer_miss_scores_higher() -> None:
    near, far = (verdict({"length": {"at_most": 10}}, "x" * size).score for size in (12, 40))
    assert near is not None
    assert far is not None
    assert near > far


def test_embedded_models_understand_the_reasons() -> None:
    assert read_demands(verdict({"length": {"at_most": 5}}, "123456").reason).most_characters == 5
    assert read_demands(verdict({"words": {"at_least": 9}}, "a b").reason).least_words == 9
    assert read_demands(verdict({"contains": ["a", "b"]}, "").reason).mention == ("a", "b")
    assert read_demands(verdict({"contains_any": ["a", "b"]}, "").reason).mention == ("a", "b")


@pytest.mark.parametrize(
    ("result", "score"),
    [
        ({"confidence": 0.4}, 0.4),
        ({"documents": [{"score": 0.7}, {"score": 0.9}]}, 0.7),
        ({"score": 1}, 1.0),
        ({"documents": []}, None),
        ({"confidence": None}, None),
        ({"confidence": True}, None),
    ],
)
def test_score_is_the_results_own(result: dict[str, Any], score: float | None) -> None:
    found = verdict({"score": {"at_least": 0.5}}, result=result)
    assert found.score == score
    assert found.passed is (score is not None and score >= 0.5)
    assert "0.5" in found.reason or "score" in found.reason


@pytest.mark.parametrize(
    ("cost", "passed", "reason"),
    [
        (0.004, True, "cost $0.0040"),
        (0.0, True, "cost $0"),
        (0.02, False, "cost $0.0200, at most $0.0100"),
        (None, False, "the cost is unknown"),
    ],
)
def test_cost(cost: float | None, passed: bool, reason: str) -> None:
    found = verdict({"cost": {"at_most": 0.01}}, "x", result={"cost": cost})
    assert (found.passed, found.reason) == (passed, reason)


@pytest.mark.parametrize(
    ("seconds", "passed", "reason"),
    [
        (1.5, True, "took 1.5 s"),
        (2.5, False, "took 2.5 s, at most 2 s"),
        (None, False, "nobody was asked, so there is no time to check"),
    ],
)
def test_latency(seconds: float | None, passed: bool, reason: str) -> None:
    for limit in ("2s", 2.0, "2000ms"):
        found = verdict({"latency": {"at_most": limit}}, "x", seconds=seconds)
        assert (found.passed, found.reason) == (passed, reason)
