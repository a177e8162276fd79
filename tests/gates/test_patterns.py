"""No pattern hangs a run."""

from __future__ import annotations

import pytest

from tests.gates.kit import verdict
from workbench.gates.patterns import found, weigh


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|aa)+$",
        r"(a*)*b",
        r"^(\w+\s?)*$",
        r"(x+x+)+y",
        r"(?:a{2,}){3,}c",
        r"(a+)\1",
        "((ab)*c*)+d",
    ],
)
def test_patterns_that_can_explode_are_seen(pattern: str) -> None:
    assert weigh(pattern)[1]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+",
        r"^[A-Z]{2,4}-\d+$",
        r"(foo|bar)",
        r"(ab)?c+",
        r"[(+]+",
        r"\(a\+\)+",
        r"(abc){2}",
        r"a{1,3}(b|c)?",
    ],
)
def test_ordinary_patterns_run_in_place(pattern: str) -> None:
    assert not weigh(pattern)[1]


def test_an_exploding_pattern_fails_in_time_and_says_why() -> None:
    result = verdict({"regex": r"^(a+)+$"}, "a" * 40 + "b")
    assert not result.passed
    assert "simpler" in result.reason


def test_a_suspicious_but_quick_pattern_still_answers() -> None:
    assert found(r"(a|b)+c", "xxabac")
    assert not found(r"(a|b)+c", "xxabad")


def test_many_repeats_on_a_long_text_run_apart() -> None:
    assert not found(r"a.*b.*c.*d", "abc " * 100)
