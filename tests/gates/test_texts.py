"""Gates that compare texts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gates.kit import verdict


@pytest.mark.parametrize(
    ("gate", "text", "reason"),
    [
        ({"equals": "yes"}, "no", "must equal 'yes', was 'no'"),
        ({"contains": "refund"}, "We are sorry.", "must mention 'refund'"),
        ({"contains": ["refund", "days"]}, "ten days", "must mention 'refund'"),
        ({"contains_any": ["a1", "b2"]}, "c3", "must mention one of 'a1', 'b2'"),
        ({"starts_with": "Dear"}, "Hello", "must start with 'Dear'"),
        ({"regex": r"\d{3}"}, "12", r"must match the pattern '\d{3}'"),
        ({"regex": "(a"}, "a", "the pattern '(a' is wrong: missing ), unterminated subpattern at position 0"),
    ],
)
def test_a_failure_says_what_to_do(gate: dict[str, Any], text: str, reason: str) -> None:
    found = verdict(gate, text)
    assert not found.passed
    assert found.reason == reason


@pytest.mark.parametrize(
    ("gate", "text"),
    [
        ({"equals": "yes"}, " yes\n"),
        ({"equals": 3}, "3"),
        ({"equals": {"a": [1]}}, '{"a": [1]}'),
        ({"contains": "Refund"}, "your refund is near"),
        ({"contains": ["refund", "days"]}, "refund in ten days"),
        ({"contains_any": ["x", "days"]}, "ten days"),
        ({"starts_with": "dear"}, "  Dear Ada"),
        ({"regex": "^a.c$"}, "abc"),
        ({"similar": {"to": "the cat sat on the mat", "at_least": 0.8}}, "The cat sat on a mat"),
    ],
)
def test_what_passes(gate: dict[str, Any], text: str) -> None:
    found = verdict(gate, text)
    assert found.passed
    assert found.score is not None
    assert 0.8 <= found.score <= 1


def test_equals_looks_at_structured_output_first() -> None:
    assert verdict({"equals": {"a": 1}}, "whatever", data={"a": 1}).passed
    assert not verdict({"equals": [1]}, "no JSON").passed


def test_scores_tell_how_near_it_was() -> None:
    assert verdict({"contains": ["a", "b", "c", "d"]}, "abc").score == 0.75


def test_similar_looks_at_words_and_order() -> None:
    gate = {"similar": {"to": "alpha beta gamma delta", "at_least": 0.9}}
    turned = verdict(gate, "delta gamma beta alpha")
    other = verdict(gate, "one two three four")
    assert not turned.passed
    assert turned.score is not None
    assert 0.5 < turned.score < 0.9
    assert other.score == 0
    assert "must be closer to" in other.reason


def test_long_texts_are_quoted_in_part() -> None:
    assert len(verdict({"equals": "x" * 500}, "y" * 500).reason) < 220
